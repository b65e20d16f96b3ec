"""Exercise: a gradient without calculus, to check every other gradient against."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.differences import difference
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.differencing import DIFFERENCING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import numerical_gradient

__all__ = ["NUMERICAL_GRADIENT", "READY_MADE_GRADIENTS"]

Draw = dict[str, Any]

READY_MADE_GRADIENTS = (
    "selfattn_ref.*",
    "torch.autograd.grad",
    "torch.autograd.backward",
    "torch.Tensor.backward",
    "torch.func.vjp",
    "jax.grad",
    "jax.vjp",
    "scipy.optimize.approx_fprime",
    "scipy.differentiate.derivative",
    "scipy.differentiate.jacobian",
)

STATEMENT = r"""
Move one entry of $x$ a little up, then a little down, and see how much $f$ changes. Do so for every entry, one at a
time. It is slow, and it needs no calculus: that is what makes it a check for gradients derived by hand.

$$g_i = \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2 \varepsilon}$$

$e_i$ is 1 at entry $i$ and 0 elsewhere.

| argument | what it is |
|---|---|
| `f` | a function: takes an array like `x`, leaves it as it is, returns one number |
| `x` | floats with one or more axes |
| `eps` | the step $\varepsilon$, positive; use it as it is |
| returns | the gradient, a new array in the shape and dtype of `x` |

`x` must come out as it went in: work on a copy.

```python
>>> import numpy as np
>>> def f(x):                        # ∂f/∂x₀ = 2 x₀, ∂f/∂x₁ = 3
...     return x[0] ** 2 + 3 * x[1]
>>> numerical_gradient(f, np.array([2.0, 5.0])).round(6)
array([4., 3.])
>>> def cube(x):                     # 3 x² + ε², not the limit
...     return (x**3).sum()
>>> numerical_gradient(cube, np.array([1.0]), eps=0.5)
array([3.25])

```
"""

HINTS = (
    "Begin with a single entry: copy x, add eps to that entry, ask f; copy again, subtract eps, ask again. "
    "The rest is a loop.",
    "`for index in np.ndindex(x.shape)` goes through the entries of an array with any number of axes, and "
    "`gradient = np.zeros_like(x)` has a place for each slope.",
    "In the loop: `up, down = x.copy(), x.copy()`, `up[index] += eps`, `down[index] -= eps`, "
    "`gradient[index] = (f(up) - f(down)) / (2 * eps)`.",
)


def square_and_line(x: np.ndarray) -> Any:
    """x₀² + 3 x₁."""
    return x[0] ** 2 + 3 * x[1]


def sum_of_cubes(x: np.ndarray) -> Any:
    """Σ x³: its slope by a finite step differs from 3 x²."""
    return (x**3).sum()


def neighbors_multiplied(x: np.ndarray) -> Any:
    """Σ of products of three neighbors: the slope of an entry depends on where the others are."""
    flat = x.ravel()
    return float((flat[:-2] * flat[1:-1] * flat[2:]).sum())


def weighted_squares(x: np.ndarray) -> Any:
    """Σ of squares, each with a weight of its own."""
    flat = x.ravel()
    return (np.arange(1, flat.size + 1, dtype=x.dtype) * flat**2).sum()


def downhill(x: np.ndarray) -> Any:
    """Falls with every entry."""
    return np.exp(-x).sum()


def log_sum_exp(x: np.ndarray) -> Any:
    """Its gradient is the softmax."""
    return np.log(np.exp(x).sum())


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"f": square_and_line, "x": np.array([2.0, 5.0])}


def _wide_step(rng: np.random.Generator) -> Draw:
    return {"f": sum_of_cubes, "x": rng.uniform(0.5, 1.5, size=5), "eps": 0.5}


def _matrix(rng: np.random.Generator) -> Draw:
    return {"f": neighbors_multiplied, "x": rng.normal(size=(2, 3)), "eps": 0.1}


def _square(rng: np.random.Generator) -> Draw:
    return {"f": weighted_squares, "x": rng.uniform(0.5, 1.5, size=(3, 3)), "eps": 0.01}


def _three_axes(rng: np.random.Generator) -> Draw:
    return {"f": weighted_squares, "x": rng.normal(size=(2, 1, 4)), "eps": 0.125}


def _downhill(rng: np.random.Generator) -> Draw:
    return {"f": downhill, "x": rng.uniform(0, 1, size=(3, 2)), "eps": 0.01}


def _default_step(rng: np.random.Generator) -> Draw:
    return {"f": log_sum_exp, "x": rng.uniform(-0.5, 0.5, size=4)}


def _float32(rng: np.random.Generator) -> Draw:
    quarters = rng.integers(-8, 9, size=(2, 3)) / 4  # squares and products of these are exact in float32
    return {"f": weighted_squares, "x": strided(quarters.astype(np.float32)), "eps": 0.25}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"f": neighbors_multiplied, "x": read_only(rng.normal(size=(3, 2))), "eps": 0.05}


PROBES = (
    Probe("by hand", "two entries with slopes 4 and 3: you can check it on paper", _by_hand),
    Probe("wide step", "a step of 0.5 on cubes, where the formula and the true slope differ", _wide_step),
    Probe("matrix", "two axes, and slopes that depend on the other entries", _matrix),
    Probe("square", "as many rows as columns: an index the wrong way round raises nothing here", _square),
    Probe("three axes", "one of them of length 1", _three_axes),
    Probe("downhill", "a function that falls: all slopes are negative", _downhill),
    Probe("default step", "no step given: 1e-5", _default_step),
    Probe("float32", "float32 in, float32 out, from memory with gaps; all numbers are exact", _float32),
    Probe("read-only", "an input that must not be written to", _read_only),
)

NUMERICAL_GRADIENT = Exercise(
    id="numerical_gradient",
    assignment="04b-gradients",
    chapter=4,
    section="A gradient without calculus",
    anchor="numerical-gradient",
    title="Measure a gradient",
    minutes=12,
    difficulty=2,
    statement=STATEMENT,
    reference=numerical_gradient,
    blueprint=difference,
    returns=("gradient",),
    probes=PROBES,
    mistakes=DIFFERENCING,
    hints=HINTS,
    forbidden=READY_MADE_GRADIENTS,
    parts={"values": 2},
)
