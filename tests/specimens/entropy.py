"""Attempts at `entropy`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "entropy"


def terms(p, log=np.log):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * log(p), 0).astype(p.dtype)


@right(ID)
def one_for_zero(p, axis=-1):
    return -(p * np.log(np.where(p == 0, 1.0, p))).sum(axis=axis)


@right(ID)
def selects_terms(p, axis=-1):
    return -np.sum(terms(p), axis=axis)


@right(ID)
def log_with_where(p, axis=-1):
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.sum(-p * logs, axis)


@right(ID)
def nan_to_zero(p, axis=-1):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.nansum(p * np.log(p), axis=axis)


@right(ID)
def loops(p, axis=-1):
    rows = np.moveaxis(p, axis, -1)
    nats = np.zeros(rows.shape[:-1], p.dtype)
    for place in np.ndindex(nats.shape):
        nats[place] = -sum(float(share) * math.log(share) for share in rows[place] if share)
    return nats


@right(ID)
def einsum_of_rows(p, axis=-1):
    rows = np.moveaxis(p, axis, -1)
    return -np.einsum("...i,...i->...", rows, np.log(np.where(rows > 0, rows, rows.dtype.type(1))))


@right(ID)
def powers(p, axis=-1):
    return -np.log(np.prod(p**p, axis=axis))  # 0 ** 0 is 1


@right(ID)
def negligible_floor(p, axis=-1):
    return -(p * np.log(np.maximum(p, np.finfo(p.dtype).tiny))).sum(axis=axis)


@right(ID)
def negligible_epsilon(p, axis=-1):
    return -(p * np.log(p + p.dtype.type(1e-12))).sum(axis=axis)


@wrong(ID, "wrong-log-base")
def bits(p, axis=-1):
    return -terms(p, np.log2).sum(axis=axis)


@wrong(ID, "wrong-log-base")
def base_ten(p, axis=-1):
    return -terms(p, np.log10).sum(axis=axis)


@wrong(ID, "wrong-log-base", "zero-times-log-zero")
def textbook_bits(p, axis=-1):
    return -np.sum(p * np.log2(p), axis=axis)


@wrong(ID, "zero-times-log-zero")
def textbook(p, axis=-1):
    return -np.sum(p * np.log(p), axis=axis)


@wrong(ID, "missing-minus")
def positive(p, axis=-1):
    return terms(p).sum(axis=axis)


@wrong(ID, "missing-minus", "zero-times-log-zero")
def formula_without_minus(p, axis=-1):
    return (p * np.log(p)).sum(axis=axis)


@wrong(ID, "keepdims-kept")
def with_its_axis(p, axis=-1):
    return -terms(p).sum(axis=axis, keepdims=True)


@wrong(ID, "keepdims-kept", "zero-times-log-zero")
def with_its_axis_and_nan(p, axis=-1):
    return -np.sum(p * np.log(p), axis=axis, keepdims=True)


@wrong(ID, "mean-for-sum")
def averaged(p, axis=-1):
    return -np.mean(terms(p), axis=axis)


@wrong(ID, "mean-for-sum", "wrong-log-base")
def averaged_bits(p, axis=-1):
    return -np.mean(terms(p, np.log2), axis=axis)


@wrong(ID, "epsilon-in-log")
def epsilon(p, axis=-1):
    return -(p * np.log(p + p.dtype.type(1e-8))).sum(axis=axis)


@wrong(ID, "epsilon-in-log")
def coarse_epsilon(p, axis=-1):
    return -(p * np.log(p + p.dtype.type(1e-6))).sum(axis=axis)


@wrong(ID, "epsilon-in-log")
def moved_shares(p, axis=-1):
    q = p + p.dtype.type(1e-9)
    return -(q * np.log(q)).sum(axis=axis)


@wrong(ID, "epsilon-in-log")
def log_one_plus(p, axis=-1):
    return -(p * np.log1p(p)).sum(axis=axis)


@wrong(ID, "ignores-axis")
def last_axis(p, axis=-1):
    return -terms(p).sum(axis=-1)


@wrong(ID, "ignores-axis")
def first_axis(p, axis=-1):
    return -terms(p).sum(axis=0)


@wrong(ID, "ignores-axis")
def a_single_number(p, axis=-1):
    return -terms(p).sum()


@wrong(ID, "ignores-axis", "zero-times-log-zero")
def a_single_number_or_nan(p, axis=-1):
    return -np.sum(p * np.log(p))


@wrong(ID, "perplexity")
def choices(p, axis=-1):
    return np.exp(-terms(p).sum(axis=axis))


@wrong(ID, "normalized-entropy")
def between_zero_and_one(p, axis=-1):
    return -terms(p).sum(axis=axis) / math.log(p.shape[axis])


@wrong(ID, "unweighted-logarithm")
def surprises(p, axis=-1):
    return -np.log(np.where(p > 0, p, p.dtype.type(1))).sum(axis=axis)


@wrong(ID, "unweighted-logarithm", "zero-times-log-zero")
def infinite_surprises(p, axis=-1):
    return -np.log(p).sum(axis=axis)


@wrong(ID, "double-softmax")
def takes_scores(p, axis=-1):
    e = np.exp(p)
    w = e / e.sum(axis=axis, keepdims=True)
    return -(w * np.log(w)).sum(axis=axis)


@wrong(ID, "dtype-promoted")
def in_double_precision(p, axis=-1):
    p = p.astype(np.float64)
    return -terms(p).sum(axis=axis)


@wrong(ID, "mutates-input")
def replaces_zeros(p, axis=-1):
    p[p == 0] = 1
    return -(p * np.log(p)).sum(axis=axis)


@wrong(ID, "ready-made")
def imported(p, axis=-1):
    from selfattn_ref import entropy

    return entropy(p, axis)
