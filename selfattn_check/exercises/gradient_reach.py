"""Exercise: how far back does the gradient reach?"""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.recurrence import reach
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.reaching import CHAINING, DIFFERENTIATING, MEASURING, PLACING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import gradient_reach, rnn_states

__all__ = ["GRADIENT_REACH"]

Array = np.ndarray
Draw = dict[str, Array]

STATEMENT = r"""
How strongly does the last state of the network of `rnn_states` still depend on an earlier one? The chain rule
multiplies one Jacobian for each step in between. For row vectors, $h_t = \tanh(\dots + h_{t-1} W_h + \dots)$ gives

$$
J_t = \frac{\partial h_t}{\partial h_{t-1}} = W_h \operatorname{diag}(1 - h_t^2), \qquad
\frac{\partial h_\text{last}}{\partial h_t} = J_{t+1} J_{t+2} \cdots J_\text{last},
$$

where entry $(i, j)$ of $J_t$ is the derivative of feature $j$ of $h_t$ by feature $i$ of $h_{t-1}$. The reach is the
spectral norm of that product, its largest singular value: the most that a small change of $h_t$ can be
stretched on its way to the end.

$$\text{reach}_t = \bigl\lVert J_{t+1} J_{t+2} \cdots J_\text{last} \bigr\rVert_2, \qquad \text{reach}_\text{last} = 1$$

| array | shape |
|---|---|
| `states` | `(n, d_h)`, what `rnn_states` returned, at least one row |
| `w_h` | `(d_h, d_h)` |
| returns | `(n,)`: entry `t` is about `states[t]`; a new array in the dtype of the inputs |

Both arrays are float32 or float64, without batch axes. `np.linalg.norm(matrix, 2)` is the spectral norm.

```python
>>> import numpy as np
>>> states = np.array([[0.9], [0.5], [0.0]])
>>> w_h = np.array([[0.8]])
>>> gradient_reach(states, w_h)              # 0.8 · (1 − 0.5²) · 0.8, then 0.8 · (1 − 0²), then 1
array([0.48, 0.8 , 1.  ])

```
"""

HINTS = (
    "Go backward. Between the last state and itself lies no step, so the product is the identity. "
    "One state earlier, one more Jacobian joins: on which side?",
    "Keep `to_last = np.eye(d_h)`, the Jacobian from the current state to the last. At every t, write down its norm, "
    "then multiply: `to_last = (w_h * (1 - states[t]**2)) @ to_last`. The slopes multiply the columns of w_h.",
    "`reach = np.empty(len(states), states.dtype)`; "
    "`for t in reversed(range(len(states))): reach[t] = np.linalg.norm(to_last, 2)`, and then the product of hint 2.",
)


def _run(rng: np.random.Generator, n: int, d_h: int, scale: float) -> Draw:
    w_h = scale * rng.normal(size=(d_h, d_h)) / d_h**0.5
    states = rnn_states(rng.normal(size=(n, 2)), rng.normal(size=(2, d_h)), w_h, 0.3 * rng.normal(size=d_h))
    return {"states": states, "w_h": w_h}


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"states": np.array([[0.9], [0.5], [0.0]]), "w_h": np.array([[0.8]])}


def _turning(rng: np.random.Generator) -> Draw:
    return {"states": np.array([[0.9, 0.1], [0.5, -0.2], [0.0, 0.6]]), "w_h": np.array([[0.0, 2.0], [0.5, 0.0]])}


def _plain(rng: np.random.Generator) -> Draw:
    return _run(rng, 6, 4, 1.0)


def _square(rng: np.random.Generator) -> Draw:
    return _run(rng, 5, 5, 1.2)


def _vanishing(rng: np.random.Generator) -> Draw:
    return _run(rng, 12, 3, 0.5)


def _exploding(rng: np.random.Generator) -> Draw:
    return {"states": 0.3 * rng.uniform(-1, 1, size=(9, 4)), "w_h": 1.5 * rng.normal(size=(4, 4))}


def _single(rng: np.random.Generator) -> Draw:
    return _run(rng, 1, 3, 1.0)


def _float32(rng: np.random.Generator) -> Draw:
    drawn = {name: value.astype(np.float32) for name, value in _run(rng, 5, 3, 1.0).items()}
    return drawn | {"states": strided(drawn["states"])}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {name: read_only(value) for name, value in _run(rng, 4, 2, 1.0).items()}


PROBES = (
    Probe("by hand", "one feature: 0.48, 0.8, 1 can be checked on paper", _by_hand),
    Probe("turning", "two features that change places: eigenvalues are not singular values", _turning),
    Probe("plain", "six states of four features", _plain),
    Probe("square", "as many states as features", _square),
    Probe("vanishing", "small weights: the reach falls with distance", _vanishing),
    Probe("exploding", "large weights and small states: the reach grows with distance", _exploding),
    Probe("one state", "nothing lies between a state and itself", _single),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _untouchable),
)

GRADIENT_REACH = Exercise(
    id="gradient_reach",
    assignment="01-background",
    chapter=1,
    section="How far back does the gradient reach?",
    anchor="gradient-reach",
    title="Follow the gradient back",
    minutes=20,
    difficulty=2,
    statement=STATEMENT,
    reference=gradient_reach,
    blueprint=reach,
    returns=("reach",),
    probes=PROBES,
    mistakes=(*DIFFERENTIATING, *CHAINING, *MEASURING, *PLACING),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 3},
)
