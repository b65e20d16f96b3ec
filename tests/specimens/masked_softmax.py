"""Attempts at `masked_softmax`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "masked_softmax"
INF = np.inf


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@right(ID)
def selects(scores, mask=None):
    if mask is not None:
        scores = np.where(mask, scores, np.asarray(-INF, scores.dtype))
    top = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(np.isneginf(top), 0, top).astype(scores.dtype))
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


@right(ID)
def log_sum_exp(scores, mask=None):
    mask = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    out = np.zeros_like(scores)
    hidden = np.where(mask, scores, scores.dtype.type(-INF))
    some = mask.any(axis=-1)
    rows = hidden[some]
    top = rows.max(axis=-1, keepdims=True)
    lse = top + np.log(np.exp(rows - top).sum(axis=-1, keepdims=True))
    out[some] = np.exp(rows - lse)
    return out


@right(ID)
def loops(scores, mask=None):
    mask = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    weights = np.zeros(scores.shape, scores.dtype)
    for row in np.ndindex(scores.shape[:-1]):
        keys = [j for j in range(scores.shape[-1]) if mask[row][j]]
        if not keys:
            continue
        top = max(scores[row][j] for j in keys)
        e = {j: np.exp(scores[row][j] - top) for j in keys}
        for j in keys:
            weights[row][j] = e[j] / sum(e.values())
    return weights


@right(ID)
def additive_mask(scores, mask=None):
    if mask is not None:
        scores = scores + np.where(mask, 0, -INF).astype(scores.dtype)
    with np.errstate(invalid="ignore"):
        e = np.exp(scores - scores.max(-1, keepdims=True))
        return np.nan_to_num(e / e.sum(-1, keepdims=True))


@right(ID)
def where_argument(scores, mask=None):
    m = True if mask is None else np.broadcast_to(mask, scores.shape)
    top = np.max(scores, axis=-1, keepdims=True, where=m, initial=-INF)
    top = np.where(np.isfinite(top), top, 0).astype(scores.dtype)
    e = np.exp(scores - top, where=m, out=np.zeros_like(scores))
    return np.divide(e, e.sum(-1, keepdims=True), out=np.zeros_like(e), where=e.sum(-1, keepdims=True) > 0)


@right(ID)
def lowest_number_then_cleared(scores, mask=None):
    if mask is None:
        return softmax(scores)
    weights = softmax(np.where(mask, scores, np.finfo(scores.dtype).min))
    return weights * mask.any(-1, keepdims=True)


@right(ID)
def transposed_inside(scores, mask=None):
    s = np.moveaxis(scores if mask is None else np.where(mask, scores, np.asarray(-INF, scores.dtype)), -1, 0)
    top = s.max(0)
    top = np.where(top == -INF, 0, top).astype(s.dtype)
    e = np.exp(s - top)
    z = e.sum(0)
    return np.moveaxis(np.divide(e, z, where=z != 0, out=np.zeros_like(e)), 0, -1)


def safe(scores, axis=-1, *, top=None):
    top = scores.max(axis=axis, keepdims=True) if top is None else top
    e = np.exp(scores - np.where(np.isneginf(top), 0, top).astype(scores.dtype))
    z = e.sum(axis=axis, keepdims=True)
    return e / np.where(z == 0, 1, z)


def hidden(scores, mask, fill=-INF):
    return scores if mask is None else np.where(mask, scores, np.asarray(fill, scores.dtype))


@wrong(ID, "softmax-over-queries")
def over_queries(scores, mask=None):
    return safe(hidden(scores, mask), axis=-2)


@wrong(ID, "softmax-over-queries")
def sum_over_queries(scores, mask=None):
    s = hidden(scores, mask)
    top = s.max(-1, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    z = e.sum(-2, keepdims=True)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "softmax-over-all")
def over_everything(scores, mask=None):
    s = hidden(scores, mask)
    e = np.exp(s - s.max())
    return e / e.sum()


@wrong(ID, "softmax-over-all")
def over_the_matrix(scores, mask=None):
    return safe(hidden(scores, mask), axis=(-2, -1))


@wrong(ID, "softmax-over-heads")
def over_heads(scores, mask=None):
    return safe(hidden(scores, mask), axis=1)


@wrong(ID, "softmax-over-heads")
def over_first_axis(scores, mask=None):
    return safe(hidden(scores, mask), axis=0)


@wrong(ID, "no-max-subtraction")
def overflows(scores, mask=None):
    e = np.exp(hidden(scores, mask))
    z = e.sum(-1, keepdims=True)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "no-max-subtraction")
def overflows_cleared(scores, mask=None):
    e = np.exp(scores)
    if mask is not None:
        e = np.where(mask, e, 0).astype(scores.dtype)
    z = e.sum(-1, keepdims=True)
    return np.divide(e, z, out=np.zeros_like(e), where=z > 0)


@wrong(ID, "no-max-subtraction", "nan-on-empty-row")
def textbook(scores, mask=None):
    e = np.exp(hidden(scores, mask))
    return e / e.sum(axis=-1, keepdims=True)


@wrong(ID, "global-max")
def one_maximum(scores, mask=None):
    s = hidden(scores, mask)
    e = np.exp(s - s.max())
    z = e.sum(-1, keepdims=True)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "global-max", "nan-on-empty-row")
def one_maximum_plain(scores, mask=None):
    s = hidden(scores, mask)
    e = np.exp(s - np.max(s))
    return e / e.sum(-1, keepdims=True)


@wrong(ID, "max-over-queries")
def column_maximum(scores, mask=None):
    s = hidden(scores, mask)
    top = s.max(axis=-2, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    z = e.sum(-1, keepdims=True)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "lost-keepdims")
def sum_without_keepdims(scores, mask=None):
    s = hidden(scores, mask)
    top = s.max(-1, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    z = e.sum(axis=-1)
    return e / np.where(z == 0, 1, z)


@wrong(ID, "lost-keepdims")
def no_keepdims_at_all(scores, mask=None):
    s = hidden(scores, mask)
    e = np.exp(s - s.max(axis=-1))
    return e / e.sum(axis=-1)


@wrong(ID, "double-softmax")
def twice(scores, mask=None):
    return softmax(safe(hidden(scores, mask)))


@wrong(ID, "missing-normalization")
def exponentials_only(scores, mask=None):
    s = hidden(scores, mask)
    top = s.max(-1, keepdims=True)
    return np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))


@wrong(ID, "divides-by-largest")
def largest_is_one(scores, mask=None):
    s = hidden(scores, mask)
    top = s.max(-1, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    m = e.max(-1, keepdims=True)
    return e / np.where(m == 0, 1, m)


@wrong(ID, "ignores-mask")
def no_mask(scores, mask=None):
    return softmax(scores)


@wrong(ID, "mask-inverted")
def true_is_hidden(scores, mask=None):
    return safe(scores if mask is None else np.where(mask, np.asarray(-INF, scores.dtype), scores))


@wrong(ID, "mask-inverted")
def tilde(scores, mask=None):
    return safe(scores if mask is None else np.where(~mask, scores, scores.dtype.type(-INF)))


@wrong(ID, "mask-inverted", "nan-on-empty-row")
def inverted_and_plain(scores, mask=None):
    return softmax(scores if mask is None else np.where(mask, scores.dtype.type(-INF), scores))


@wrong(ID, "mask-inverted")
def true_gets_minus_a_billion(scores, mask=None):
    return softmax(scores if mask is None else np.where(mask, np.asarray(-1e9, scores.dtype), scores))


@wrong(ID, "mask-added-as-0-1")
def adds_mask(scores, mask=None):
    return softmax(scores if mask is None else scores + mask)


@wrong(ID, "mask-multiplies-scores")
def multiplies_scores(scores, mask=None):
    return softmax(scores if mask is None else scores * mask)


@wrong(ID, "zero-fill")
def fills_with_zero(scores, mask=None):
    return softmax(scores if mask is None else np.where(mask, scores, scores.dtype.type(0)))


@wrong(ID, "inf-times-mask")
def infinity_times_zero(scores, mask=None):
    if mask is not None:
        scores = scores + (1 - mask.astype(scores.dtype)) * -INF
    return softmax(scores)


@wrong(ID, "mask-after-softmax")
def multiplies_weights(scores, mask=None):
    w = softmax(scores)
    return w if mask is None else w * mask


@wrong(ID, "mask-after-softmax-renormalised")
def multiplies_and_renormalizes(scores, mask=None):
    w = softmax(scores)
    if mask is None:
        return w
    w = w * mask
    return w / w.sum(-1, keepdims=True)


@wrong(ID, "mask-after-softmax-renormalised")
def renormalizes_with_care(scores, mask=None):
    w = softmax(scores)
    if mask is not None:
        w = np.where(mask, w, 0).astype(w.dtype)
        z = w.sum(-1, keepdims=True)
        w = np.divide(w, z, out=np.zeros_like(w), where=z > 0)
    return w


@wrong(ID, "nan-on-empty-row")
def plain_minus_infinity(scores, mask=None):
    return softmax(hidden(scores, mask))


@wrong(ID, "nan-on-empty-row")
def minus_a_billion(scores, mask=None):
    return softmax(hidden(scores, mask, -1e9))


@wrong(ID, "nan-on-empty-row")
def adds_minus_a_billion(scores, mask=None):
    if mask is not None:
        scores = (scores + (1 - mask) * -1e9).astype(scores.dtype)
    return softmax(scores)


@wrong(ID, "nan-on-empty-row")
def lowest_number(scores, mask=None):
    return softmax(hidden(scores, mask, np.finfo(scores.dtype).min))


@wrong(ID, "weak-fill")
def minus_ten(scores, mask=None):
    return softmax(hidden(scores, mask, -10))


@wrong(ID, "weak-fill")
def minus_ten_thousand(scores, mask=None):
    return softmax(hidden(scores, mask, -1e4))


@wrong(ID, "weak-fill")
def minus_ten_thousand_cleared(scores, mask=None):
    w = softmax(hidden(scores, mask, -1e4))
    return w if mask is None else np.where(mask.any(-1, keepdims=True), w, 0).astype(w.dtype)


@wrong(ID, "weak-fill")
def minus_a_billion_cleared(scores, mask=None):
    w = softmax(hidden(scores, mask, -1e9))
    return w if mask is None else w * mask


@wrong(ID, "dtype-promoted")
def widens(scores, mask=None):
    return safe(hidden(scores.astype(np.float64), mask))


@wrong(ID, "softmax-over-queries", "ignores-mask")
def wrong_axis_and_no_mask(scores, mask=None):
    return softmax(scores, axis=-2)


@wrong(ID, "no-max-subtraction", "mask-after-softmax")
def textbook_then_mask(scores, mask=None):
    e = np.exp(scores)
    w = e / e.sum(axis=-1, keepdims=True)
    return w if mask is None else w * mask


@wrong(ID, "softmax-over-queries", "mask-inverted")
def wrong_axis_inverted(scores, mask=None):
    return safe(scores if mask is None else np.where(mask, scores.dtype.type(-INF), scores), axis=-2)


@wrong(ID, "mutates-input")
def writes_minus_infinity(scores, mask=None):
    if mask is not None:
        scores[~np.broadcast_to(mask, scores.shape)] = -INF
    return safe(scores)


@wrong(ID, "mutates-input")
def subtracts_in_place(scores, mask=None):
    scores -= scores.max(-1, keepdims=True)
    return safe(hidden(scores, mask))


@wrong(ID, "ready-made")
def scipy_under_another_name(scores, mask=None):
    import scipy.special as library

    return np.nan_to_num(getattr(library, "soft" + "max")(hidden(scores, mask), axis=-1))


@wrong(ID, "ready-made")
def torch_softmax(scores, mask=None):
    import torch

    return np.nan_to_num(torch.tensor(hidden(scores, mask)).softmax(-1).numpy())


@wrong(ID, "hard-maximum")
def winner_takes_all(scores, mask=None):
    s = hidden(scores, mask)
    return (s == s.max(-1, keepdims=True)).astype(s.dtype)


@wrong(ID, "wrong-signature")
def no_mask_argument(scores):
    return softmax(scores)


@wrong(ID, "not-written-yet")
def as_released(scores, mask=None):
    raise NotImplementedError


@wrong(ID, "default-not-filled-in", "nan-on-empty-row")
def does_not_ask_for_none(scores, mask=None):
    hidden = np.where(mask, scores, -np.inf).astype(scores.dtype)
    e = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
