"""Attempts at `merge_heads`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "merge_heads"


@right(ID)
def swap_and_reshape(x):
    rows = x.swapaxes(-3, -2)
    return rows.reshape((*rows.shape[:-2], -1))


@right(ID)
def concatenates(x):
    return np.concatenate([x[..., h, :, :] for h in range(x.shape[-3])], axis=-1)


@right(ID)
def takes_apart_and_stacks(x):
    return np.dstack(x) if x.ndim == 2 else np.concatenate(np.moveaxis(x, -3, 0), axis=-1)


@right(ID)
def einsum(x):
    *batch, h, n, k = x.shape
    return np.einsum("...hnk->...nhk", x).reshape(*batch, n, h * k)


@right(ID)
def fills_slices(x):
    h, n, k = x.shape[-3:]
    out = np.zeros((*x.shape[:-3], n, h * k), dtype=x.dtype)
    for i in range(h):
        out[..., i * k : (i + 1) * k] = x[..., i, :, :]
    return out


@right(ID)
def entry_by_entry(x):
    h, n, k = x.shape[-3:]
    out = np.empty((*x.shape[:-3], n, h * k), x.dtype)
    for *batch, i, t, j in np.ndindex(x.shape):
        out[(*batch, t, i * k + j)] = x[(*batch, i, t, j)]
    return out


@right(ID)
def batch_flattened_and_restored(x):
    h, n, k = x.shape[-3:]
    flat = x.reshape(-1, h, n, k).transpose(0, 2, 1, 3).reshape(-1, n, h * k)
    return flat.reshape(*x.shape[:-3], n, h * k)


@wrong(ID, "merge-without-transpose")
def straight(x):
    *batch, h, n, k = x.shape
    return x.reshape(*batch, n, h * k)


@wrong(ID, "interleaved-split")
def takes_turns(x):
    rows = np.moveaxis(x, -3, -1)
    return rows.reshape(*rows.shape[:-2], -1)


@wrong(ID, "interleaved-split")
def every_hth_column(x):
    h, n, k = x.shape[-3:]
    out = np.zeros((*x.shape[:-3], n, h * k), x.dtype)
    for i in range(h):
        out[..., i::h] = x[..., i, :, :]
    return out


@wrong(ID, "axes-from-the-front")
def swaps_one_and_two(x):
    rows = x.swapaxes(1, 2)
    return rows.reshape(*rows.shape[:-2], -1)


@wrong(ID, "axes-from-the-front")
def swaps_zero_and_one(x):
    rows = np.swapaxes(x, 0, 1)
    return rows.reshape(*rows.shape[:-2], rows.shape[-2] * rows.shape[-1])


@wrong(ID, "axes-from-the-front")
def four_axes(x):
    rows = x.transpose(0, 2, 1, 3)
    return rows.reshape(*rows.shape[:-2], -1)


@wrong(ID, "axes-from-the-front")
def three_axes(x):
    rows = np.transpose(x, (1, 0, 2))
    return rows.reshape(rows.shape[0], -1)


@wrong(ID, "axes-from-the-front")
def concatenates_the_first_axis(x):
    return np.concatenate(x, axis=-1)


@wrong(ID, "axes-from-the-front")
def list_of_the_first_axis(x):
    return np.concatenate(list(x), -1)


@wrong(ID, "transposes-all-axes")
def capital_t(x):
    rows = x.T
    return rows.reshape(*rows.shape[:-2], -1)


@wrong(ID, "wrong-axes-swapped")
def swaps_heads_and_features(x):
    *batch, h, n, k = x.shape
    return x.swapaxes(-1, -3).reshape(*batch, n, h * k)


@wrong(ID, "wrong-axes-swapped")
def swaps_tokens_and_features(x):
    *batch, h, n, k = x.shape
    return np.einsum("...hnk->...hkn", x).reshape(*batch, n, h * k)


@wrong(ID, "averages-heads")
def mean(x):
    return x.mean(axis=-3)


@wrong(ID, "averages-heads")
def total(x):
    return sum(x[..., h, :, :] for h in range(x.shape[-3]))


@wrong(ID, "one-head-only")
def first(x):
    return x[..., 0, :, :].copy()


@wrong(ID, "heads-along-sequence")
def one_after_the_other(x):
    return np.concatenate([x[..., h, :, :] for h in range(x.shape[-3])], axis=-2)


@wrong(ID, "heads-not-joined")
def stops_halfway(x):
    return np.swapaxes(x, -2, -3).copy()


@wrong(ID, "loses-batch-axes")
def one_long_sequence(x):
    h, _n, k = x.shape[-3:]
    return np.swapaxes(x, -2, -3).reshape(-1, h * k)


@wrong(ID, "loses-batch-axes")
def always_one_batch_axis(x):
    h, n, k = x.shape[-3:]
    return x.reshape(-1, h, n, k).transpose(0, 2, 1, 3).reshape(-1, n, h * k)


@wrong(ID, "dtype-promoted")
def zeros_are_float64(x):
    h, n, k = x.shape[-3:]
    out = np.zeros((*x.shape[:-3], n, h * k))
    for i in range(h):
        out[..., i * k : (i + 1) * k] = x[..., i, :, :]
    return out


@wrong(ID, "mutates-input")
def transposes_in_place(x):
    h, n, k = x.shape[-3:]
    rows = np.swapaxes(x, -2, -3).reshape(*x.shape[:-3], n, h * k)
    x[...] = 0
    return rows


@wrong(ID, "returns-nothing")
def forgets_return(x):
    np.swapaxes(x, -2, -3).reshape(*x.shape[:-3], x.shape[-2], -1)


@wrong(ID, "not-written-yet")
def as_released(x):
    raise NotImplementedError


@wrong(ID, "ready-made")
def the_courses_own(x):
    from selfattn_ref import merge_heads

    return merge_heads(x)


@wrong(ID, "fixed-number-of-axes")
def one_batch_axis(x):
    batch, h, n, k = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, n, h * k)


@wrong(ID, "fixed-number-of-axes")
def no_batch_axis(x):
    h, n, k = x.shape
    return x.transpose(1, 0, 2).reshape(n, h * k)


@wrong(ID, "axes-from-the-front")
def takes_axis_one_for_heads(x):
    return np.concatenate([x[:, h] for h in range(x.shape[1])], axis=-1)
