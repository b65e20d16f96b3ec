"""Mistakes in running a recurrent network: what the state starts from and takes in, and which states come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["ANSWERING", "SQUASHING", "STARTING", "TAKING_IN"]

Array = np.ndarray

_ZERO_START = "the state before the first token is zero: `h = np.zeros_like(b)`"


def _started(note: str, begin: Callable[..., Any]) -> Mistake:
    return Mistake("wrong-start", note, _ZERO_START, {"begin": begin})


def _skipping(x: Array, w_x: Array, w_h: Array, b: Array) -> Array:
    states = np.zeros((len(x), len(b)), x.dtype)
    for t in range(1, len(x)):
        states[t] = np.tanh(x[t] @ w_x + states[t - 1] @ w_h + b)
    return states


STARTING = (
    Mistake(
        "skips-first-token",
        "when the loop begins at token 1 and the first row stays zero",
        "token 0 is read too: `for t in range(len(x))`, with a state of zeros before it",
        {"whole": _skipping},
    ),
    _started("when the start is the number 0, which `@` does not take", lambda x, w_x, b: 0),
    _started("when the first state starts from ones", lambda x, w_x, b: np.ones_like(b)),
    _started("when the first state starts from the bias", lambda x, w_x, b: b),
    _started("when the first state starts from the first token", lambda x, w_x, b: x[0] @ w_x),
    _started("when the first state starts from the first token, after the tanh", lambda x, w_x, b: np.tanh(x[0] @ w_x)),
)


def _one_step(code: str, note: str, help_line: str, step: str, wrong: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {step: wrong})


_RIGHT_HAND = "states are rows and weights stand on the right: `h @ w_h`"
_OWN_WEIGHTS = "w_x belongs to the token, w_h to the previous state"

TAKING_IN = (
    _one_step(
        "forgets-state",
        "when the previous state is not used",
        "add `h @ w_h`, and keep the new state for the next step",
        "recall",
        lambda state, w_h: np.zeros_like(state),
    ),
    _one_step(
        "weight-transposed",
        "when w_h is transposed: h @ w_hᵀ",
        _RIGHT_HAND,
        "recall",
        lambda state, w_h: state @ w_h.T,
    ),
    _one_step(
        "weight-transposed", "when w_x is transposed: x @ w_xᵀ", _RIGHT_HAND, "read", lambda token, w_x: token @ w_x.T
    ),
    _one_step(
        "elementwise-product",
        "when `*` multiplies the state with the diagonal of w_h only",
        "use the matrix product `h @ w_h`: every feature of the state reaches every other",
        "recall",
        lambda state, w_h: state * np.diagonal(w_h),
    ),
    _one_step(
        "swaps-weights",
        "when w_x and w_h have changed places",
        _OWN_WEIGHTS,
        "weigh",
        lambda w_x, w_h: (w_h, w_x),
    ),
    _one_step(
        "swaps-weights", "when w_h is used for the token too", _OWN_WEIGHTS, "weigh", lambda w_x, w_h: (w_h, w_h)
    ),
    _one_step(
        "swaps-weights", "when w_x is used for the state too", _OWN_WEIGHTS, "weigh", lambda w_x, w_h: (w_x, w_x)
    ),
    _one_step(
        "ignores-bias",
        "when the bias is not added",
        "add b inside the tanh",
        "shift",
        np.zeros_like,
    ),
    _one_step("ignores-bias", "when the bias is subtracted", "add b inside the tanh", "shift", lambda b: -b),
    _one_step(
        "previous-token",
        "when step t reads token t − 1, and the first step the last token",
        "state t has read token t: index x with the same t",
        "see",
        lambda x, t: x[t - 1],
    ),
    _one_step(
        "previous-token",
        "when step t reads token t − 1, and the first step reads nothing",
        "state t has read token t: index x with the same t",
        "see",
        lambda x, t: x[t - 1] if t else np.zeros_like(x[0]),
    ),
    _one_step(
        "reads-one-token",
        "when every step reads the first token again",
        "state t has read token t: index x with t",
        "see",
        lambda x, t: x[0],
    ),
    _one_step(
        "reversed-in-time",
        "when the tokens are read from the last to the first",
        "read the tokens in their order, t = 0, 1, 2, …",
        "see",
        lambda x, t: x[len(x) - 1 - t],
    ),
)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


_TANH = "apply `np.tanh` to the whole sum"

SQUASHING = (
    Mistake("missing-tanh", "without the tanh", _TANH, {"squash": lambda x: x}),
    Mistake("another-activation", "when a sigmoid takes the place of the tanh", _TANH, {"squash": _sigmoid}),
    Mistake(
        "another-activation", "when a ReLU takes the place of the tanh", _TANH, {"squash": lambda x: np.maximum(x, 0)}
    ),
    Mistake(
        "carries-sum-before-tanh",
        "when the next step receives the sum before the tanh",
        "carry the state on after the tanh: `h = np.tanh(…)`, then `states[t] = h`",
        {"carry": lambda before, state: before},
    ),
    Mistake(
        "bias-outside-tanh",
        "when the bias is added after the tanh",
        "the bias belongs inside: `np.tanh(x_t @ w_x + h @ w_h + b)`",
        {"shift": np.zeros_like, "finish": lambda state, b: state + b},
    ),
    Mistake(
        "tanh-twice",
        "when the tanh is applied twice",
        "apply it once, to the whole sum",
        {"squash": lambda x: np.tanh(np.tanh(x))},
    ),
)


def _answered(code: str, note: str, help_line: str, answer: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"answer": answer})


_AFTER = "row t is the state after token t: the zero start is not among the rows"

ANSWERING = (
    _answered(
        "states-shifted",
        "when row t is the state before token t, from the zero start to the last but one",
        _AFTER,
        lambda states, start: np.vstack([start, states[:-1]]),
    ),
    _answered(
        "states-shifted",
        "when the zero start comes as a row of its own before the others",
        _AFTER,
        lambda states, start: np.vstack([start, states]),
    ),
    _answered(
        "last-state-only",
        "when only the last state is returned",
        "keep the state of every step: shape (n, d_h)",
        lambda states, start: states[-1],
    ),
    _answered(
        "last-state-only",
        "when all rows hold the last state",
        "store a copy of each state: a list of one array that is overwritten holds the last one n times",
        lambda states, start: np.tile(states[-1], (len(states), 1)),
    ),
    _answered(
        "states-as-columns",
        "when the states are columns instead of rows",
        "one row for each token: shape (n, d_h)",
        lambda states, start: states.T,
    ),
    _answered(
        "reversed-in-time",
        "when the states come back from the last to the first",
        "row t is the state after token t, t = 0, 1, 2, …",
        lambda states, start: states[::-1],
    ),
)
