"""Attempts at `softmax`."""

import math

import numpy as np
import scipy.special

from tests.specimens.specimen import right, wrong

ID = "softmax"


@right(ID)
def plain(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@right(ID)
def log_sum_exp(x, axis=-1):
    return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


@right(ID)
def moved_to_the_end(x, axis=-1):
    rows = np.moveaxis(x, axis, -1)
    e = np.exp(rows - np.max(rows, -1)[..., None])
    return np.moveaxis(e / np.sum(e, -1)[..., None], -1, axis)


@right(ID)
def slice_by_slice(x, axis=-1):
    def one(scores):
        exponents = np.exp(scores - np.max(scores))
        return exponents / np.sum(exponents)

    return np.apply_along_axis(one, axis, x)


@right(ID)
def loops(x, axis=-1):
    rows = np.moveaxis(x, axis, -1)
    out = np.zeros_like(rows)
    for place in np.ndindex(rows.shape[:-1]):
        scores = [float(value) for value in rows[place]]
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        out[place] = [power / sum(powers) for power in powers]
    return np.moveaxis(out, -1, axis)


@right(ID)
def in_place_on_its_own_copy(x, axis=-1):
    w = x - np.expand_dims(np.amax(x, axis), axis)
    np.exp(w, out=w)
    w /= np.expand_dims(np.add.reduce(w, axis), axis)
    return w


@right(ID)
def pairwise_differences(x, axis=-1):
    rows = np.moveaxis(x, axis, 0)
    finite = np.where(np.isneginf(rows), x.dtype.type(-1e30), rows)
    with np.errstate(over="ignore"):
        ratio = 1 / np.exp(finite[None] - finite[:, None]).sum(axis=1)
    return np.moveaxis(np.where(np.isneginf(rows), 0, ratio).astype(x.dtype), 0, axis)


@wrong(ID, "ignores-axis")
def last_axis_only(x, axis=-1):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong(ID, "ignores-axis")
def sum_along_last(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong(ID, "ignores-axis")
def first_axis_only(x, axis=-1):
    e = np.exp(x - x.max(0))
    return e / e.sum(0)


@wrong(ID, "softmax-over-all")
def everything_together(x, axis=-1):
    e = np.exp(x - x.max())
    return e / e.sum()


@wrong(ID, "softmax-over-all")
def sum_of_everything(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / np.sum(e)


@wrong(ID, "no-max-subtraction")
def as_printed(x, axis=-1):
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


@wrong(ID, "no-max-subtraction")
def with_a_guard(x, axis=-1):
    e = np.exp(x)
    z = e.sum(axis=axis, keepdims=True)
    z[z == 0] = 1
    return e / z


@wrong(ID, "global-max")
def one_maximum(x, axis=-1):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=axis, keepdims=True)


@wrong(ID, "global-max")
def one_maximum_with_a_guard(x, axis=-1):
    e = np.exp(x - np.max(x))
    z = np.sum(e, axis=axis, keepdims=True)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "max-over-wrong-axis")
def maximum_of_the_last_axis(x, axis=-1):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@wrong(ID, "max-over-wrong-axis")
def maximum_of_the_first_axis(x, axis=-1):
    e = np.exp(x - np.max(x, axis=0))
    return e / np.sum(e, axis=axis, keepdims=True)


@wrong(ID, "lost-keepdims")
def sum_without_keepdims(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis)


@wrong(ID, "lost-keepdims")
def maximum_without_keepdims(x, axis=-1):
    e = np.exp(x - x.max(axis))
    return e / e.sum(axis, keepdims=True)


@wrong(ID, "lost-keepdims")
def no_keepdims(x, axis=-1):
    e = np.exp(x - x.max(axis=axis))
    return e / e.sum(axis=axis)


@wrong(ID, "lost-keepdims", "no-max-subtraction")
def no_keepdims_no_maximum(x, axis=-1):
    return np.exp(x) / np.exp(x).sum(axis=axis)


@wrong(ID, "double-softmax")
def twice(x, axis=-1):
    return plain(plain(x, axis), axis)


@wrong(ID, "missing-normalization")
def not_divided(x, axis=-1):
    return np.exp(x - x.max(axis=axis, keepdims=True))


@wrong(ID, "missing-normalization", "no-max-subtraction")
def only_exponentials(x, axis=-1):
    return np.exp(x)


@wrong(ID, "divides-by-largest")
def over_the_largest(x, axis=-1):
    e = np.exp(x - np.amax(x, axis, keepdims=True))
    return e / np.amax(e, axis, keepdims=True)


@wrong(ID, "hard-maximum")
def one_hot(x, axis=-1):
    w = np.zeros_like(x)
    np.put_along_axis(w, np.expand_dims(np.argmax(x, axis=axis), axis), 1, axis=axis)
    return w


@wrong(ID, "log-softmax")
def logarithms(x, axis=-1):
    return x - np.logaddexp.reduce(x, axis=axis, keepdims=True)


@wrong(ID, "log-softmax")
def logarithms_afterwards(x, axis=-1):
    with np.errstate(divide="ignore"):
        return np.log(plain(x, axis))


@wrong(ID, "missing-exponential")
def shares_of_scores(x, axis=-1):
    return x / x.sum(axis=axis, keepdims=True)


@wrong(ID, "missing-exponential")
def shares_of_distances(x, axis=-1):
    z = x - x.max(axis=axis, keepdims=True)
    return z / z.sum(axis=axis, keepdims=True)


@wrong(ID, "softmin")
def turned_round(x, axis=-1):
    e = np.exp(x.max(axis=axis, keepdims=True) - x)
    return e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "softmin")
def smallest_gets_most(x, axis=-1):
    return plain(-x, axis)


@wrong(ID, "mean-subtraction")
def centered(x, axis=-1):
    e = np.exp(x - x.mean(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "clipped-scores")
def clipped(x, axis=-1):
    e = np.exp(np.clip(x, -500, 500))
    return e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "clipped-scores")
def capped(x, axis=-1):
    e = np.exp(np.minimum(x, 700))
    return e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "dtype-promoted")
def in_double_precision(x, axis=-1):
    x = np.asarray(x, dtype=np.float64)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "mutates-input")
def in_place(x, axis=-1):
    x -= x.max(axis=axis, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=axis, keepdims=True)
    return x


@wrong(ID, "ready-made")
def imported(x, axis=-1):
    return scipy.special.softmax(x, axis=axis)


@wrong(ID, "returns-nothing")
def forgot_to_return(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    e / e.sum(axis=axis, keepdims=True)


@wrong(ID, "wrong-signature")
def without_axis(x):
    return plain(x)
