"""Mistakes in the way back through one head: which array meets which, transposed or not, and where the scale goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import swap
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.mistakes.scaling import SCALING

__all__ = ["ANSWERING_GRADIENTS", "FORWARD", "GOING_BACK", "RESCALING", "TRANSPOSING"]

Array = np.ndarray
Step = Callable[..., Any]

_SHAPES = "write the shapes: grad_v = Aᵀ G, grad_q = grad_S k, grad_k = grad_Sᵀ q"
_SCALE = "the scores were divided by √head_dim, so grad_q and grad_k both are"
_WEIGHTS = "after the softmax only the weights count: A stands in grad_v and in the softmax's gradient"
_ORDER = "return `grad_q, grad_k, grad_v`, in the order of the arguments"


def _chosen(family: Iterable[Mistake], codes: tuple[str, ...]) -> Iterator[Mistake]:
    """Those mistakes of the forward pass that people carry into the backward pass."""
    steps = {"scale", "hide", "floor", "divide", "reweigh"}
    return (mistake for mistake in family if mistake.code in codes and mistake.replaces.keys() <= steps)


def _hide_nothing(scores: Array, mask: Array) -> Array:
    return scores


FORWARD = (
    *_chosen(SCALING, ("missing-scale", "scale-by-d")),
    *_chosen(HIDING, ("ignores-mask", "mask-inverted", "mask-added-as-0-1", "mask-after-softmax", "nan-on-empty-row")),
    Mistake(
        "mask-on-gradient-only",
        "when the weights are computed without the mask, and only the gradient of the scores is masked",
        "mask the scores of the forward pass: hidden weights are 0, and so is all that comes back through them",
        {"hide": _hide_nothing, "censor": lambda grad, mask: grad if mask is None else np.where(mask, grad, 0)},
    ),
)


def _rescaling(note: str, rescale: Step, code: str = "backward-wrong-scale") -> Mistake:
    return Mistake(code, note, _SCALE, {"rescale": rescale})


RESCALING = (
    _rescaling("when grad_q and grad_k lack the factor 1/√head_dim", lambda grad, q, k: grad, "backward-missing-scale"),
    _rescaling("when grad_q and grad_k are divided by head_dim itself", lambda grad, q, k: grad / q.shape[-1]),
    _rescaling(
        "when grad_q and grad_k are multiplied by √head_dim instead of divided",
        lambda grad, q, k: grad * q.shape[-1] ** 0.5,
    ),
    _rescaling("when grad_q and grad_k are divided by √k_len", lambda grad, q, k: grad / k.shape[-2] ** 0.5),
    Mistake(
        "backward-missing-scale",
        "when grad_q lacks the factor 1/√head_dim",
        _SCALE,
        {"of_queries": lambda grad, q, k: grad @ k * q.shape[-1] ** 0.5},
    ),
    Mistake(
        "backward-missing-scale",
        "when grad_k lacks the factor 1/√head_dim",
        _SCALE,
        {"of_keys": lambda grad, q, k: swap(grad) @ q * q.shape[-1] ** 0.5},
    ),
    Mistake(
        "scales-value-gradient",
        "when grad_v is divided by √head_dim as well",
        "the values were never scaled: grad_v = Aᵀ G",
        {"of_values": lambda weights, raw, grad, q: swap(weights) @ grad / q.shape[-1] ** 0.5},
    ),
)

TRANSPOSING = (
    Mistake(
        "value-gradient-not-transposed",
        "when grad_v is A G, with the weights not transposed",
        _SHAPES,
        {"of_values": lambda weights, raw, grad, q: weights @ grad},
    ),
    Mistake(
        "key-gradient-not-transposed",
        "when grad_k is made from grad_S that is not transposed",
        _SHAPES,
        {"of_keys": lambda grad, q, k: grad @ q},
    ),
    Mistake(
        "query-gradient-transposed",
        "when grad_q is made from grad_S transposed",
        _SHAPES,
        {"of_queries": lambda grad, q, k: swap(grad) @ k},
    ),
    Mistake(
        "missing-transpose",
        "when v is not transposed in the gradient of the weights",
        "grad_A = G vᵀ: (..., q_len, value_dim) @ (..., value_dim, k_len)",
        {"of_weights": lambda grad, v: grad @ v},
    ),
    Mistake(
        "gradient-from-own-input",
        "when grad_q is made from q instead of k",
        "a query is moved along the keys: grad_q = grad_S k",
        {"of_queries": lambda grad, q, k: grad @ q},
    ),
    Mistake(
        "gradient-from-own-input",
        "when grad_k is made from k instead of q",
        "a key is moved along the queries: grad_k = grad_Sᵀ q",
        {"of_keys": lambda grad, q, k: swap(grad) @ k},
    ),
    Mistake(
        "gradient-from-own-input",
        "when grad_q is made from q, and grad_k from k",
        "a query is moved along the keys, and a key along the queries",
        {"of_queries": lambda grad, q, k: grad @ q, "of_keys": lambda grad, q, k: swap(grad) @ k},
    ),
)

_CAPITAL_T = "swap only the last two axes: `np.swapaxes(x, -1, -2)`"

GOING_BACK = (
    Mistake(
        "skips-softmax-backward",
        "when the gradient of the weights is used as that of the scores",
        "between weights and scores stands the softmax: send the gradient back through it",
        {"center": lambda grad_p, along, p: grad_p, "spread": lambda centered, p: centered},
    ),
    Mistake(
        "detached-weights",
        "when the weights count as constants, so that q and k get gradient 0",
        "the weights depend on q and k: go on through the softmax and the scores",
        {"rescale": lambda grad, q, k: np.zeros_like(grad)},
    ),
    Mistake(
        "scores-for-weights",
        "when grad_v is made from the scores instead of the weights",
        _WEIGHTS,
        {"of_values": lambda weights, raw, grad, q: swap(raw) @ grad},
    ),
    Mistake(
        "scores-for-weights",
        "when the gradient of the softmax is computed with the scores instead of the weights",
        _WEIGHTS,
        {"known": lambda weights, raw: raw},
    ),
    Mistake(
        "scores-for-weights",
        "when the scores stand for the weights all the way back",
        _WEIGHTS,
        {"of_values": lambda weights, raw, grad, q: swap(raw) @ grad, "known": lambda weights, raw: raw},
    ),
    Mistake(
        "ignores-grad-output",
        "when grad_output is taken to be all ones",
        "multiply by grad_output: it says how much each entry of the output matters",
        {"upstream": np.ones_like},
    ),
    Mistake(
        "transposes-all-axes",
        "when `.T` reverses the batch axes of A, v and grad_S too",
        _CAPITAL_T,
        {
            "of_values": lambda weights, raw, grad, q: weights.T @ grad,
            "of_weights": lambda grad, v: grad @ v.T,
            "of_keys": lambda grad, q, k: grad.T @ q,
        },
    ),
    Mistake(
        "transposes-all-axes",
        "when `.T` reverses the batch axes of grad_S too",
        _CAPITAL_T,
        {"of_keys": lambda grad, q, k: grad.T @ q},
    ),
    Mistake(
        "transposes-all-axes",
        "when `.T` reverses the batch axes of A too",
        _CAPITAL_T,
        {"of_values": lambda weights, raw, grad, q: weights.T @ grad},
    ),
)


def _ordered(code: str, note: str, help_line: str, answer: Step) -> Mistake:
    return Mistake(code, note, help_line, {"answer": answer})


ANSWERING_GRADIENTS = (
    _ordered(
        "gradients-out-of-order",
        "when the gradients come in the order in which they were computed: grad_v, grad_q, grad_k",
        _ORDER,
        lambda grad_q, grad_k, grad_v: (grad_v, grad_q, grad_k),
    ),
    _ordered(
        "gradients-out-of-order",
        "when the gradients come in the order grad_v, grad_k, grad_q",
        _ORDER,
        lambda grad_q, grad_k, grad_v: (grad_v, grad_k, grad_q),
    ),
    _ordered(
        "gradients-out-of-order",
        "when grad_q and grad_k have exchanged their places",
        _ORDER,
        lambda grad_q, grad_k, grad_v: (grad_k, grad_q, grad_v),
    ),
    _ordered("drops-results", "when only grad_q is returned", _ORDER, lambda grad_q, grad_k, grad_v: grad_q),
    _ordered("drops-results", "when grad_v is not returned", _ORDER, lambda grad_q, grad_k, grad_v: (grad_q, grad_k)),
)
