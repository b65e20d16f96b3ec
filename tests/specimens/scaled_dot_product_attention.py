"""Attempts at `scaled_dot_product_attention`."""

import math

import numpy as np

from tests.specimens.masked_softmax import hidden, safe, softmax
from tests.specimens.specimen import right, wrong

ID = "scaled_dot_product_attention"


def scored(q, k):
    return q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])


@right(ID)
def composed(q, k, v, mask=None):
    weights = safe(hidden(scored(q, k), mask))
    return weights @ v, weights


@right(ID)
def einsum(q, k, v, mask=None):
    s = np.einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5
    w = safe(s if mask is None else np.where(mask, s, s.dtype.type(-np.inf)))
    return np.einsum("...qk,...kv->...qv", w, v), w


@right(ID)
def one_query_at_a_time(q, k, v, mask=None):
    s = scored(q, k)
    m = np.ones(s.shape, bool) if mask is None else np.broadcast_to(mask, s.shape)
    w = np.zeros_like(s)
    for row in np.ndindex(s.shape[:-1]):
        see = m[row]
        if see.any():
            e = np.exp(s[row][see] - s[row][see].max())
            w[row][see] = e / e.sum()
    return w @ v, w


@right(ID)
def normalizes_last(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    top = s.max(-1, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    z = np.maximum(e.sum(-1, keepdims=True), np.finfo(s.dtype).tiny)
    return (e @ v) / z, e / z


@right(ID)
def log_sum_exp(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    top = s.max(-1, keepdims=True)
    top = np.where(np.isneginf(top), 0, top).astype(s.dtype)
    with np.errstate(divide="ignore"):
        lse = top + np.log(np.exp(s - top).sum(-1, keepdims=True))
    w = np.exp(s - np.where(np.isneginf(lse), 0, lse).astype(s.dtype))
    return w @ v, w


@right(ID)
def tensordot_in_lists(q, k, v, mask=None):
    s = scored(q, k)
    w = safe(hidden(s, mask))
    flat_w, flat_v = w.reshape(-1, *w.shape[-2:]), v.reshape(-1, *v.shape[-2:])
    return np.array([np.dot(a, b) for a, b in zip(flat_w, flat_v, strict=True)]).reshape(*w.shape[:-1], v.shape[-1]), w


def attend(w, v):
    return w @ v, w


@wrong(ID, "missing-scale")
def no_scale(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2), mask)), v)


@wrong(ID, "scale-by-d")
def divides_by_d(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2) / q.shape[-1], mask)), v)


@wrong(ID, "scale-twice")
def scales_both(q, k, v, mask=None):
    root = math.sqrt(q.shape[-1])
    return attend(safe(hidden((q / root) @ (k / root).swapaxes(-1, -2), mask)), v)


@wrong(ID, "scale-by-sequence")
def divides_by_root_of_keys(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2) / math.sqrt(k.shape[-2]), mask)), v)


@wrong(ID, "scale-after-softmax")
def scales_the_weights(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2), mask)) / math.sqrt(q.shape[-1]), v)


@wrong(ID, "dtype-promoted")
def numpy_root_widens(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]), mask)), v)


@wrong(ID, "keys-times-queries")
def keys_first(q, k, v, mask=None):
    return attend(safe(hidden(scored(k, q), mask)), v)


@wrong(ID, "transposes-all-axes")
def capital_t(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.T / math.sqrt(q.shape[-1]), mask)), v)


