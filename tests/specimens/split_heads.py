"""Attempts at `split_heads`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "split_heads"


def refuse(x, num_heads):
    if x.shape[-1] % num_heads:
        raise ValueError("the features cannot be shared out")


@right(ID)
def reshape_and_swap(x, num_heads):
    *batch, n, d = x.shape
    if d % num_heads != 0:
        raise ValueError(f"{num_heads} heads, {d} features")
    return x.reshape(*batch, n, num_heads, d // num_heads).swapaxes(-3, -2)


@right(ID)
def numpy_refuses(x, num_heads):
    """NumPy's own ValueError, from np.split, says that the division is not equal."""
    return np.stack(np.split(x, num_heads, axis=-1), axis=-3)


@right(ID)
def reshape_refuses(x, num_heads):
    n, d = x.shape[-2:]
    blocks = x.reshape((*x.shape[:-2], n, num_heads, d // num_heads))
    return np.moveaxis(blocks, -2, -3).copy()


@right(ID)
def einsum(x, num_heads):
    refuse(x, num_heads)
    return np.einsum("...nhk->...hnk", x.reshape(*x.shape[:-1], num_heads, -1))


@right(ID)
def slices_in_a_loop(x, num_heads):
    refuse(x, num_heads)
    width = x.shape[-1] // num_heads
    out = np.empty((*x.shape[:-2], num_heads, x.shape[-2], width), dtype=x.dtype)
    for h in range(num_heads):
        out[..., h, :, :] = x[..., h * width : (h + 1) * width]
    return out


@right(ID)
def entry_by_entry(x, num_heads):
    if x.shape[-1] / num_heads != x.shape[-1] // num_heads:
        raise ValueError
    width = x.shape[-1] // num_heads
    out = np.zeros((*x.shape[:-2], num_heads, x.shape[-2], width), x.dtype)
    for *batch, token, feature in np.ndindex(x.shape):
        out[(*batch, feature // width, token, feature % width)] = x[(*batch, token, feature)]
    return out


@right(ID)
def take_with_indices(x, num_heads):
    refuse(x, num_heads)
    columns = np.arange(x.shape[-1]).reshape(num_heads, -1)
    return np.swapaxes(np.take(x, columns, axis=-1), -2, -3)


@right(ID)
def a_subclass_of_value_error(x, num_heads):
    class SizesDoNotFitError(ValueError):
        pass

    if divmod(x.shape[-1], num_heads)[1]:
        raise SizesDoNotFitError
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads), -2, -3)


@wrong(ID, "split-without-transpose")
def straight(x, num_heads):
    *batch, n, d = x.shape
    return x.reshape(*batch, num_heads, n, d // num_heads)


@wrong(ID, "split-without-transpose")
def stops_after_the_reshape(x, num_heads):
    refuse(x, num_heads)
    return x.reshape((*x.shape[:-1], num_heads, -1))


@wrong(ID, "interleaved-split")
def heads_last(x, num_heads):
    refuse(x, num_heads)
    *batch, n, d = x.shape
    return np.moveaxis(x.reshape(*batch, n, d // num_heads, num_heads), -1, -3)


@wrong(ID, "interleaved-split")
def every_hth_feature(x, num_heads):
    refuse(x, num_heads)
    return np.stack([x[..., h::num_heads] for h in range(num_heads)], axis=-3)


@wrong(ID, "heads-and-width-swapped")
def takes_heads_as_width(x, num_heads):
    refuse(x, num_heads)
    *batch, n, d = x.shape
    return x.reshape(*batch, n, d // num_heads, num_heads).swapaxes(-2, -3)


@wrong(ID, "axes-from-the-front")
def swaps_one_and_two(x, num_heads):
    refuse(x, num_heads)
    return x.reshape(*x.shape[:-1], num_heads, -1).swapaxes(1, 2)


@wrong(ID, "axes-from-the-front")
def swaps_zero_and_one(x, num_heads):
    refuse(x, num_heads)
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), 0, 1)


@wrong(ID, "axes-from-the-front")
def four_axes_as_in_every_tutorial(x, num_heads):
    refuse(x, num_heads)
    return x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads).transpose(0, 2, 1, 3)


@wrong(ID, "axes-from-the-front")
def three_axes(x, num_heads):
    refuse(x, num_heads)
    return x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads).transpose(1, 0, 2)


@wrong(ID, "axes-from-the-front")
def stacks_in_front(x, num_heads):
    return np.stack(np.split(x, num_heads, axis=-1))


@wrong(ID, "axes-from-the-front")
def array_of_slices(x, num_heads):
    refuse(x, num_heads)
    w = x.shape[-1] // num_heads
    return np.array([x[..., i * w : i * w + w] for i in range(num_heads)])


@wrong(ID, "transposes-all-axes")
def capital_t(x, num_heads):
    refuse(x, num_heads)
    return x.reshape(*x.shape[:-1], num_heads, -1).T


@wrong(ID, "wrong-axes-swapped")
def last_two(x, num_heads):
    refuse(x, num_heads)
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -1, -2)


@wrong(ID, "wrong-axes-swapped")
def first_and_last_of_three(x, num_heads):
    refuse(x, num_heads)
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -3, -1)


