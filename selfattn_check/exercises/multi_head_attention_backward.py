"""Exercise: the gradients of several heads, for the tokens and for every parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.multi_head_gradients import multi_head_gradient
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import visible_somewhere
from selfattn_check.exercises.numerical_gradient import READY_MADE_GRADIENTS
from selfattn_check.mistakes.going_back_to_parameters import INSIDE_A_HEAD, PARAMETERS, PROJECTING_BACK, TOKENS
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import multi_head_attention_backward

__all__ = ["MULTI_HEAD_ATTENTION_BACKWARD"]

Draw = dict[str, Any]

STATEMENT = r"""
Several heads are products around what you have just written: $Q = X W_Q + b_Q$ (likewise $K$, $V$), one head after the
other, then $O = C W_O + b_O$ with the merged heads $C$. One rule takes you back through each product $Y = X W + b$:

$$
\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} W^\top, \qquad
\frac{\partial L}{\partial W} = \sum_{\text{batch}} X^\top \frac{\partial L}{\partial Y}, \qquad
\frac{\partial L}{\partial b} = \sum_{\text{batch, tokens}} \frac{\partial L}{\partial Y}
$$

Tokens become queries, keys *and* values: `grad_x` is the sum of what comes back on the three ways. Head $i$ owns the
contiguous features $i d_k$ to $(i + 1) d_k - 1$, and $d_k$ = `d_model / num_heads`.

| argument | shape |
|---|---|
| `grad_output` | `(..., seq_len, d_model)`, the gradient with respect to the output |
| `x` | `(..., seq_len, d_model)` tokens |
| `params` | dict with `w_q`, `w_k`, `w_v`, `w_o`, each `(d_model, d_model)` |
| | and all or none of `b_q`, `b_k`, `b_v`, `b_o`, each `(d_model,)` |
| `num_heads` | divides `d_model` |
| `mask` | boolean, broadcastable to `(..., seq_len, seq_len)`, the same for all heads; True = may attend |
| returns `(grad_x, grad_params)` | the shape of `x`; a dict with exactly the keys and shapes of `params` |

Weights are applied as `x @ w`. The gradients of parameters are summed over tokens and batch axes. All results are in
the dtype of the inputs.

A query that may see no key gets weights 0; its output is `b_o`. The gradient of `b_k` is 0: it adds the same number to
all scores of a query, which the softmax does not see. Rounding errors in its place are fine. Compute the forward pass
anew; you may call the functions that you have written or that the notebook gives you.

