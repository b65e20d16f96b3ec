"""A recurrent network as steps, forward and back.

Forward: begin → see → read → recall → shift → squash → finish → carry → answer.
Back: gate → slope → one_step → chain → measured → measure → answer.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["reach", "states"]

Array = np.ndarray
Step = Callable[..., Any]


def begin(x: Array, w_x: Array, b: Array) -> Array:
    """The state before the first token: zeros (d_h,)."""
    return np.zeros_like(b)


def see(x: Array, t: int) -> Array:
    """The token of this step."""
    return x[t]


def weigh(w_x: Array, w_h: Array) -> tuple[Array, Array]:
    """The weights of the token and of the previous state, in this order."""
    return w_x, w_h


def read(token: Array, w_x: Array) -> Array:
    """What the token contributes: (d_h,)."""
    return token @ w_x


def recall(state: Array, w_h: Array) -> Array:
    """What the previous state contributes: (d_h,)."""
    return state @ w_h


def shift(b: Array) -> Array:
    """The bias, inside the tanh."""
    return b


def finish(state: Array, b: Array) -> Array:
    """Nothing: the state is final after the tanh."""
    return state


def carry(before: Array, state: Array) -> Array:
    """What the next step receives: the state after the tanh."""
    return state


def all_states(states: Array, start: Array) -> Any:
    """One row for each token."""
    return states


def states(
    x: Array,
    w_x: Array,
    w_h: Array,
    b: Array,
    *,
    begin: Step = begin,
    see: Step = see,
    weigh: Step = weigh,
    read: Step = read,
    recall: Step = recall,
    shift: Step = shift,
    squash: Step = np.tanh,
    finish: Step = finish,
    carry: Step = carry,
    answer: Step = all_states,
) -> Any:
    """`rnn_states` as steps."""
    start = carried = begin(x, w_x, b)
    of_token, of_state = weigh(w_x, w_h)
    rows = []
    for t in range(len(x)):
        before = read(see(x, t), of_token) + recall(carried, of_state) + shift(b)
        rows.append(finish(squash(before), b))
        carried = carry(before, rows[-1])
    return answer(np.array(rows), start)


def gate(states: Array, t: int) -> Array:
    """The state whose tanh lies between h_{t−1} and h_t: h_t."""
    return states[t]


def slope(state: Array) -> Array:
    """Derivative of the tanh, from its result: (d_h,)."""
    return 1 - state**2


def one_step(w_h: Array, slopes: Array) -> Array:
    """∂h_t/∂h_{t−1} for row vectors: the slopes belong to the columns."""
    return w_h * slopes


def chain(one_step: Array, to_last: Array) -> Array:
    """∂h_last/∂h_{t−1}: the earlier step stands on the left, for row vectors."""
    return one_step @ to_last


def measured(to_last: Array, one_earlier: Array) -> Array:
    """The Jacobian that entry t measures: ∂h_last/∂h_t."""
    return to_last


def measure(jacobian: Array) -> Any:
    """Spectral norm: the largest singular value."""
    return np.linalg.norm(jacobian, 2)


def each_reach(reach: Array) -> Array:
    """One number for each state, the last one 1."""
    return reach


def reach(
    states: Array,
    w_h: Array,
    *,
    gate: Step = gate,
    slope: Step = slope,
    one_step: Step = one_step,
    chain: Step = chain,
    measured: Step = measured,
    measure: Step = measure,
    answer: Step = each_reach,
) -> Any:
    """`gradient_reach` as steps."""
    reach = np.empty(len(states), states.dtype)
    to_last = np.eye(len(w_h), dtype=states.dtype)
    for t in reversed(range(len(states))):
        one_earlier = chain(one_step(w_h, slope(gate(states, t))), to_last)
        reach[t] = measure(measured(to_last, one_earlier))
        to_last = one_earlier
    return answer(reach)
