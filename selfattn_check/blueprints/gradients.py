"""Gradients of one head as steps, from the output back to queries, keys and values.

Softmax: start → weigh → along → center → spread → sign. One head: the forward pass (`scale`, the steps of `weights`),
then upstream → of_values → of_weights → known → the steps of the softmax → censor → rescale → of_queries → of_keys →
answer. Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps
that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import scale, scores, swap, weights

__all__ = ["attention_gradient", "forward", "head_gradient", "softmax_gradient"]

Array = np.ndarray
Step = Callable[..., Any]


def start(grad_p: Array, p: Array) -> Any:
    """Gradient and weights as they came in."""
    return grad_p, p


def weigh(grad_p: Array, p: Array) -> Array:
    """Each entry of the gradient times its weight."""
    return grad_p * p


def along(weighted: Array) -> Array:
    """Sum of each row."""
    return weighted.sum(axis=-1, keepdims=True)


def center(grad_p: Array, along: Array, p: Array) -> Array:
    """The gradient less its weighted average."""
    return grad_p - along


def spread(centered: Array, p: Array) -> Array:
    """Each entry times its weight."""
    return centered * p


def sign(grad_scores: Array) -> Array:
    """The sign is right."""
    return grad_scores


def softmax_gradient(
    grad_p: Array,
    p: Array,
    *,
    start: Step = start,
    weigh: Step = weigh,
    along: Step = along,
    center: Step = center,
    spread: Step = spread,
    sign: Step = sign,
) -> Any:
    """`softmax_backward` as steps."""
    grad_p, p = start(grad_p, p)
    return sign(spread(center(grad_p, along(weigh(grad_p, p)), p), p))


def upstream(grad_output: Array) -> Array:
    """What comes from behind, as it came."""
    return grad_output


def of_values(weights: Array, raw: Array, grad: Array, q: Array) -> Array:
    """A value collects from every query that looked at it."""
    return swap(weights) @ grad


def of_weights(grad: Array, v: Array) -> Array:
    """A weight counts as much as its value agrees with the gradient."""
    return grad @ swap(v)


def known(weights: Array, raw: Array) -> Array:
    """What the softmax returned."""
    return weights


def censor(grad_scores: Array, mask: Array | None) -> Array:
    """Nothing: hidden weights are 0, and so are their gradients."""
    return grad_scores


def rescale(grad_scores: Array, q: Array, k: Array) -> Array:
    """The factor of the scores is a factor of their gradient."""
    return grad_scores * q.shape[-1] ** -0.5


def of_queries(grad_scores: Array, q: Array, k: Array) -> Array:
    """A query is moved along the keys."""
    return grad_scores @ k


def of_keys(grad_scores: Array, q: Array, k: Array) -> Array:
    """A key is moved along the queries."""
    return swap(grad_scores) @ q


def answer(grad_q: Array, grad_k: Array, grad_v: Array) -> Any:
    """All three, in the order of the arguments."""
    return grad_q, grad_k, grad_v


def forward(q: Array, k: Array, mask: Array | None, *, scale: Step = scale, **of_weights: Step) -> Any:
    """Scores and weights of the forward pass; `of_weights` are the steps of `weights`."""
    raw = scores(q, k, scale=scale)
    return raw, weights(raw, mask, q, **of_weights)


def head_gradient(
    grad_output: Array,
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None,
    raw: Array,
    shares: Array,
    *,
    upstream: Step = upstream,
    of_values: Step = of_values,
    of_weights: Step = of_weights,
    known: Step = known,
    start: Step = start,
    weigh: Step = weigh,
    along: Step = along,
    center: Step = center,
    spread: Step = spread,
    sign: Step = sign,
    censor: Step = censor,
    rescale: Step = rescale,
    of_queries: Step = of_queries,
    of_keys: Step = of_keys,
    answer: Step = answer,
) -> Any:
    """The way back through one head, with the scores and weights of the way there."""
    grad = upstream(grad_output)
    grad_scores = softmax_gradient(
        of_weights(grad, v),
        known(shares, raw),
        start=start,
        weigh=weigh,
        along=along,
        center=center,
        spread=spread,
        sign=sign,
    )
    grad_scores = rescale(censor(grad_scores, mask), q, k)
    grad_v = of_values(shares, raw, grad, q)
    return answer(of_queries(grad_scores, q, k), of_keys(grad_scores, q, k), grad_v)


def attention_gradient(
    grad_output: Array,
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None = None,
    *,
    scale: Step = scale,
    hide: Step | None = None,
    floor: Step | None = None,
    divide: Step | None = None,
    reweigh: Step | None = None,
    **of_head: Step,
) -> Any:
    """`attention_backward` as steps; `of_head` are the steps of `head_gradient`."""
    replaced = {"hide": hide, "floor": floor, "divide": divide, "reweigh": reweigh}
    steps = {name: step for name, step in replaced.items() if step is not None}
    raw, shares = forward(q, k, mask, scale=scale, **steps)
    return head_gradient(grad_output, q, k, v, mask, raw, shares, **of_head)