@wrong(ID, "wrong-axes-swapped")
def features_before_tokens(x, num_heads):
    refuse(x, num_heads)
    return np.einsum("...nhk->...hkn", x.reshape(*x.shape[:-1], num_heads, -1))


@wrong(ID, "loses-batch-axes")
def always_one_batch_axis(x, num_heads):
    refuse(x, num_heads)
    n, d = x.shape[-2:]
    return x.reshape(-1, n, num_heads, d // num_heads).transpose(0, 2, 1, 3)


@wrong(ID, "heads-along-sequence")
def shares_out_tokens(x, num_heads):
    if x.shape[-1] % num_heads:
        raise ValueError
    return np.stack(np.split(x, num_heads, axis=-2), axis=-3)


@wrong(ID, "floors-head-dim")
def drops_the_rest(x, num_heads):
    width = x.shape[-1] // num_heads
    return np.stack([x[..., h * width : (h + 1) * width] for h in range(num_heads)], axis=-3)


@wrong(ID, "floors-head-dim")
def lets_the_sequence_absorb_it(x, num_heads):
    width = x.shape[-1] // num_heads
    blocks = x.reshape(*x.shape[:-2], -1, num_heads, width)
    return blocks.swapaxes(-2, -3)


@wrong(ID, "asserts-instead-of-raising")
def asserts(x, num_heads):
    assert x.shape[-1] % num_heads == 0
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -2, -3)


@wrong(ID, "raises")
def raises_another_type(x, num_heads):
    if x.shape[-1] % num_heads:
        raise TypeError("not divisible")
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -2, -3)


@wrong(ID, "accepts-bad-input")
def returns_none_for_bad_sizes(x, num_heads):
    if x.shape[-1] % num_heads:
        return None
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -2, -3)


@wrong(ID, "wrong-type")
def list_of_heads(x, num_heads):
    return np.split(x, num_heads, axis=-1)


@wrong(ID, "dtype-promoted")
def zeros_are_float64(x, num_heads):
    refuse(x, num_heads)
    w = x.shape[-1] // num_heads
    out = np.zeros((*x.shape[:-2], num_heads, x.shape[-2], w))
    for h in range(num_heads):
        out[..., h, :, :] = x[..., h * w : (h + 1) * w]
    return out


@wrong(ID, "mutates-input")
def clears_the_input(x, num_heads):
    refuse(x, num_heads)
    heads = np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -2, -3).copy()
    x[...] = 0
    return heads


@wrong(ID, "split-without-transpose", "floors-head-dim")
def straight_and_floored(x, num_heads):
    w = x.shape[-1] // num_heads
    return x[..., : w * num_heads].reshape(*x.shape[:-2], num_heads, x.shape[-2], w)


@wrong(ID, "interleaved-split", "floors-head-dim")
def alternates_and_drops(x, num_heads):
    w = x.shape[-1] // num_heads
    return np.stack([x[..., h : w * num_heads : num_heads] for h in range(num_heads)], axis=-3)


@wrong(ID, "axes-from-the-front", "floors-head-dim")
def stacks_in_front_without_the_rest(x, num_heads):
    w = x.shape[-1] // num_heads
    return np.stack([x[..., h * w : (h + 1) * w] for h in range(num_heads)])


@wrong(ID, "not-written-yet")
def as_released(x, num_heads):
    raise NotImplementedError


@wrong(ID, "ready-made")
def the_courses_own(x, num_heads):
    from selfattn_ref import split_heads

    return split_heads(x, num_heads)


@wrong(ID, "fixed-number-of-axes")
def one_batch_axis(x, num_heads):
    batch, n, d = x.shape
    return x.reshape(batch, n, num_heads, d // num_heads).transpose(0, 2, 1, 3)


@wrong(ID, "fixed-number-of-axes")
def no_batch_axis(x, num_heads):
    refuse(x, num_heads)
    seq_len, d_model = x.shape
    return x.reshape(seq_len, num_heads, d_model // num_heads).swapaxes(0, 1)


@wrong(ID, "axes-from-the-front")
def stacks_at_one(x, num_heads):
    return np.stack(np.split(x, num_heads, axis=-1), axis=1)


@wrong(ID, "axes-from-the-front")
def cuts_axis_two(x, num_heads):
    refuse(x, num_heads)
    return np.stack(np.split(x, num_heads, axis=2), axis=-3)


@wrong(ID, "axes-from-the-front")
def cuts_horizontally(x, num_heads):
    refuse(x, num_heads)
    return np.stack(np.hsplit(x, num_heads), axis=-3)


@right(ID)
def uneven_pieces_do_not_stack(x, num_heads):
    return np.stack(np.array_split(x, num_heads, axis=-1), axis=-3)


@right(ID)
def transpose_with_computed_axes(x, num_heads):
    refuse(x, num_heads)
    blocks = x.reshape(*x.shape[:-1], num_heads, -1)
    axes = list(range(blocks.ndim))
    axes[-3], axes[-2] = axes[-2], axes[-3]
    return blocks.transpose(axes)
