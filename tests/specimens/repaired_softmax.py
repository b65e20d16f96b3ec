"""Attempts at `repaired_softmax`."""

import math

import numpy as np
import scipy.special

from tests.specimens.specimen import right, wrong

ID = "repaired_softmax"


def softmax(x, axis):
    exponents = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponents / exponents.sum(axis=axis, keepdims=True)


def scores_of(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])


@right(ID)
def counted_from_the_end(q, k, v):
    weights = softmax(scores_of(q, k), axis=-1)
    return weights @ v, weights


@right(ID)
def axis_two(q, k, v):
    weights = softmax(scores_of(q, k), axis=2)
    return np.einsum("bij,bjf->bif", weights, v), weights


@right(ID)
def sentence_by_sentence(q, k, v):
    weights = np.stack([softmax(scores_of(one, other), axis=1) for one, other in zip(q, k, strict=True)])
    return weights @ v, weights


@right(ID)
def normalizes_at_the_end(q, k, v):
    exponents = np.exp(scores_of(q, k))
    total = exponents.sum(axis=-1)[..., None]
    return exponents @ v / total, exponents / total


@wrong(ID, "softmax-over-queries")
def left_as_it_was(q, k, v):
    weights = softmax(scores_of(q, k), axis=1)
    return weights @ v, weights


@wrong(ID, "softmax-over-heads")
def axis_zero(q, k, v):
    weights = softmax(scores_of(q, k), axis=0)
    return weights @ v, weights


@wrong(ID, "softmax-over-all")
def both_axes(q, k, v):
    weights = softmax(scores_of(q, k), axis=(1, 2))
    return weights @ v, weights


@wrong(ID, "lost-keepdims")
def without_keepdims(q, k, v):
    e = np.exp(scores_of(q, k))
    weights = e / e.sum(axis=-1)
    return weights @ v, weights


@wrong(ID, "double-softmax")
def once_more_to_be_sure(q, k, v):
    weights = softmax(softmax(scores_of(q, k), axis=-1), axis=-1)
    return weights @ v, weights


@wrong(ID, "missing-normalization")
def exponentials(q, k, v):
    s = scores_of(q, k)
    weights = np.exp(s - s.max(axis=-1, keepdims=True))
    return weights @ v, weights


@wrong(ID, "divides-by-largest")
def largest_is_one(q, k, v):
    e = np.exp(scores_of(q, k))
    weights = e / e.max(axis=-1, keepdims=True)
    return weights @ v, weights


@wrong(ID, "hard-maximum")
def best_key(q, k, v):
    s = scores_of(q, k)
    weights = (s == s.max(axis=-1, keepdims=True)).astype(s.dtype)
    return weights @ v, weights


@wrong(ID, "wrong-type")
def output_alone(q, k, v):
    return softmax(scores_of(q, k), axis=-1) @ v


@wrong(ID, "not-written-yet")
def as_released(q, k, v):
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference(q, k, v):
    from selfattn_ref import scaled_dot_product_attention

    return scaled_dot_product_attention(q, k, v)


@right(ID)
def softmax_of_a_library(q, k, v):
    weights = scipy.special.softmax(scores_of(q, k), axis=-1)
    return weights @ v, weights
