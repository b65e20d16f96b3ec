"""Exercise: the self-attention of the library's BERT, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.bert import bert
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.inside_bert import INSIDE_BERT
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import bert_self_attention

__all__ = ["BERT_SELF_ATTENTION"]

Array = np.ndarray
Draw = dict[str, Any]

STATEMENT = r"""
A trained model is a file of arrays with names. With those of one layer of a BERT you can compute what its self-attention
computes, to the last digits. For each role a linear layer, as PyTorch keeps it: the weight is `(out, in)`, so

$$Q = X W_Q^\top + b_Q, \qquad K = X W_K^\top + b_K, \qquad V = X W_V^\top + b_V$$

Then attention in `num_heads` heads of contiguous features, as in chapter 3, in NumPy, the softmax included, and scaled by
the root of a head's width. Mind that the mask holds integers here, 1 and 0, not True and False. The projection of the output is not part of it: BERT keeps that in another module.

| argument | meaning |
|---|---|
| `hidden` | `(batch, seq_len, d_model)` tokens, float32 or float64 |
| `state_dict` | dict of arrays in the dtype of `hidden`: `"query.weight"` `(d_model, d_model)`, `"query.bias"` `(d_model,)`, and the same for `key` and `value`. There may be others |
| `num_heads` | number of heads; divides `d_model` |
| `attention_mask` | `(batch, seq_len)` integers as a tokenizer gives them: 1 for a token, 0 for padding, which is hidden as a key |
| returns | `output (batch, seq_len, d_model)`, the heads side by side, and `weights (batch, num_heads, seq_len, seq_len)`, in the dtype of `hidden` |

Padding has a row of weights, too, and an output that nobody uses. The weights of hidden keys are exactly 0, whatever
the size of the scores; in a sequence of nothing but padding all weights and outputs are 0.

