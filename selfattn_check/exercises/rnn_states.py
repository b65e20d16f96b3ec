"""Exercise: read a sequence one token after the other."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.recurrence import states
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.recurring import ANSWERING, SQUASHING, STARTING, TAKING_IN
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import rnn_states

__all__ = ["RNN_STATES"]

Array = np.ndarray
Draw = dict[str, Array]

STATEMENT = r"""
A recurrent network reads one token after the other. Its state is all that it remembers: each step takes in one token
and the state of the step before.

$$h_t = \tanh(x_t W_x + h_{t-1} W_h + b), \qquad t = 0, \dots, n-1$$

Before the first token the state is a row of zeros, $h_{-1} = (0, \dots, 0)$, as long as every other state.

| array | shape |
|---|---|
| `x` | `(n, d_in)`, at least one token |
| `w_x` | `(d_in, d_h)` |
| `w_h` | `(d_h, d_h)` |
| `b` | `(d_h,)` |
| returns | `(n, d_h)`: row `t` is the state after token `t`; a new array in the dtype of the inputs |

The arrays are float32 or float64, all four the same, without batch axes.

```python
>>> import numpy as np
>>> x = np.array([[1.0], [0.0], [0.0]])              # one impulse, then nothing
>>> w_x, w_h, b = np.array([[0.5]]), np.array([[0.8]]), np.zeros(1)
>>> rnn_states(x, w_x, w_h, b).round(4)              # tanh(0.5), tanh(0.8 · 0.4621), …
array([[0.4621],
       [0.3537],
       [0.2757]])

```
"""

HINTS = (
    "You need a loop: step t cannot start before step t − 1 is done. What has to survive from one step to the next?",
    "Start with `h = np.zeros_like(b)`. In the loop, compute the new `h` from `x[t]` and the old `h`, and store it. "
    "`np.zeros(d_h)` would be float64 and widen float32.",
    "`h = np.tanh(x[t] @ w_x + h @ w_h + b)`, appended to a list in every step; at the end `np.stack(rows)`.",
)


def _drawn(rng: np.random.Generator, n: int, d_in: int, d_h: int, scale: float = 1.0) -> Draw:
    return {
        "x": rng.normal(size=(n, d_in)),
        "w_x": scale * rng.normal(size=(d_in, d_h)) / d_in**0.5,
        "w_h": scale * rng.normal(size=(d_h, d_h)) / d_h**0.5,
        "b": 0.5 * rng.normal(size=d_h),
    }


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "x": np.array([[1.0], [0.0], [0.0]]),
        "w_x": np.array([[0.5]]),
        "w_h": np.array([[0.8]]),
        "b": np.array([0.0]),
    }


def _plain(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 5, 3, 4)


def _square(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 4, 4, 4)


def _one_token(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 1, 2, 3)


def _one_feature(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 6, 2, 1)


def _long(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 23, 2, 5, scale=0.7)


def _saturated(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 6, 3, 2, scale=9.0)


def _float32(rng: np.random.Generator) -> Draw:
    drawn = {name: value.astype(np.float32) for name, value in _drawn(rng, 5, 4, 3).items()}
    return drawn | {"x": strided(drawn["x"])}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {name: read_only(value) for name, value in _drawn(rng, 4, 3, 2).items()}


PROBES = (
    Probe("by hand", "an impulse that fades: you can follow it with a calculator", _by_hand),
    Probe("plain", "three sizes that are all different", _plain),
    Probe("square", "all sizes equal: a transposed weight raises nothing here", _square),
    Probe("one token", "a single step, from the zero start", _one_token),
    Probe("one feature", "a state of one number", _one_feature),
    Probe("long", "23 steps: a small slip in the state adds up", _long),
    Probe("saturated", "large weights, which push the tanh to its ends", _saturated),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _untouchable),
)

RNN_STATES = Exercise(
    id="rnn_states",
    assignment="01-background",
    chapter=1,
    section="Recurrence: one token after the other",
    anchor="recurrence",
    title="Read one token after the other",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=rnn_states,
    blueprint=states,
    returns=("states",),
    probes=PROBES,
    mistakes=(*TAKING_IN, *SQUASHING, *STARTING, *ANSWERING),
    hints=HINTS,
    forbidden=("selfattn_ref.*", "torch.rnn_tanh", "torch.rnn_tanh_cell", "torch.nn.RNN", "torch.nn.RNNCell"),
    parts={"values": 2},
)
