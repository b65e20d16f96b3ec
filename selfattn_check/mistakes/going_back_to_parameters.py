"""Mistakes in the way back through several heads: projections, heads, and sums over tokens and batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import swap
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.going_back import FORWARD, GOING_BACK, RESCALING, TRANSPOSING
from selfattn_check.mistakes.softmax_slopes import SOFTMAX_SLOPES

__all__ = ["INSIDE_A_HEAD", "PARAMETERS", "PROJECTING_BACK", "TOKENS"]

Array = np.ndarray
Step = Callable[..., Any]

_INSIDE = (
    "backward-missing-scale",
    "value-gradient-not-transposed",
    "key-gradient-not-transposed",
    "query-gradient-transposed",
    "gradient-from-own-input",
    "diagonal-only-backward",
    "missing-p-factor",
    "unweighted-sum",
    "skips-softmax-backward",
    "detached-weights",
    "scores-for-weights",
    "missing-scale",
    "ignores-mask",
    "mask-inverted",
)


def _first_of_each(family: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """One mistake a code: the exercise before has looked at each way of making it."""
    found: dict[str, Mistake] = {}
    for mistake in family:
        if mistake.code in _INSIDE:
            found.setdefault(mistake.code, mistake)
    return tuple(found.values())


def _d_model(q: Array) -> int:
    """Width of all heads together, of q (..., num_heads, seq_len, head_dim)."""
    return q.shape[-3] * q.shape[-1]


INSIDE_A_HEAD = (
    *_first_of_each((*RESCALING, *TRANSPOSING, *SOFTMAX_SLOPES, *GOING_BACK, *FORWARD)),
    Mistake(
        "backward-wrong-scale",
        "when the gradients of q and k are divided by √d_model instead of √head_dim",
        "d_k is the width of one head, d_model / num_heads: divide by its root",
        {"rescale": lambda grad, q, k: grad / _d_model(q) ** 0.5},
    ),
    Mistake(
        "backward-wrong-scale",
        "when √d_model divides the scores, and their gradient, instead of √head_dim",
        "d_k is the width of one head, d_model / num_heads: divide by its root",
        {
            "scale": lambda raw, q, k: raw / _d_model(q) ** 0.5,
            "rescale": lambda grad, q, k: grad / _d_model(q) ** 0.5,
        },
    ),
    Mistake(
        "mask-broadcast-silently",
        "when a mask (batch, n, n) meets the heads instead of the batch",
        "insert the head axis: `mask[..., None, :, :]` where the mask has a batch axis",
        {"for_heads": lambda mask: mask},
    ),
)


def _reshaped(x: Array, num_heads: int) -> Array:
    return x.reshape(*x.shape[:-2], num_heads, x.shape[-2], -1)


def _interleaved(x: Array, num_heads: int) -> Array:
    return np.moveaxis(x.reshape(*x.shape[:-1], -1, num_heads), -1, -3)


def _joined_as_they_lie(x: Array) -> Array:
    return x.reshape(*x.shape[:-3], x.shape[-2], -1)


def _without_biases(x: Array, params: Any, role: str) -> Array:
    return x @ params[f"w_{role}"]


_CUT = "cut it like q, k and v: reshape to (..., seq_len, num_heads, head_dim), then swap heads and tokens"
_JOIN = "merge as in the forward pass: swap heads and tokens back, then reshape"

PROJECTING_BACK = (
    Mistake(
        "forward-without-biases",
        "when the biases are left out of q, k and v",
        "repeat the whole forward pass: q = x @ w_q + b_q, and so on",
        {"project": _without_biases},
    ),
    Mistake(
        "backward-weight-not-transposed",
        "when gradients are multiplied by the weights, not by their transposes",
        "from y = x w the way back to x is grad_y wᵀ",
        {"back": lambda grad, w: grad @ w},
    ),
    Mistake(
        "backward-weight-not-transposed",
        "when w_o alone is not transposed",
        "from y = x w the way back to x is grad_y wᵀ, also for w_o",
        {"through_output": lambda grad, w_o, back: grad @ w_o},
    ),
    Mistake(
        "skips-output-projection-backward",
        "when grad_output goes to the heads without passing w_o",
        "the heads stand before w_o: multiply by its transpose first",
        {"through_output": lambda grad, w_o, back: grad},
    ),
    Mistake(
        "gradient-split-without-transpose",
        "when the gradient is reshaped straight to (..., num_heads, seq_len, head_dim)",
        _CUT,
        {"cut_back": _reshaped},
    ),
    Mistake(
        "gradient-split-without-transpose",
        "when head i gets every num_heads-th feature of the gradient",
        _CUT,
        {"cut_back": _interleaved},
    ),
    Mistake(
        "gradient-merge-without-transpose",
        "when the heads' gradients are reshaped to (..., seq_len, d_model) as they lie",
        _JOIN,
        {"join_back": _joined_as_they_lie},
    ),
)

_THREE_WAYS = "tokens become queries, keys and values: add the gradients of all three"


def _tokens(note: str, tokens: Step, code: str = "one-path-only") -> Mistake:
    return Mistake(code, note, _THREE_WAYS, {"tokens": tokens})


TOKENS = (
    _tokens("when grad_x comes back through the queries alone", lambda of_q, of_k, of_v: of_q),
    _tokens("when grad_x comes back through the keys alone", lambda of_q, of_k, of_v: of_k),
    _tokens("when grad_x comes back through the values alone", lambda of_q, of_k, of_v: of_v),
    _tokens("when grad_x lacks the way through the queries", lambda of_q, of_k, of_v: of_k + of_v),
    _tokens("when grad_x lacks the way through the keys", lambda of_q, of_k, of_v: of_q + of_v),
    _tokens("when grad_x lacks the way through the values", lambda of_q, of_k, of_v: of_q + of_k),
    _tokens(
        "when the mean of the three ways is taken in place of their sum",
        lambda of_q, of_k, of_v: (of_q + of_k + of_v) / 3,
        "paths-averaged",
    ),
    Mistake(
        "gradients-out-of-order",
        "when grad_params comes first",
        "return `grad_x, grad_params`",
        {"conclude": lambda grad_x, grad_params: (grad_params, grad_x)},
    ),
    Mistake(
        "drops-results",
        "when only grad_x is returned",
        "return `grad_x, grad_params`",
        {"conclude": lambda grad_x, grad_params: grad_x},
    ),
    Mistake(
        "drops-results",
        "when only grad_params is returned",
        "return `grad_x, grad_params`",
        {"conclude": lambda grad_x, grad_params: grad_params},
    ),
)

_SUM = "one set of parameters serves all batches: sum over tokens and batch axes"
_BIAS = "a bias is added to every token: its gradient is the sum over all tokens and batches, (d_model,)"


def _batch_axes(x: Array, keep: int) -> tuple[int, ...]:
    return tuple(range(x.ndim - keep))


def _mean_over_batch(x: Array, grad: Array) -> Array:
    by_batch = swap(x) @ grad
    axes = _batch_axes(by_batch, 2)
    return by_batch.mean(axis=axes) if axes else by_batch


def _bias_mean_over_batch(grad: Array) -> Array:
    summed = grad.sum(axis=-2)
    axes = _batch_axes(summed, 1)
    return summed.mean(axis=axes) if axes else summed


def _without_biases_in(grad_params: dict[str, Array]) -> dict[str, Array]:
    return {name: grad for name, grad in grad_params.items() if name.startswith("w_")}


def _transposed_for(*names: str) -> Step:
    return lambda found: {name: grad.T if name in names else grad for name, grad in found.items()}


PARAMETERS = (
    *(
        Mistake(
            "parameter-gradient-transposed",
            f"with transposed gradients for {', '.join(names)} alone",
            "grad_w has rows for the features that go in: xᵀ grad_y",
            {"settle": _transposed_for(*names)},
        )
        for names in (("w_q", "w_k", "w_v"), ("w_o",))
    ),
    Mistake(
        "parameter-gradient-transposed",
        "when grad_w is grad_yᵀ x instead of xᵀ grad_y",
        "grad_w has rows for the features that go in: xᵀ grad_y",
        {"product": lambda x, grad: grad.reshape(-1, grad.shape[-1]).T @ x.reshape(-1, x.shape[-1])},
    ),
    Mistake(
        "batch-not-summed",
        "when the gradients of weights keep the batch axes",
        _SUM,
        {"product": lambda x, grad: swap(x) @ grad},
    ),
    Mistake(
        "batch-not-summed",
        "when the gradients of weights and biases keep the batch axes",
        _SUM,
        {"product": lambda x, grad: swap(x) @ grad, "bias": lambda grad: grad.sum(axis=-2)},
    ),
    Mistake(
        "mean-over-batch",
        "when the gradients of weights are averaged over the batch instead of summed",
        _SUM,
        {"product": _mean_over_batch},
    ),
    Mistake(
        "mean-over-batch",
        "when the gradients of weights and biases are averaged over the batch instead of summed",
        _SUM,
        {"product": _mean_over_batch, "bias": _bias_mean_over_batch},
    ),
    Mistake(
        "output-weight-gradient-from-tokens",
        "when the gradient of w_o is made from x instead of the merged heads",
        "w_o was applied to the merged heads: its gradient is mergedᵀ grad_output",
        {"mixed": lambda merged, x, grad: x},
    ),
    Mistake("bias-gradient-not-summed", "when the gradients of biases keep all tokens", _BIAS, {"bias": np.copy}),
    Mistake(
        "bias-gradient-not-summed",
        "when the gradients of biases are summed over the tokens but not over the batch",
        _BIAS,
        {"bias": lambda grad: grad.sum(axis=-2)},
    ),
    Mistake(
        "bias-gradient-not-summed",
        "when the gradients of biases are summed over the first axis only",
        _BIAS,
        {"bias": lambda grad: grad.sum(axis=0)},
    ),
    Mistake(
        "bias-gradient-averaged",
        "when the gradients of biases are averaged over the tokens",
        _BIAS,
        {"bias": lambda grad: grad.reshape(-1, grad.shape[-1]).mean(axis=0)},
    ),
    Mistake(
        "bias-gradients-missing",
        "when grad_params has no biases",
        "grad_params has exactly the keys of params",
        {"settle": _without_biases_in},
    ),
)