```python
>>> import numpy as np
>>> state_dict = {f"{role}.weight": np.array([[1.0, 1.0], [0.0, 1.0]]) for role in ("query", "key", "value")}
>>> state_dict |= {f"{role}.bias": np.zeros(2) for role in ("query", "key", "value")}
>>> hidden = np.array([[[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]])      # two tokens, and one of padding
>>> output, weights = bert_self_attention(hidden, state_dict, 1, np.array([[1, 1, 0]]))
>>> output[0, 0].round(3)                                # values [1, 0] and [1, 1], equal scores
array([1. , 0.5])
>>> weights[0, 0].round(2)
array([[0.5 , 0.5 , 0.  ],
       [0.33, 0.67, 0.  ],
       [0.03, 0.97, 0.  ]])

```
"""  # noqa: E501 — rows of a table

HINTS = (
    "It is `multi_head_attention` of chapter 3 with four changes: other names, weights that are transposed, with "
    "biases; a mask of 1 and 0 for each token; and no projection at the end.",
    '`x = hidden @ state_dict[f"{role}.weight"].T + state_dict[f"{role}.bias"]`, then '
    "`x.reshape(batch, seq_len, num_heads, -1).transpose(0, 2, 1, 3)`. The mask for every head and query: "
    "`attention_mask[:, None, None, :] == 1`.",
    "`scores = np.where(visible, q @ k.swapaxes(-1, -2) / head_dim**0.5, -np.inf)`, a softmax whose rows without any "
    "key are 0, and back: `(weights @ v).transpose(0, 2, 1, 3).reshape(hidden.shape)`.",
)


def _layer(rng: np.random.Generator, d_model: int) -> dict[str, Array]:
    """Weights and biases of a size that keeps scores moderate."""
    names = ("query", "key", "value")
    weights = {f"{name}.weight": rng.normal(size=(d_model, d_model)) * 1.5 / d_model**0.5 for name in names}
    return weights | {f"{name}.bias": rng.normal(size=d_model) for name in names}


def _mask(lengths: list[int], seq_len: int) -> Array:
    return (np.arange(seq_len) < np.array(lengths)[:, None]).astype(np.int64)


def _drawn(lengths: list[int], seq_len: int, d_model: int, num_heads: int) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        return {
            "hidden": rng.normal(size=(len(lengths), seq_len, d_model)),
            "state_dict": _layer(rng, d_model),
            "num_heads": num_heads,
            "attention_mask": _mask(lengths, seq_len),
        }

    return build


def _by_hand(rng: np.random.Generator) -> Draw:
    names = ("query", "key", "value")
    state_dict = {f"{name}.weight": np.array([[1.0, 1.0], [0.0, 1.0]]) for name in names}
    state_dict |= {f"{name}.bias": np.zeros(2) for name in names}
    hidden = np.array([[[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]])
    return {"hidden": hidden, "state_dict": state_dict, "num_heads": 1, "attention_mask": np.array([[1, 1, 0]])}


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn([5, 3], 5, 6, 2)(rng)
    state_dict = {name: array.astype(np.float32) for name, array in draw["state_dict"].items()}
    return draw | {"hidden": strided(draw["hidden"].astype(np.float32)), "state_dict": state_dict}


def _read_only(rng: np.random.Generator) -> Draw:
    draw = _drawn([4, 4, 4], 4, 10, 2)(rng)
    state_dict = {name: read_only(array) for name, array in draw["state_dict"].items()}
    state_dict["dropout.p"] = read_only(np.zeros(1))  # there may be others
    fixed = {name: read_only(draw[name]) for name in ("hidden", "attention_mask")}
    return draw | fixed | {"state_dict": state_dict}


def _holes(rng: np.random.Generator) -> Draw:
    draw = _drawn([5, 5], 5, 8, 2)(rng)
    return draw | {"attention_mask": np.array([[0, 1, 1, 0, 1], [1, 0, 1, 1, 1]], dtype=np.int32)}


def _large(rng: np.random.Generator) -> Draw:
    """Scores from 2000 to 8000 in each head, and higher ones on padding."""
    draw = _drawn([3, 2], 4, 6, 2)(rng)
    for name in ("query", "key"):
        draw["state_dict"] |= {f"{name}.weight": np.eye(6), f"{name}.bias": np.zeros(6)}
    draw["hidden"][..., [0, 3]] = np.array([60.0, 80.0, 100.0, 120.0])[:, None]
    return draw


def _deep(rng: np.random.Generator) -> Draw:
    """Scores down to −10³, −10⁵ and −10¹⁰, and hidden ones far higher: no finite number can stand in for −∞."""
    draw = _drawn([3, 2, 3], 4, 4, 2)(rng)
    for name, sign in (("query", 1), ("key", -1)):
        draw["state_dict"] |= {f"{name}.weight": sign * np.eye(4), f"{name}.bias": np.zeros(4)}
    size = np.array([1e5, 300.0, 30.0])
    draw["hidden"][..., [0, 2]] = (size[:, None] * np.array([4.0, 3.0, 2.0, 1.0]))[..., None]
    return draw


PROBES = (
    Probe("by hand", "two tokens and one of padding, one head: you can check it on paper", _by_hand),
    Probe("no padding", "sizes that are all different", _drawn([5, 5], 5, 12, 3)),
    Probe("square", "batch, tokens, heads and width of a head all 3", _drawn([3, 3, 3], 3, 9, 3)),
    Probe("one head", "a single head as wide as the model", _drawn([6], 6, 5, 1)),
    Probe("read-only", "arrays that must not be written to, and a name that is not needed", _read_only),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("padding", "four sequences of different lengths", _drawn([7, 2, 5, 1], 7, 8, 4), part="masks"),
    Probe("square padding", "as many sequences as heads and tokens", _drawn([1, 3, 2], 3, 6, 3), part="masks"),
    Probe("holes", "padding before and between tokens; a mask of int32", _holes, part="masks"),
    Probe("only padding", "the second sequence has no token at all", _drawn([4, 0, 2], 4, 6, 2), part="masks"),
    Probe("large", "scores whose exponential overflows, also hidden ones", _large, part="masks"),
    Probe("deep", "scores far below −1e9", _deep, part="masks"),
)

BERT_SELF_ATTENTION = Exercise(
    id="bert_self_attention",
    assignment="05c-bert",
    chapter=5,
    section="Inside the library's BERT",
    anchor="bert-inside",
    title="BERT's own self-attention",
    minutes=30,
    difficulty=3,
    statement=STATEMENT,
    reference=bert_self_attention,
    blueprint=bert,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=INSIDE_BERT,
    hints=HINTS,
    forbidden=(
        "selfattn_ref.*",
        "scipy.special.softmax",
        "torch.softmax",
        "torch.nn.functional.softmax",
        "torch.nn.functional.scaled_dot_product_attention",
        "torch.nn.functional.multi_head_attention_forward",
        "torch.nn.attention.flex_attention.flex_attention",
        "torch.nn.MultiheadAttention",
        "transformers.BertModel",
        "transformers.BertSelfAttention",
    ),
    parts={"values": 3, "masks": 2},
)
