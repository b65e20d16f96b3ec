"""The module that a learner writes in notebook 05a, and the reference: the numbers of PyTorch's and BERT's own.

The learner's classes and functions are those of the solved notebook. No difference may exceed 1e-6 in float32 and
1e-12 in float64.
"""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from transformers import BertConfig
from transformers.masking_utils import create_bidirectional_mask
from transformers.models.bert.modeling_bert import BertSelfAttention

import selfattn_ref
from selfattn_grade.release import solved_notebook

BATCH, LENGTH, WIDTH, HEADS = 3, 7, 12, 4
ALLOWED = {torch.float32: 1e-6, torch.float64: 1e-12}


def solved():
    """What the solved notebook defines."""
    names = {"torch": torch, "nn": nn, "math": math, "__name__": __name__}
    for cell in solved_notebook(Path(__file__).parents[2], "05a-pytorch").cells:
        if cell.id in ("MultiHeadAttention-answer", "copy_weights-answer"):
            exec(cell.source, names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module", params=["learner's", "reference"])
def own(request):
    return solved() if request.param == "learner's" else selfattn_ref


@pytest.fixture(params=ALLOWED, ids=["float32", "float64"])
def dtype(request):
    return request.param


def filled(module, dtype, seed=3):
    """Weights of the usual size, and biases that are not 0."""
    rng = np.random.default_rng(seed)
    for parameter in module.parameters():
        scale = parameter.shape[-1] ** -0.5 if parameter.ndim > 1 else 0.5
        parameter.data = torch.tensor(scale * rng.normal(size=tuple(parameter.shape)), dtype=dtype)
    return module


def tokens(dtype, seed, length=LENGTH):
    return torch.tensor(np.random.default_rng(seed).normal(size=(BATCH, length, WIDTH)), dtype=dtype)


def differ(mine, theirs):
    assert mine.shape == theirs.shape
    assert mine.dtype == theirs.dtype
    return (mine - theirs).abs().max().item()


def of_each_sequence():
    mask = torch.tensor(np.random.default_rng(4).random((BATCH, LENGTH, LENGTH)) < 0.5)
    return mask | torch.eye(LENGTH, dtype=torch.bool)


LENGTHS = torch.tensor([2, 7, 5])
MASKS = {
    "none": lambda: None,
    "causal": lambda: torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril(),
    "padding": lambda: torch.arange(LENGTH)[None, None] < LENGTHS[:, None, None],
    "own": of_each_sequence,
}


@pytest.mark.parametrize("training", [True, False])  # in eval mode PyTorch takes another path
@pytest.mark.parametrize("kind", MASKS)
def test_module_equals_pytorchs(own, dtype, kind, training):
    theirs = filled(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True), dtype).train(training)
    mine = own.MultiHeadAttention(WIDTH, HEADS).to(dtype).train(training)
    assert own.copy_weights(mine, theirs) is None
    x, mask = tokens(dtype, 1), MASKS[kind]()
    hidden = None if mask is None else ~mask.expand(BATCH, LENGTH, LENGTH).repeat_interleave(HEADS, dim=0)
    with torch.set_grad_enabled(training):
        output, weights = mine(x, x, x, mask)
        expected, theirs_weights = theirs(x, x, x, attn_mask=hidden, average_attn_weights=False)
        fast, nothing = theirs(x, x, x, attn_mask=hidden, need_weights=False)
    assert nothing is None
    assert max(differ(output, expected), differ(weights, theirs_weights), differ(output, fast)) < ALLOWED[dtype]


def test_module_equals_pytorchs_on_another_sequence(own, dtype):
    theirs = filled(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True), dtype)
    mine = own.MultiHeadAttention(WIDTH, HEADS).to(dtype)
    own.copy_weights(mine, theirs)
    query, memory = tokens(dtype, 1, length=5), tokens(dtype, 2)
    expected, _ = theirs(query, memory, memory)
    assert differ(mine(query, memory, memory)[0], expected) < ALLOWED[dtype]


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.parametrize("padded", [False, True])
def test_module_equals_berts(own, dtype, padded, implementation):
    """BERT keeps the output projection in another module; here it is the identity."""
    config = BertConfig(hidden_size=WIDTH, num_attention_heads=HEADS, attn_implementation=implementation)
    theirs = filled(BertSelfAttention(config), dtype).eval()
    mine = own.MultiHeadAttention(WIDTH, HEADS).to(dtype).eval()
    with torch.no_grad():
        for layer, its in ((mine.w_q, theirs.query), (mine.w_k, theirs.key), (mine.w_v, theirs.value)):
            layer.load_state_dict(its.state_dict())
        nn.init.eye_(mine.w_o.weight)
        nn.init.zeros_(mine.w_o.bias)
    x = tokens(dtype, 1)
    attention_mask = (
        (torch.arange(LENGTH)[None] < LENGTHS[:, None]).long() if padded else torch.ones(BATCH, LENGTH).long()
    )
    prepared = create_bidirectional_mask(config, x, attention_mask)
    output, weights = mine(x, x, x, (attention_mask == 1).unsqueeze(1))
    expected, theirs_weights = theirs(x, attention_mask=prepared)
    assert differ(output, expected) < ALLOWED[dtype]
    if implementation == "eager":
        assert differ(weights, theirs_weights) < ALLOWED[dtype]


def test_another_scale_would_be_noticed():
    theirs = filled(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True), torch.float64)
    mine = selfattn_ref.MultiHeadAttention(WIDTH, HEADS).double()
    selfattn_ref.copy_weights(mine, theirs)
    with torch.no_grad():
        mine.w_q.weight *= 1 + 1e-9
    x = tokens(torch.float64, 1)
    assert differ(mine(x, x, x)[0], theirs(x, x, x)[0]) > ALLOWED[torch.float64]
