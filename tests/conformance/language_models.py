"""The transformers library: rotary positions, ALiBi, repeated keys, BERT's attention, the size of GPT-2.

Its own functions and layers, with random inputs and weights, without any checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch

from selfattn_ref import (
    alibi_bias,
    apply_rotary,
    attention_maps,
    bert_self_attention,
    causal_mask,
    convert_mask,
    grouped_query_attention,
    masked_softmax,
    multi_head_attention,
    padding_mask,
    transformer_parameters,
)
from tests.conformance.authority import Authority, Case, agree


def llama_cases() -> Iterator[Case]:
    """Llama's rotary embedding: pairs (i, i + d/2)."""
    for base in (10000.0, 500000.0):
        for positions in (np.arange(7), np.array([3, 1, 4, 1, 59, 2, 6])):
            yield Case(f"base {base}, positions {positions}", partial(run_llama, base, positions))


def run_llama(base: float, positions: Any) -> None:
    from transformers.models.llama.configuration_llama import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    q, k = np.random.default_rng(5).normal(size=(2, 2, 3, 7, 8)).astype(np.float32)
    config = LlamaConfig(
        hidden_size=24, num_attention_heads=3, head_dim=8, rope_parameters={"rope_type": "default", "rope_theta": base}
    )
    cos, sin = LlamaRotaryEmbedding(config)(torch.tensor(q), torch.tensor(positions)[None])
    for mine, theirs in zip((q, k), apply_rotary_pos_emb(torch.tensor(q), torch.tensor(k), cos, sin), strict=True):
        agree(apply_rotary(mine, positions, base, interleaved=False), theirs.numpy())


def bloom_cases() -> Iterator[Case]:
    """Bloom's ALiBi, which adds slope · position: the same weights, since a constant in a row changes nothing."""
    for num_heads in (1, 2, 4, 8, 16):
        yield Case(f"{num_heads} heads", partial(run_bloom, num_heads))


def run_bloom(num_heads: int) -> None:
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    scores = np.random.default_rng(5).normal(size=(num_heads, 7, 7))
    theirs = build_alibi_tensor(torch.ones(1, 7), num_heads, torch.float32).numpy()  # (num_heads, 1, 7)
    biases = theirs, alibi_bias(num_heads, 7, 7)
    expected, mine = (masked_softmax(scores + bias, causal_mask(7)) for bias in biases)
    agree(mine, expected.astype(np.float32), "weights")  # its slopes are float32


def grouped_cases() -> Iterator[Case]:
    """Llama's attention, which repeats keys and values for every query head."""
    for num_groups in (1, 2, 3, 6):
        for causal in (False, True):
            yield Case(f"{num_groups} groups, causal={causal}", partial(run_grouped, num_groups, causal))


def run_grouped(num_groups: int, causal: bool) -> None:
    from transformers.models.llama.modeling_llama import eager_attention_forward

    rng = np.random.default_rng(5)
    sizes = (2, 6, 5, 4), (2, num_groups, 7, 4), (2, num_groups, 7, 4)
    q, k, v = (rng.normal(size=size).astype(np.float32) for size in sizes)
    mask = causal_mask(5, 7) if causal else None
    module = torch.nn.Module().eval()
    module.num_key_value_groups = 6 // num_groups
    added = None if mask is None else torch.tensor(convert_mask(mask, "additive"))[None, None]
    expected = eager_attention_forward(module, *map(torch.tensor, (q, k, v)), added, scaling=0.5)
    output, weights = grouped_query_attention(q, k, v, mask)  # 0.5 = 1/√4
    agree(np.swapaxes(output, 1, 2), expected[0].numpy())
    agree(weights, expected[1].numpy(), "weights")


def bert_cases() -> Iterator[Case]:
    """BERT's self-attention, which has no output projection of its own: w_o is the identity."""
    for masked in (False, True):
        yield Case(f"padding={masked}", partial(run_bert, masked))