```python
>>> import numpy as np
>>> same = np.eye(2)
>>> params = {"w_q": same, "w_k": same, "w_v": 2 * same, "w_o": same}
>>> x = np.array([[1.0, 0.0]])       # one token: output x @ w_v @ w_o
>>> grad_output = np.array([[3.0, 5.0]])
>>> grad_x, grad_params = multi_head_attention_backward(
...     grad_output, x, params, num_heads=2)
>>> grad_x                           # nothing comes through q and k
array([[ 6., 10.]])
>>> grad_params["w_v"]               # xᵀ times the gradient of v
array([[3., 5.],
       [0., 0.]])

```
"""

HINTS = (
    "Write the forward pass first, with the name of every array: q, k, v (split into heads), weights, merged, output. "
    "Then go through it from the end, and beside each line write the gradient of what stands on its right.",
    "`grad_merged = grad_output @ w_o.T`; split it into heads like q; `attention_backward` works with the head axis as "
    "a batch axis (a mask with batch axes needs one more: `mask[..., None, :, :]`); merge the three gradients.",
    "For each role: `grad_x += grad @ w.T`, `grad_w = flat(x).T @ flat(grad)`, `grad_b = flat(grad).sum(axis=0)`, with "
    "`flat = lambda a: a.reshape(-1, a.shape[-1])`. For w_o and b_o the input is merged and the gradient grad_output.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    params = {"w_q": np.eye(2), "w_k": np.eye(2), "w_v": 2 * np.eye(2), "w_o": np.eye(2)}
    return {"grad_output": np.array([[3.0, 5.0]]), "x": np.array([[1.0, 0.0]]), "params": params, "num_heads": 2}


def _normal(
    rng: np.random.Generator, batch: tuple[int, ...], seq_len: int, d_model: int, num_heads: int, biases: bool = False
) -> Draw:
    params = {name: rng.normal(size=(d_model, d_model)) / d_model**0.5 for name in ("w_q", "w_k", "w_v", "w_o")}
    if biases:
        params |= {name: rng.normal(size=d_model) for name in ("b_q", "b_k", "b_v", "b_o")}
    grad_output, x = rng.normal(size=(2, *batch, seq_len, d_model))
    return {"grad_output": grad_output, "x": x, "params": params, "num_heads": num_heads}


def _as_float32(draw: Draw) -> Draw:
    params = {name: array.astype(np.float32) for name, array in draw["params"].items()}
    arrays = {name: strided(draw[name].astype(np.float32)) for name in ("grad_output", "x")}
    return {**arrays, "params": params, "num_heads": draw["num_heads"]}


def _one_head(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 3, 4, 1)


def _two_heads(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 3, 4, 2)


def _batched(rng: np.random.Generator) -> Draw:
    return _normal(rng, (2, 3), 5, 6, 2)


def _square(rng: np.random.Generator) -> Draw:
    return _normal(rng, (4,), 4, 4, 4)


def _biases(rng: np.random.Generator) -> Draw:
    return _normal(rng, (2,), 3, 4, 2, biases=True)


def _biases_alone(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 4, 6, 3, biases=True)


def _float32(rng: np.random.Generator) -> Draw:
    return _as_float32(_normal(rng, (2,), 3, 4, 2))


def _float32_biases(rng: np.random.Generator) -> Draw:
    return _as_float32(_normal(rng, (2,), 3, 4, 2, biases=True))


def _read_only(rng: np.random.Generator) -> Draw:
    draw = _normal(rng, (2,), 3, 4, 2)
    arrays = {name: read_only(draw[name]) for name in ("grad_output", "x")}
    return draw | arrays | {"params": {name: read_only(array) for name, array in draw["params"].items()}}


def _causal(rng: np.random.Generator) -> Draw:
    return {**_normal(rng, (), 3, 4, 2), "mask": np.tri(3, dtype=bool)}


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(4) < np.array([2, 4])[:, None, None]  # (batch, 1, seq_len), as many batches as heads
    return {**_normal(rng, (2,), 4, 6, 2), "mask": mask}


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = np.stack([visible_somewhere(rng, 4, 4) for _ in range(3)])
    mask[0, 1] = False
    return {**_normal(rng, (3,), 4, 6, 2), "mask": mask}


PROBES = (
    Probe("by hand", "a single token, whose weight is 1: you can check it on paper", _by_hand),
    Probe("one head", "no batch and one head: the products alone", _one_head),
    Probe("two heads", "no batch, two heads of two features", _two_heads),
    Probe("batched", "two batch axes: gradients of parameters are summed over both", _batched),
    Probe("square", "as many batches as tokens, features and heads: nothing raises here", _square),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs and parameters that must not be written to", _read_only),
    Probe("causal", "no query sees a later key", _causal, part="masks"),
    Probe("padding", "a mask for each sequence, and as many sequences as heads", _padding, part="masks"),
    Probe("empty row", "a mask for each sequence, and a query that may see no key", _empty_row, part="masks"),
    Probe("biases", "four biases, each added to every token of two sequences", _biases, part="biases"),
    Probe("biases alone", "biases without a batch axis", _biases_alone, part="biases"),
    Probe("float32 biases", "biases in float32; what is 0 may hold rounding errors", _float32_biases, part="biases"),
)

MULTI_HEAD_ATTENTION_BACKWARD = Exercise(
    id="multi_head_attention_backward",
    assignment="04b-gradients",
    chapter=4,
    section="Back through several heads",
    anchor="multi-head-backward",
    title="Go back through several heads",
    minutes=30,
    difficulty=3,
    statement=STATEMENT,
    reference=multi_head_attention_backward,
    blueprint=multi_head_gradient,
    returns=("grad_x", "grad_params"),
    probes=PROBES,
    mistakes=(*PROJECTING_BACK, *TOKENS, *PARAMETERS, *INSIDE_A_HEAD),
    hints=HINTS,
    forbidden=READY_MADE_GRADIENTS,
    builds_on=("attention_backward",),
    parts={"values": 4, "masks": 1, "biases": 2},
)
