"""Attempts at `repaired_mask`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "repaired_mask"


def softmax(x, axis=-1):
    exponents = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponents / exponents.sum(axis=axis, keepdims=True)


def scores_of(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])


@right(ID)
def hides_first(q, k, v, mask):
    weights = softmax(np.where(mask, scores_of(q, k), -np.inf)).astype(q.dtype)
    return weights @ v, weights


@right(ID)
def writes_into_a_copy(q, k, v, mask):
    scores = scores_of(q, k)
    scores[~np.broadcast_to(mask, scores.shape)] = -np.inf
    weights = softmax(scores)
    return weights @ v, weights


@right(ID)
def adds_minus_infinity(q, k, v, mask):
    bias = np.zeros(mask.shape, q.dtype)
    bias[~mask] = -np.inf
    weights = softmax(scores_of(q, k) + bias)
    return weights @ v, weights


@right(ID)
def only_the_permitted_keys(q, k, v, mask):
    scores = scores_of(q, k)
    allowed = np.broadcast_to(mask, scores.shape)
    weights = np.zeros_like(scores)
    for row in np.ndindex(scores.shape[:-1]):
        weights[row][allowed[row]] = softmax(scores[row][allowed[row]])
    return weights @ v, weights


@right(ID)
def exponentials_where_permitted(q, k, v, mask):
    scores = scores_of(q, k)
    largest = np.where(mask, scores, -np.inf).max(axis=-1, keepdims=True).astype(q.dtype)
    e = np.exp(scores - largest, where=np.broadcast_to(mask, scores.shape), out=np.zeros_like(scores))
    weights = e / e.sum(axis=-1, keepdims=True)
    return weights @ v, weights


@wrong(ID, "mask-after-softmax")
def left_as_it_was(q, k, v, mask):
    weights = softmax(scores_of(q, k)) * mask
    return weights @ v, weights


@wrong(ID, "mask-after-softmax-renormalised")
def divides_again(q, k, v, mask):
    weights = softmax(scores_of(q, k)) * mask
    with np.errstate(invalid="ignore"):
        weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ v, weights


@wrong(ID, "ignores-mask")
def takes_the_mask_away(q, k, v, mask):
    weights = softmax(scores_of(q, k))
    return weights @ v, weights


@wrong(ID, "mask-inverted")
def hides_the_others(q, k, v, mask):
    weights = softmax(np.where(mask, -1e9, scores_of(q, k)).astype(q.dtype))
    return weights @ v, weights


@wrong(ID, "mask-added-as-0-1")
def adds_the_mask(q, k, v, mask):
    weights = softmax(scores_of(q, k) + mask)
    return weights @ v, weights


@wrong(ID, "mask-multiplies-scores")
def multiplies_earlier(q, k, v, mask):
    weights = softmax(scores_of(q, k) * mask)
    return weights @ v, weights


@wrong(ID, "inf-times-mask")
def infinity_times_zero(q, k, v, mask):
    with np.errstate(invalid="ignore"):
        weights = softmax(scores_of(q, k) + (1 - mask.astype(q.dtype)) * -np.inf)
    return weights @ v, weights


@wrong(ID, "zero-fill")
def hidden_scores_are_zero(q, k, v, mask):
    weights = softmax(np.where(mask, scores_of(q, k), 0).astype(q.dtype))
    return weights @ v, weights


@wrong(ID, "weak-fill")
def minus_a_billion(q, k, v, mask):
    weights = softmax(np.where(mask, scores_of(q, k), -1e9).astype(q.dtype))
    return weights @ v, weights


@wrong(ID, "weak-fill")
def minus_ten_thousand(q, k, v, mask):
    weights = softmax(np.where(mask, scores_of(q, k), -1e4).astype(q.dtype))
    return weights @ v, weights


@wrong(ID, "wrong-type")
def output_alone(q, k, v, mask):
    return softmax(np.where(mask, scores_of(q, k), -np.inf)) @ v


@wrong(ID, "not-written-yet")
def as_released(q, k, v, mask):
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference(q, k, v, mask):
    from selfattn_ref import scaled_dot_product_attention

    return scaled_dot_product_attention(q, k, v, mask)


@wrong(ID, "mask-inverted")
def hides_what_may_be_seen(q, k, v, mask):
    with np.errstate(invalid="ignore"):
        weights = softmax(np.where(mask, -np.inf, scores_of(q, k)).astype(q.dtype))
    return weights @ v, weights