def run_bert(masked: bool) -> None:
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertSelfAttention

    rng = np.random.default_rng(5)
    layer = BertSelfAttention(BertConfig(hidden_size=12, num_attention_heads=3, attn_implementation="eager"))
    layer = layer.double().eval()
    for parameter in layer.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    x = rng.normal(size=(2, 7, 12))
    mask = padding_mask(np.array([4, 7]), 7) if masked else None
    added = None if mask is None else torch.tensor(convert_mask(mask, "additive"))[:, None]
    output, weights = layer(torch.tensor(x), attention_mask=added)[:2]
    params = {"w_o": np.eye(12), "b_o": np.zeros(12)}
    for role, linear in (("q", layer.query), ("k", layer.key), ("v", layer.value)):
        params |= {f"w_{role}": linear.weight.detach().numpy().T, f"b_{role}": linear.bias.detach().numpy()}
    mine = multi_head_attention(x, params, 3, mask)
    agree(mine[0], output.detach().numpy())
    agree(mine[1], weights.detach().numpy(), "weights")


def whole_bert_cases() -> Iterator[Case]:
    """Every layer of a whole BERT on what the layer before left, from the state of its self-attention."""
    for layer, dtype in product(range(3), (torch.float32, torch.float64)):
        yield Case(f"layer {layer}, {dtype}", partial(run_whole_bert, layer, dtype))


def run_whole_bert(layer: int, dtype: torch.dtype) -> None:
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertModel

    config = BertConfig(
        vocab_size=30, hidden_size=12, num_hidden_layers=3, num_attention_heads=3, intermediate_size=20,
        attn_implementation="eager",
    )  # fmt: skip
    rng, model = np.random.default_rng(5), BertModel(config).to(dtype)
    for parameter in model.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape), dtype=dtype)
    own, seen = model.encoder.layer[layer].attention.self, {}
    own.register_forward_hook(lambda _, inputs, outputs: seen.update(hidden=inputs[0], output=outputs[0]))
    mask = padding_mask(np.array([4, 7]), 7)[:, 0].astype(int)
    batch = {"input_ids": torch.tensor(rng.integers(0, 30, (2, 7))), "attention_mask": torch.tensor(mask)}
    maps = attention_maps(model, batch)
    state = {name: tensor.numpy() for name, tensor in own.state_dict().items()}
    output, weights = bert_self_attention(seen["hidden"].numpy(), state, 3, mask)
    agree(output, seen["output"].numpy())
    agree(weights, maps[:, layer], "weights")


def size_cases() -> Iterator[Case]:
    """The number of parameters of GPT-2 in several sizes."""
    for d_model, num_heads, num_layers in ((12, 3, 1), (64, 4, 3), (768, 12, 12)):
        config = {
            "vocab_size": 50257, "context_len": 1024, "d_model": d_model, "num_heads": num_heads,
            "num_layers": num_layers, "d_ff": 4 * d_model,
        }  # fmt: skip
        yield Case(f"{num_layers} layers of {d_model}", partial(run_size, config))


def run_size(config: dict[str, int]) -> None:
    from transformers.models.gpt2.configuration_gpt2 import GPT2Config
    from transformers.models.gpt2.modeling_gpt2 import GPT2LMHeadModel

    names = {"d_model": "n_embd", "num_heads": "n_head", "num_layers": "n_layer", "context_len": "n_positions"}
    options = {names.get(name, name): value for name, value in config.items() if name != "d_ff"}
    with torch.device("meta"):  # shapes without memory
        model = GPT2LMHeadModel(GPT2Config(**options))
    assert transformer_parameters(config)["total"] == model.num_parameters()


AUTHORITIES = [
    Authority("transformers Llama rotary", "transformers", llama_cases),
    Authority("transformers Bloom ALiBi", "transformers", bloom_cases),
    Authority("transformers Llama grouped queries", "transformers", grouped_cases),
    Authority("transformers BERT self-attention", "transformers", bert_cases),
    Authority("transformers BERT, every layer", "transformers", whole_bert_cases),
    Authority("transformers GPT-2 parameters", "transformers", size_cases),
]
