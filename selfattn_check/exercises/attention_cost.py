"""Exercise: count what attention costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.cost import cost, heads_squared, projections, scores_and_averages, weight_matrices
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.probe import Probe
from selfattn_ref import attention_cost

__all__ = ["ATTENTION_COST"]

STATEMENT = r"""
Count one layer of multi-head self-attention over $n$ tokens of width $d$ with $h$ heads. Each projection has
$d \times d$ weights. In each head the scores take one multiply-add for each pair of tokens and each feature of the
head, and the weighted sums take as many.

$$
\begin{aligned}
\text{parameters} &= 4 d^2 \\
\text{multiply-adds} &= 4 n d^2 + 2 n^2 d \\
\text{weight elements} &= h\, n^2
\end{aligned}
$$

| argument | meaning |
|---|---|
| `seq_len` | integer $n$, at least 1 |
| `d_model` | integer $d$, at least 1 |
| `num_heads` | integer $h$ that divides $d$ |
| returns | dict with `"parameters"`, `"multiply_adds"` and `"weight_elements"`, each an integer |

A multiply-add, one product added to a sum, counts as one. Biases, the scale and the softmax are not counted. These are
counts: return integers, not floats.

```python
>>> attention_cost(seq_len=3, d_model=4, num_heads=2)
{'parameters': 64, 'multiply_adds': 264, 'weight_elements': 18}

```
"""

HINTS = (
    "Take the four projections and the two products of each head one at a time. "
    "For each: how many numbers come out, and how many products is each of them a sum of?",
    "A projection of n tokens gives n·d numbers, each a sum of d products. The scores of one head are n² numbers, "
    "each a sum of d/h products, and there are h heads: the h cancels.",
    "Return a dict: `4 * d_model**2`, `4 * seq_len * d_model**2 + 2 * seq_len**2 * d_model`, and "
    "`num_heads * seq_len**2`, under the three names.",
)


def _sizes(seq_len: int, d_model: int, num_heads: int) -> Any:
    return lambda rng: {"seq_len": seq_len, "d_model": d_model, "num_heads": num_heads}


def _drawn(rng: np.random.Generator) -> dict[str, int]:
    seq_len, head_dim, num_heads = rng.integers(2, 40, size=3).tolist()
    return {"seq_len": seq_len, "d_model": num_heads * head_dim, "num_heads": num_heads}


PROBES = (
    Probe("by hand", "three tokens, four features, two heads: you can check it on paper", _sizes(3, 4, 2)),
    Probe("wide", "a short sequence of wide tokens: the projections dominate", _sizes(7, 30, 5)),
    Probe("long", "a long sequence of narrow tokens: the scores dominate", _sizes(1000, 12, 3)),
    Probe("one head", "a single head", _sizes(5, 6, 1)),
    Probe("one token", "a sequence of one token", _sizes(1, 8, 4)),
    Probe("base", "the sizes of a published model: 512 tokens, width 512, 8 heads", _sizes(512, 512, 8)),
    Probe("exact", "counts with more digits than a float has", _sizes(1_000_003, 100_001, 11)),
    Probe("drawn", "sizes that nobody knows beforehand", _drawn),
)

_FOUR = "count four projections: query, key, value and output"
_CANCELS = "each head is d_model / num_heads wide, so the number of heads cancels"
_WIDTH = "one head takes head_dim multiply-adds for each pair of tokens; all heads together take d_model"
_PAIRS = "every query meets every key: seq_len² pairs"
_BOTH = "count both: four projections, and the two products q kᵀ and weights · v"


def _times_heads_parameters(count: int, n: int, d: int, h: int) -> int:
    return h * weight_matrices(count, n, d, h)


def _times_heads_project(count: int, n: int, d: int, h: int) -> int:
    return h * projections(count, n, d, h)


def _times_heads_attend(n: int, d: int, h: int) -> int:
    return h * scores_and_averages(n, d, h)


def _narrow_parameters(count: int, n: int, d: int, h: int) -> int:
    return count * d * (d // h)


def _narrow_project(count: int, n: int, d: int, h: int) -> int:
    return count * n * d * (d // h)


def _narrow_attend(n: int, d: int, h: int) -> int:
    return 2 * n**2 * (d // h)


MISTAKES = (
    Mistake("missing-output-projection", "when three projections are counted", _FOUR, {"matrices": lambda: 3}),
    Mistake(
        "missing-output-projection",
        "when the parameters of three projections are counted",
        _FOUR,
        {"parameters": lambda count, n, d, h: 3 * d**2},
    ),
    Mistake(
        "missing-output-projection",
        "when the work of three projections is counted",
        _FOUR,
        {"project": lambda count, n, d, h: 3 * n * d**2},
    ),
    Mistake(
        "multiplies-by-heads",
        "when the parameters are multiplied by the number of heads",
        _CANCELS,
        {"parameters": _times_heads_parameters},
    ),
    Mistake(
        "multiplies-by-heads",
        "when the scores and sums are multiplied by the number of heads, each at full width",
        _CANCELS,
        {"attend": _times_heads_attend},
    ),
    Mistake(
        "multiplies-by-heads",
        "when the work is multiplied by the number of heads",
        _CANCELS,
        {"project": _times_heads_project, "attend": _times_heads_attend},
    ),
    Mistake(
        "multiplies-by-heads",
        "when parameters and work are multiplied by the number of heads",
        _CANCELS,
        {"parameters": _times_heads_parameters, "project": _times_heads_project, "attend": _times_heads_attend},
    ),
    Mistake(
        "width-of-one-head", "when the scores and sums of one head are counted", _WIDTH, {"attend": _narrow_attend}
    ),
    Mistake(
        "width-of-one-head",
        "when the projections lead to one head only, (d_model, head_dim)",
        "each projection leads to all heads: it is (d_model, d_model)",
        {"parameters": _narrow_parameters, "project": _narrow_project},
    ),
    Mistake(
        "width-of-one-head",
        "when everything is counted for one head",
        "count all heads: together they are d_model wide",
        {"parameters": _narrow_parameters, "project": _narrow_project, "attend": _narrow_attend},
    ),
    Mistake(
        "linear-in-length",
        "when n stands for n² in the scores and sums",
        _PAIRS,
        {"attend": lambda n, d, h: 2 * n * d},
    ),
    Mistake("linear-in-length", "when the weights are counted as n a head", _PAIRS, {"weigh": lambda n, d, h: h * n}),
    Mistake(
        "counts-flops",
        "when a multiply-add counts as two operations",
        "a product and its addition are one multiply-add; count it once",
        {"unit": lambda work: 2 * work},
    ),
    Mistake(
        "counts-flops",
        "when a multiply-add of the projections counts as two operations",
        "use one unit throughout: a product and its addition are one multiply-add",
        {"project": lambda count, n, d, h: 2 * projections(count, n, d, h)},
    ),
    Mistake(
        "counts-flops",
        "when a multiply-add of the scores and sums counts as two operations",
        "use one unit throughout: a product and its addition are one multiply-add",
        {"attend": lambda n, d, h: 2 * scores_and_averages(n, d, h)},
    ),
    Mistake(
        "one-head-only",
        "when the weights of one head are counted",
        "every head has n² weights of its own",
        {"weigh": lambda n, d, h: n**2},
    ),
    Mistake(
        "weights-times-width",
        "when every weight is counted once for each feature",
        "a weight is one number for each pair of tokens in each head",
        {"weigh": lambda n, d, h: n**2 * d},
    ),
    Mistake(
        "weights-as-parameters",
        "when the attention weights are counted as parameters",
        "parameters are what training adjusts: the four matrices; weights are computed from each input",
        {"parameters": lambda count, n, d, h: weight_matrices(count, n, d, h) + heads_squared(n, d, h)},
    ),
    Mistake(
        "uncounted-product",
        "when only one of q kᵀ and weights · v is counted",
        _BOTH,
        {"attend": lambda n, d, h: n**2 * d},
    ),
    Mistake(
        "uncounted-product", "when the projections' work is not counted", _BOTH, {"project": lambda count, n, d, h: 0}
    ),
    Mistake("uncounted-product", "when the scores and sums are not counted", _BOTH, {"attend": lambda n, d, h: 0}),
    Mistake(
        "counts-biases",
        "when the biases are counted as well",
        "leave the biases out: 4·d_model² parameters",
        {"parameters": lambda count, n, d, h: weight_matrices(count, n, d, h) + 4 * d},
    ),
    Mistake(
        "parameters-per-token",
        "when the parameters are counted once for each token",
        "all tokens share the same weights: the count does not depend on seq_len",
        {"parameters": projections},
    ),
    Mistake(
        "parameters-per-token",
        "when the projections' work is counted for one token",
        "every token is projected: seq_len · d_model² multiply-adds for each projection",
        {"project": weight_matrices},
    ),
    Mistake(
        "float-result",
        "as floats instead of integers",
        "use `//` where you divide, and no float factor: counts are integers",
        {"number": float},
    ),
)

ATTENTION_COST = Exercise(
    id="attention_cost",
    assignment="03b-multi-head",
    chapter=3,
    section="What it costs",
    anchor="cost",
    title="Count what attention costs",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=attention_cost,
    blueprint=cost,
    returns=("parameters", "multiply_adds", "weight_elements"),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
