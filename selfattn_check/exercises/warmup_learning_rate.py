"""Exercise: the learning rate with which the Transformer was trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_check.blueprints.schedule import rate
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.schedule import SCHEDULING
from selfattn_check.probe import Probe
from selfattn_ref import warmup_learning_rate

__all__ = ["WARMUP_LEARNING_RATE"]

STATEMENT = r"""
At the start, weights are random and gradients point anywhere. So the learning rate $\eta$ begins near 0 and rises in a
straight line for $w$ steps; then it falls with the square root of the step $t$:

$$\eta(t) = d^{-1/2} \cdot \min\left(t^{-1/2},\; t \cdot w^{-3/2}\right)$$

| argument | meaning |
|---|---|
| `step` | the optimizer's step $t$, an integer; the first is 1 |
| `d_model` | width $d$ of the model, an integer, at least 1 |
| `warmup_steps` | number of steps $w$ on which the rate rises, an integer, at least 1 |
| returns | the learning rate, a float |

Both terms are equal at $t = w$, the peak. By hand, for $d = w = 4$: $\eta(1) = \tfrac12 \cdot \tfrac18$, and
$\eta(16) = \tfrac12 \cdot \tfrac14$.

```python
>>> [warmup_learning_rate(step, d_model=4, warmup_steps=4) for step in (1, 2, 4, 16)]
[0.0625, 0.125, 0.25, 0.125]

```
"""

HINTS = (
    "Three factors: one for the width, and the smaller of a line and a curve. `min` takes two numbers.",
    "`x ** -0.5` is one over the square root of x; $w^{-3/2}$ is `warmup_steps ** -1.5`.",
    "`return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)`.",
)


def _given(step: int, d_model: int, warmup_steps: int) -> Callable[[np.random.Generator], dict[str, int]]:
    return lambda rng: {"step": step, "d_model": d_model, "warmup_steps": warmup_steps}


def _drawn(first: float, last: float) -> Callable[[np.random.Generator], dict[str, int]]:
    """A step between these multiples of the warm-up."""

    def build(rng: np.random.Generator) -> dict[str, int]:
        warmup = int(rng.integers(20, 200))
        step = int(rng.uniform(first, last) * warmup)
        return {"step": step, "d_model": int(rng.integers(5, 90)), "warmup_steps": warmup}

    return build


PROBES = (
    Probe("by hand", "half-way up: ½ · ¼", _given(2, 4, 4)),
    Probe("rising", "on the line", _drawn(0.2, 0.9)),
    Probe("peak", "line and curve meet", _drawn(1.0, 1.0)),
    Probe("falling", "on the curve", _drawn(1.5, 4.0)),
    Probe("far", "long after the warm-up", _drawn(20.0, 60.0)),
    Probe("first step", "step 1 of many", lambda rng: _drawn(1.0, 1.0)(rng) | {"step": 1}),
    Probe("no line", "warmup_steps=1: the peak is the first step", _given(1, 9, 1)),
    Probe("as published", "the numbers of the original Transformer", _given(4000, 512, 4000)),
)

WARMUP_LEARNING_RATE = Exercise(
    id="warmup_learning_rate",
    assignment="05a-pytorch",
    chapter=5,
    section="A learning rate that rises and falls",
    anchor="warm-up",
    title="Warm up, then fall",
    minutes=5,
    difficulty=1,
    statement=STATEMENT,
    reference=warmup_learning_rate,
    blueprint=rate,
    returns=("learning rate",),
    probes=PROBES,
    mistakes=SCHEDULING,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 1},
)
