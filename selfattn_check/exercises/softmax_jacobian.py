"""Exercise: how does every weight react to every score?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_check.blueprints.distributions import softmax_jacobian as blueprint
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.entropy import shares
from selfattn_check.mistakes.slopes import SLOPES
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import softmax_jacobian

__all__ = ["SOFTMAX_JACOBIAN"]

STATEMENT = r"""
Raise one score a little: its weight grows, and all others shrink to make room. The Jacobian of $p = \text{softmax}(x)$
holds all these rates at once, and it can be written with the weights alone:

$$J_{ij} = \frac{\partial p_i}{\partial x_j} = p_i\,(\delta_{ij} - p_j),$$

where $\delta_{ij}$ is 1 if $i = j$, and 0 otherwise.

| argument | meaning |
|---|---|
| `p` | `(n,)` floats, the weights that a softmax returned: not negative, with sum 1; some may be exactly 0 |
| returns | new array `(n, n)` in the dtype of `p`, entry `[i, j]` the rate of weight $i$ when score $j$ grows |

```python
>>> import numpy as np
>>> softmax_jacobian(np.array([0.5, 0.25, 0.25]))
array([[ 0.25  , -0.125 , -0.125 ],
       [-0.125 ,  0.1875, -0.0625],
       [-0.125 , -0.0625,  0.1875]])

```

Every row and every column sums to 0: what one key gains, the others lose.
"""

HINTS = (
    "Differentiate $p_i = e^{x_i} / \\sum_m e^{x_m}$ twice: by $x_i$ itself, and by another score $x_j$. "
    "The two cases differ in one term only.",
    "Multiplied out, the entry is $p_i \\delta_{ij} - p_i p_j$: a diagonal matrix minus all products of two weights.",
    "`np.diag(p)` is the first matrix, `np.outer(p, p)` the second.",
)


def _given(*p: float) -> Callable[[np.random.Generator], dict[str, np.ndarray]]:
    return lambda rng: {"p": np.array(p)}


PROBES = (
    Probe("by hand", "shares 0.25 and 0.75: every entry is ±0.1875", _given(0.25, 0.75)),
    Probe("three", "a half and two quarters: entries that differ", _given(0.5, 0.25, 0.25)),
    Probe("seven", "seven random weights", lambda rng: {"p": shares(rng, 7)}),
    Probe("equal", "four equal weights", lambda rng: {"p": np.full(4, 0.25)}),
    Probe("with zeros", "weights of exactly 0, as a mask leaves them", lambda rng: {"p": shares(rng, 6, zeros=True)}),
    Probe("certain", "one weight of 1: nothing moves any more", _given(0.0, 1.0, 0.0)),
    Probe("single", "one key alone: it always has everything", _given(1.0)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", lambda rng: {"p": strided(_float32(rng))}),
    Probe("read-only", "an input that must not be written to", lambda rng: {"p": read_only(shares(rng, 5))}),
)


def _float32(rng: np.random.Generator) -> np.ndarray:
    return shares(rng, 5).astype(np.float32)


SOFTMAX_JACOBIAN = Exercise(
    id="softmax_jacobian",
    assignment="02-concepts",
    chapter=2,
    section="What a score can still change: the Jacobian",
    anchor="softmax-slopes",
    title="Differentiate every weight by every score",
    minutes=15,
    difficulty=2,
    statement=STATEMENT,
    reference=softmax_jacobian,
    blueprint=blueprint,
    returns=("jacobian",),
    probes=PROBES,
    mistakes=SLOPES,
    hints=HINTS,
    forbidden=(
        "selfattn_ref.*",
        "torch.autograd.functional.jacobian",
        "torch.func.jacrev",
        "torch.func.jacfwd",
        "jax.jacrev",
        "jax.jacfwd",
        "jax.jacobian",
    ),
    parts={"values": 2},
)
