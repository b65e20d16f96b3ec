"""What attention replaced: a recurrent network, and how far its gradient reaches back."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, require, same_size


def rnn_states(x: FloatArray, w_x: FloatArray, w_h: FloatArray, b: FloatArray) -> FloatArray:
    """Read a sequence one token after the other into a hidden state.

    h_t = tanh(x_t w_x + h_{t−1} w_h + b), starting from zeros — Elman (1990), with tanh.

    Args:
        x: (n, d_in) tokens.
        w_x: (d_in, d_h) weights of the input.
        w_h: (d_h, d_h) weights of the previous state.
        b: (d_h,) bias.

    Returns:
        states (n, d_h), row t after reading token t, in the dtype of the inputs.

    Raises:
        TypeError: an argument is not a NumPy array of floats.
        ValueError: wrong number of axes, or sizes that disagree; the message gives the shapes.

    >>> rnn_states(np.ones((2, 1)), np.array([[0.5]]), np.array([[1.0]]), np.zeros(1)).round(4).tolist()
    [[0.4621], [0.7452]]
    """
    x = float_array("x", x, "(n, d_in)")
    w_x = float_array("w_x", w_x, "(d_in, d_h)")
    w_h = _square(w_h)
    b = float_array("b", b, "(d_h,)")
    same_size("have d_in rows", {"x": x.shape, "w_x": w_x.shape}, x.shape[1], w_x.shape[0])
    same_size("have d_h columns", {"w_x": w_x.shape, "w_h": w_h.shape}, w_x.shape[1], w_h.shape[1])
    same_size("have d_h entries", {"w_x": w_x.shape, "b": b.shape}, w_x.shape[1], b.shape[0])

    states = np.empty((len(x), len(b)), np.result_type(x, w_x, w_h, b))
    state = np.zeros(len(b), states.dtype)
    for t, token in enumerate(x):
        state = np.tanh(token @ w_x + state @ w_h + b)
        states[t] = state
    return states


@np.errstate(over="ignore", invalid="ignore")  # a product that explodes beyond the range of floats is reported as inf
def gradient_reach(states: FloatArray, w_h: FloatArray) -> FloatArray:
    """Measure how strongly the last state of the network of `rnn_states` still depends on each earlier one.

    Spectral norm (largest singular value) of ∂h_last/∂h_t, a product of Jacobians ∂h_t/∂h_{t−1} = w_h diag(1 − h_t²),
    written for row vectors — Pascanu et al. (2013), equation 5. Computed in float64.

    Args:
        states: (n, d_h) states that `rnn_states` returned, each entry in [−1, 1].
        w_h: (d_h, d_h) weights of the previous state.

    Returns:
        reach (n,), without unit, in the dtype of the inputs; the last entry is 1, the norm of the identity.

    Raises:
        TypeError: an argument is not a NumPy array of floats.
        ValueError: sizes disagree, no features, a state outside [−1, 1], or a weight that is not finite.

    >>> gradient_reach(np.array([[0.9], [0.5], [0.0]]), np.array([[0.8]])).round(4).tolist()
    [0.48, 0.8, 1.0]
    """
    states = float_array("states", states, "(n, d_h)")
    w_h = _square(w_h)
    same_size("have d_h rows", {"states": states.shape, "w_h": w_h.shape}, states.shape[1], w_h.shape[0])
    require(states.shape[1] > 0, "states", "have at least one feature (d_h)", f"shape {states.shape}")
    outside = states[~(np.abs(states) <= 1)]
    require(outside.size == 0, "states", "lie in [-1, 1], as tanh does", outside[:1])
    require(bool(np.isfinite(w_h).all()), "w_h", "be finite", w_h[~np.isfinite(w_h)][:1])

    reach = np.empty(len(states), np.result_type(states, w_h))
    to_last = np.eye(len(w_h))  # ∂h_last/∂h_t
    for t in reversed(range(len(states))):
        reach[t] = np.linalg.norm(to_last, 2) if np.isfinite(to_last).all() else np.inf
        one_step = w_h * (1 - states[t].astype(np.float64) ** 2)  # ∂h_t/∂h_{t−1}
        to_last = one_step @ to_last
    return reach


def _square(w_h: object) -> FloatArray:
    array = float_array("w_h", w_h, "(d_h, d_h)")
    require(array.shape[0] == array.shape[1], "w_h", "be square", f"shape {array.shape}")
    return array