@wrong(ID, "weights-transposed")
def transposed_weights(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    return w.swapaxes(-1, -2) @ v, w


@wrong(ID, "mixes-wrong-values")
def averages_keys(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    return w @ k, w


@wrong(ID, "mixes-wrong-values")
def averages_queries(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    return w @ q, w


@wrong(ID, "drops-weights")
def output_only(q, k, v, mask=None):
    return safe(hidden(scored(q, k), mask)) @ v


@wrong(ID, "swaps-results")
def weights_first(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    return w, w @ v


@wrong(ID, "softmax-over-queries")
def over_queries(q, k, v, mask=None):
    return attend(safe(hidden(scored(q, k), mask), axis=-2), v)


@wrong(ID, "softmax-over-all")
def over_everything(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    e = np.exp(s - s.max())
    return attend(e / e.sum(), v)


@wrong(ID, "softmax-over-heads")
def over_heads(q, k, v, mask=None):
    return attend(safe(hidden(scored(q, k), mask), axis=1), v)


@wrong(ID, "no-max-subtraction")
def overflows(q, k, v, mask=None):
    e = np.exp(hidden(scored(q, k), mask))
    z = e.sum(-1, keepdims=True)
    return attend(e / np.where(z == 0, 1, z), v)


@wrong(ID, "global-max")
def one_maximum(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    e = np.exp(s - s.max())
    z = e.sum(-1, keepdims=True)
    return attend(e / np.where(z == 0, 1, z), v)


@wrong(ID, "lost-keepdims")
def no_keepdims(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    e = np.exp(s - s.max(-1, keepdims=True))
    return attend(e / e.sum(-1), v)


@wrong(ID, "double-softmax")
def twice(q, k, v, mask=None):
    return attend(softmax(safe(hidden(scored(q, k), mask))), v)


@wrong(ID, "ignores-mask")
def no_mask(q, k, v, mask=None):
    return attend(softmax(scored(q, k)), v)


@wrong(ID, "mask-inverted")
def true_is_hidden(q, k, v, mask=None):
    return attend(safe(hidden(scored(q, k), None if mask is None else ~mask)), v)


@wrong(ID, "mask-added-as-0-1")
def adds_mask(q, k, v, mask=None):
    s = scored(q, k)
    return attend(softmax(s if mask is None else s + mask), v)


@wrong(ID, "mask-multiplies-scores")
def multiplies_scores(q, k, v, mask=None):
    s = scored(q, k)
    return attend(softmax(s if mask is None else s * mask), v)


@wrong(ID, "inf-times-mask")
def infinity_times_zero(q, k, v, mask=None):
    s = scored(q, k)
    return attend(softmax(s if mask is None else s + (1 - mask.astype(s.dtype)) * -np.inf), v)


@wrong(ID, "mask-after-softmax")
def masks_weights(q, k, v, mask=None):
    w = softmax(scored(q, k))
    return attend(w if mask is None else w * mask, v)


@wrong(ID, "mask-after-softmax-renormalised")
def masks_and_renormalizes(q, k, v, mask=None):
    w = softmax(scored(q, k))
    if mask is not None:
        w = w * mask
        w = w / w.sum(-1, keepdims=True)
    return attend(w, v)


@wrong(ID, "nan-on-empty-row")
def plain_minus_infinity(q, k, v, mask=None):
    return attend(softmax(hidden(scored(q, k), mask)), v)


@wrong(ID, "nan-on-empty-row")
def minus_a_billion(q, k, v, mask=None):
    return attend(softmax(hidden(scored(q, k), mask, -1e9)), v)


@wrong(ID, "weak-fill")
def minus_ten_thousand(q, k, v, mask=None):
    return attend(softmax(hidden(scored(q, k), mask, -1e4)), v)


@wrong(ID, "mutates-input")
def scales_in_place(q, k, v, mask=None):
    q /= math.sqrt(q.shape[-1])
    return attend(safe(hidden(q @ k.swapaxes(-1, -2), mask)), v)


@wrong(ID, "averages-values-equally")
def plain_mean(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    return w * 0 @ v + v.mean(-2, keepdims=True), w


@wrong(ID, "missing-scale", "mask-inverted")
def unscaled_and_inverted(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2), None if mask is None else ~mask)), v)


@wrong(ID, "missing-scale", "nan-on-empty-row")
def unscaled_textbook(q, k, v, mask=None):
    return attend(softmax(hidden(q @ k.swapaxes(-1, -2), mask)), v)


@wrong(ID, "softmax-over-queries", "drops-weights")
def wrong_axis_and_output_only(q, k, v, mask=None):
    return safe(hidden(scored(q, k), mask), axis=-2) @ v


@wrong(ID, "missing-scale", "dtype-promoted")
def unscaled_in_float64(q, k, v, mask=None):
    return attend(safe(hidden(q.astype(float) @ k.astype(float).swapaxes(-1, -2), mask)), v)


@wrong(ID, "ready-made")
def torch_under_an_alias(q, k, v, mask=None):
    import torch
    from torch.nn.functional import scaled_dot_product_attention as blend

    out = blend(
        *(torch.tensor(x.copy()) for x in (q, k, v)), attn_mask=None if mask is None else torch.tensor(mask.copy())
    )
    return np.nan_to_num(out.numpy()), safe(hidden(scored(q, k), mask))


@wrong(ID, "not-written-yet")
def as_released(q, k, v, mask=None):
    raise NotImplementedError


@wrong(ID, "scale-inverted")
def multiplies_by_the_root(q, k, v, mask=None):
    return attend(safe(hidden(q @ k.swapaxes(-1, -2) * math.sqrt(q.shape[-1]), mask)), v)


@wrong(ID, "scale-by-fourth-root")
def root_on_the_queries_only_by_quarter(q, k, v, mask=None):
    return attend(safe(hidden((q / q.shape[-1] ** 0.25) @ k.swapaxes(-1, -2), mask)), v)


@wrong(ID, "missing-transpose")
def forgets_transpose(q, k, v, mask=None):
    return attend(safe(hidden(q @ k / math.sqrt(q.shape[-1]), mask)), v)


@wrong(ID, "cosine-scores")
def cosine(q, k, v, mask=None):
    a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (q, k))
    return attend(safe(hidden(a @ b.swapaxes(-1, -2), mask)), v)


@wrong(ID, "queries-with-queries")
def looks_at_itself(q, k, v, mask=None):
    return attend(safe(hidden(scored(k, k), mask)), v)


@wrong(ID, "max-over-queries")
def column_maximum(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    top = s.max(axis=-2, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype))
    z = e.sum(-1, keepdims=True)
    return attend(e / np.where(z == 0, 1, z), v)


@wrong(ID, "missing-normalization")
def exponentials_only(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    top = s.max(-1, keepdims=True)
    return attend(np.exp(s - np.where(np.isneginf(top), 0, top).astype(s.dtype)), v)


@wrong(ID, "divides-by-largest")
def largest_is_one(q, k, v, mask=None):
    w = safe(hidden(scored(q, k), mask))
    top = w.max(-1, keepdims=True)
    return attend(w / np.where(top == 0, 1, top), v)


@wrong(ID, "hard-maximum")
def winner_takes_all(q, k, v, mask=None):
    s = hidden(scored(q, k), mask)
    return attend((s == s.max(-1, keepdims=True)).astype(s.dtype), v)


@wrong(ID, "zero-fill")
def fills_with_zero(q, k, v, mask=None):
    return attend(softmax(hidden(scored(q, k), mask, 0)), v)


@wrong(ID, "default-not-filled-in")
def does_not_ask_for_none(q, k, v, mask=None):
    s = scored(q, k)
    s = np.where(mask, s, -np.inf).astype(s.dtype)
    largest = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(largest == -np.inf, 0, largest).astype(s.dtype))
    total = e.sum(axis=-1, keepdims=True)
    w = e / np.where(total == 0, 1, total)
    return w @ v, w
