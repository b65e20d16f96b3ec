"""Exercise: every number of one small example."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.several_heads import worked
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION
from selfattn_check.mistakes.mixing import MIXING
from selfattn_check.mistakes.normalizing import NORMALIZING, SCALE_AFTER_SOFTMAX
from selfattn_check.mistakes.projecting import MULTIPLYING
from selfattn_check.mistakes.scaling import COMPARING, SCALING
from selfattn_check.mistakes.several_heads import SPLITTING
from selfattn_check.mistakes.within_a_head import SCALE_BY_D_MODEL
from selfattn_check.probe import Probe
from selfattn_ref import worked_example

__all__ = ["WORKED_EXAMPLE"]

Parts = dict[str, np.ndarray]

STATEMENT = r"""
Compute every intermediate result of self-attention for three tokens of four features and two heads, without mask and
without output projection:

$$
X = \begin{pmatrix} 1 & 0 & 1 & 0 \\ 0 & 1 & 0 & 2 \\ 1 & 1 & 0 & 1 \end{pmatrix}
\qquad
W_Q = \begin{pmatrix} \tfrac12 & 0 & 1 & 1 \\ -1 & 1 & -1 & 0 \\ 0 & -1 & 0 & 0 \\ 0 & 0 & 1 & -1 \end{pmatrix}
$$

$$
W_K = \begin{pmatrix} -1 & \tfrac12 & \tfrac12 & 0 \\ 1 & 0 & 0 & 0 \\ 0 & 1 & -1 & 0 \\ 0 & 0 & 0 & 1 \end{pmatrix}
\qquad
W_V = \begin{pmatrix} 0 & 1 & 0 & 1 \\ 1 & 1 & 1 & 0 \\ 0 & 1 & 0 & 0 \\ 1 & 0 & 1 & 1 \end{pmatrix}
$$

In the notebook they are the arrays `x`, `w_q`, `w_k`, `w_v`. Project, give head $h$ the columns $2h$ and $2h + 1$ of
each product, and compute for each head

$$S = \frac{Q K^\top}{\sqrt{d_k}}, \quad A_{ij} = \frac{e^{S_{ij}}}{\sum_{m} e^{S_{im}}}, \quad O = A V .$$

The function takes nothing and returns a dict with six new float64 arrays:

| key | shape |
|---|---|
| `"q"`, `"k"`, `"v"` | `(2, 3, 2)`: heads, tokens, features of a head |
| `"scores"` | `(2, 3, 3)`: heads, queries, keys; **after** the division by $\sqrt{d_k}$ |
| `"weights"` | `(2, 3, 3)`; each row sums to 1 |
| `"output"` | `(2, 3, 2)`: what each head gives each token |
| returns | the dict |

```python
>>> example = worked_example()
>>> example["q"][0, 0].tolist()  # head 0, token 0
[0.5, -1.0]
>>> example["k"][0, 0].tolist()
[-1.0, 1.5]
>>> round(float(example["scores"][0, 0, 0]), 4)  # (0.5 · (−1) + (−1) · 1.5) / √2
-1.4142

```
"""

HINTS = (
    "Do it in five lines, one for each formula, and write the shape beside each line. What is $d_k$ here?",
    "`x @ w_q` is `(3, 4)`. Cut its columns into heads: `.reshape(3, 2, 2)` gives (tokens, heads, features), and "
    "`.swapaxes(0, 1)` brings the heads to the front. From there on matrix products do both heads at once.",
    "`scores = q @ k.swapaxes(-1, -2) / 2**0.5`, for each head has 2 features; then exponentials, divided by their sum "
    "over the last axis with `keepdims=True`; then `weights @ v`.",
)

_OUTPUT = "the output is `weights @ v`, two numbers for each head and token"
_INSIDE = "divide the scores, then take exponentials, then divide each row by its sum"

_CODES = {
    "softmax-over-queries", "softmax-over-all", "softmax-over-heads", "lost-keepdims", "double-softmax",
    "missing-normalization", "divides-by-largest", "hard-maximum",
}  # fmt: skip


def _scores_before_their_scale(parts: Parts) -> Parts:
    return parts | {"scores": parts["scores"] * parts["q"].shape[-1] ** 0.5}


def _not_normalized(exponents: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return exponents


MISTAKES = (
    SCALE_BY_D_MODEL,
    *SCALING,
    Mistake(
        "missing-scale",
        "when the scores are returned before their division by √d_k",
        'return under "scores" what goes into the softmax, divided by √d_k',
        {"collect": _scores_before_their_scale},
    ),
    Mistake(
        "scale-outside-exponent",
        "with weights e^(q·k) / √d_k: the scale outside the exponent, and no division by the row's sum",
        _INSIDE,
        {
            "scale": lambda raw, q, k: raw,
            "peak": lambda scores: 0.0,
            "floor": lambda largest: largest,
            "divide": _not_normalized,
            "reweigh": lambda weights, mask, q: weights / q.shape[-1] ** 0.5,
        },
    ),
    Mistake(
        "scale-outside-exponent",
        "with scaled scores, and weights e^(q·k) / √d_k that are made from the unscaled ones",
        _INSIDE,
        {
            "peak": lambda scores: 0.0,
            "floor": lambda largest: largest,
            "divide": _not_normalized,
            "reweigh": lambda weights, mask, q: weights ** (q.shape[-1] ** 0.5) / q.shape[-1] ** 0.5,
        },
    ),
    SCALE_AFTER_SOFTMAX,
    *(each for each in COMPARING if each.code in ("keys-times-queries", "cosine-scores", "queries-with-queries")),
    *(each for each in NORMALIZING if each.code in _CODES and "second axis" not in each.note),
    Mistake(
        "missing-normalization",
        "when the exponentials are not divided by their row's sum",
        "divide each row by its sum: weights are shares",
        {"peak": lambda scores: 0.0, "floor": lambda largest: largest, "divide": _not_normalized},
    ),
    *(each for each in MIXING if "mix" in each.replaces),
    Mistake("weights-for-output", "when the weights stand for the output", _OUTPUT, {"mix": lambda w, q, k, v: w}),
    *SPLITTING,
    next(each for each in MULTIPLYING if each.code == "weight-transposed"),
)

WORKED_EXAMPLE = Exercise(
    id="worked_example",
    assignment="04a-derivation",
    chapter=4,
    section="Three tokens, two heads, every number",
    anchor="worked-example",
    title="Every number of one example",
    minutes=15,
    difficulty=1,
    statement=STATEMENT,
    reference=worked_example,
    blueprint=worked,
    returns=("parts",),
    probes=(
        Probe(
            "the example", "three tokens, two heads, four features: you can check each number on paper", lambda _: {}
        ),
    ),
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=READY_MADE_ATTENTION,
    parts={"values": 3},
)
