"""Attempts at `padding_mask`."""

import sys

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "padding_mask"


@right(ID)
def compares_with_two_new_axes(lengths, max_len):
    return np.arange(max_len) < lengths[:, None, None]


@right(ID)
def compares_with_a_column(lengths, max_len):
    mask = np.arange(max_len)[np.newaxis, :] < lengths[:, np.newaxis]
    return np.expand_dims(mask, axis=1)


@right(ID)
def counts_from_one(lengths, max_len):
    return (lengths.reshape(-1, 1, 1) >= np.arange(1, max_len + 1)).copy()


@right(ID)
def rows_by_slices(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), dtype=bool)
    for row, length in enumerate(lengths):
        mask[row, 0, :length] = True
    return mask


@right(ID)
def hides_the_tail(lengths, max_len):
    mask = np.ones((lengths.size, 1, max_len), dtype=np.bool_)
    for row, length in zip(mask, lengths.tolist(), strict=True):
        row[:, length:] = False
    return mask


@right(ID)
def lists_of_python_booleans(lengths, max_len):
    return np.array([[[True] * n + [False] * (max_len - n)] for n in lengths.tolist()])


@right(ID)
def list_comprehension(lengths, max_len):
    return np.stack([[[j < n for j in range(max_len)]] for n in lengths])


@right(ID)
def outer_comparison(lengths, max_len):
    return np.greater.outer(lengths, np.arange(max_len)).reshape(len(lengths), 1, max_len)


@right(ID)
def rows_of_a_triangle(lengths, max_len):
    return np.tri(max_len + 1, max_len, -1, dtype=bool)[lengths][:, None]


@right(ID)
def ones_and_zeros_cast_at_the_end(lengths, max_len):
    rows = [np.repeat([1, 0], [n, max_len - n]) for n in lengths]
    return np.asarray(rows)[:, None, :].astype(bool)


@right(ID)
def negated_pads(lengths, max_len):
    pads = np.arange(max_len)[:, None] >= lengths
    return ~pads.T[:, None]


@right(ID)
def counts_down(lengths, max_len):
    left = np.cumsum(np.ones((lengths.shape[0], 1, max_len), int), axis=-1)
    return np.where(left > lengths[:, None, None], False, True)


def real(lengths, max_len):
    return np.arange(max_len) < lengths[:, None]


@wrong(ID, "padding-off-by-one")
def less_or_equal(lengths, max_len):
    return np.arange(max_len) <= lengths[:, None, None]


@wrong(ID, "padding-off-by-one")
def slice_ends_too_late(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, :, : n + 1] = True
    return mask


@wrong(ID, "padding-off-by-one")
def counts_positions_from_one(lengths, max_len):
    return np.arange(1, max_len + 1) < lengths[:, None, None]


@wrong(ID, "padding-off-by-one")
def slice_ends_too_early(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, :, : n - 1] = True
    return mask


@wrong(ID, "pads-on-the-left")
def tokens_at_the_end(lengths, max_len):
    return np.arange(max_len) >= max_len - lengths[:, None, None]


@wrong(ID, "pads-on-the-left")
def slice_from_the_end(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, 0, -n:] = True
    return mask


@wrong(ID, "pads-on-the-left")
def pads_first_in_a_list(lengths, max_len):
    return np.array([[[False] * (max_len - n) + [True] * n] for n in lengths.tolist()])


@wrong(ID, "all-visible")
def all_ones(lengths, max_len):
    return np.ones((len(lengths), 1, max_len), dtype=bool)


@wrong(ID, "one-length-for-all")
def first_length(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    mask[:, :, : lengths[0]] = True
    return mask


@wrong(ID, "one-length-for-all")
def longest_length(lengths, max_len):
    return np.tile(np.arange(max_len) < max(lengths), (len(lengths), 1, 1))


@wrong(ID, "one-length-for-all")
def last_length_of_the_loop(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for n in lengths:
        mask[...] = np.arange(max_len) < n
    return mask


@wrong(ID, "lengths-not-a-column")
def compares_as_they_are(lengths, max_len):
    return np.arange(max_len) < lengths


@wrong(ID, "lengths-not-a-column")
def compares_and_then_adds_axes(lengths, max_len):
    return (np.arange(max_len) < lengths)[:, None, :]


@wrong(ID, "lengths-not-a-column")
def column_after_the_comparison(lengths, max_len):
    return np.arange(max_len)[None, None, :] < lengths[None, None, :]


@wrong(ID, "marks-the-end-only")
def equals_the_last(lengths, max_len):
    return (np.arange(max_len) == lengths[:, None] - 1)[:, None]


@wrong(ID, "marks-the-end-only")
def one_hot(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), dtype=bool)
    mask[np.arange(len(lengths)), 0, lengths - 1] = True
    return mask


@wrong(ID, "ignores-max-len")
def up_to_the_longest(lengths, max_len):
    return np.arange(lengths.max())[None, None] < lengths[:, None, None]


@wrong(ID, "padding-on-query-axis")
def axis_at_the_end(lengths, max_len):
    return real(lengths, max_len)[..., None]


@wrong(ID, "padding-on-query-axis")
def rows_of_a_square(lengths, max_len):
    mask = np.zeros((len(lengths), max_len, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, :n, :] = True
    return mask


@wrong(ID, "mask-broadcast-silently")
def two_axes(lengths, max_len):
    return np.array([[j < n for j in range(max_len)] for n in lengths])


@wrong(ID, "mask-broadcast-silently")
def axis_in_front(lengths, max_len):
    return real(lengths, max_len)[None, :, :]


@wrong(ID, "mask-extra-axes")
def with_a_head_axis(lengths, max_len):
    return np.arange(max_len) < lengths.reshape(-1, 1, 1, 1)


@wrong(ID, "mask-repeated")
def a_square_for_each(lengths, max_len):
    mask = np.zeros((len(lengths), max_len, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, :, :n] = True
    return mask


@wrong(ID, "mask-repeated")
def tiled(lengths, max_len):
    return np.tile(real(lengths, max_len)[:, None], (1, max_len, 1))


@wrong(ID, "padding-on-both-axes")
def outer_product(lengths, max_len):
    m = real(lengths, max_len)
    return np.einsum("bq,bk->bqk", m, m)


@wrong(ID, "padding-on-both-axes")
def square_corner(lengths, max_len):
    mask = np.zeros((len(lengths), max_len, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, :n, :n] = True
    return mask


@wrong(ID, "mask-transposed")
def keys_by_sequences(lengths, max_len):
    return np.arange(max_len)[:, None] < lengths


@wrong(ID, "mask-transposed")
def keys_by_one_by_sequences(lengths, max_len):
    return np.arange(max_len)[:, None, None] < lengths


@wrong(ID, "mask-inverted")
def pads_are_true(lengths, max_len):
    return np.arange(max_len) >= lengths[:, None, None]


@wrong(ID, "mask-inverted")
def true_from_the_length_on(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, 0, n:] = True
    return mask


@wrong(ID, "mask-as-numbers")
def forgets_the_dtype(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len))
    for b, n in enumerate(lengths):
        mask[b, 0, :n] = 1
    return mask


@wrong(ID, "mask-as-numbers")
def lists_of_zeros_and_ones(lengths, max_len):
    return np.array([[[1] * n + [0] * (max_len - n)] for n in lengths.tolist()])


@wrong(ID, "mask-as-numbers")
def bytes_to_save_memory(lengths, max_len):
    return real(lengths, max_len)[:, None].view(np.uint8)


@wrong(ID, "additive-mask")
def minus_infinity(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len))
    for b, n in enumerate(lengths):
        mask[b, 0, n:] = -np.inf
    return mask


@wrong(ID, "additive-mask")
def minus_a_billion(lengths, max_len):
    return -1e9 * (np.arange(max_len) >= lengths[:, None, None])


@wrong(ID, "inf-times-mask")
def zero_times_infinity(lengths, max_len):
    return (1.0 - real(lengths, max_len)[:, None]) * -np.inf


@wrong(ID, "mask-inverted", "mask-as-numbers")
def ones_for_pads(lengths, max_len):
    return (np.arange(max_len) >= lengths[:, None, None]).astype(int)


@wrong(ID, "mask-broadcast-silently", "mask-as-numbers")
def two_axes_of_floats(lengths, max_len):
    mask = np.zeros((len(lengths), max_len))
    for b, n in enumerate(lengths):
        mask[b, :n] = 1.0
    return mask


@wrong(ID, "mask-broadcast-silently", "padding-off-by-one")
def two_axes_one_too_far(lengths, max_len):
    return np.array([[j <= n for j in range(max_len)] for n in lengths])


@wrong(ID, "mask-broadcast-silently", "mask-inverted")
def key_padding_mask_of_torch(lengths, max_len):
    return ~real(lengths, max_len)


@wrong(ID, "mask-extra-axes", "mask-inverted")
def pads_with_a_head_axis(lengths, max_len):
    return (np.arange(max_len) >= lengths[:, None])[:, None, None, :]


@wrong(ID, "mask-extra-axes", "additive-mask")
def extended_as_in_bert(lengths, max_len):
    return (1.0 - real(lengths, max_len)[:, None, None, :]) * -10000.0


@wrong(ID, "padding-off-by-one", "mask-inverted")
def pads_start_too_late(lengths, max_len):
    return np.arange(max_len) > lengths[:, None, None]


@wrong(ID, "padding-on-query-axis", "mask-as-numbers")
def floats_on_the_query_axis(lengths, max_len):
    return real(lengths, max_len)[:, :, None].astype(float)


@wrong(ID, "pads-on-the-left", "mask-broadcast-silently")
def two_axes_padded_left(lengths, max_len):
    return np.array([[j >= max_len - n for j in range(max_len)] for n in lengths])


@wrong(ID, "ignores-max-len", "mask-as-numbers")
def floats_up_to_the_longest(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max(lengths)))
    for b, n in enumerate(lengths):
        mask[b, 0, :n] = 1
    return mask


@wrong(ID, "wrong-shape")
def three_slips_at_once(lengths, max_len):
    return (np.arange(max_len) >= lengths[:, None]).astype(float)


@wrong(ID, "mutates-input")
def subtracts_in_place(lengths, max_len):
    lengths -= 1
    return np.arange(max_len) <= lengths[:, None, None]


@wrong(ID, "mutates-input", "mask-broadcast-silently")
def counts_down_in_place(lengths, max_len):
    mask = np.zeros((len(lengths), max_len), bool)
    for j in range(max_len):
        mask[:, j] = lengths > 0
        lengths -= 1
    return mask


@wrong(ID, "returns-nothing")
def forgets_return(lengths, max_len):
    mask = np.zeros((len(lengths), 1, max_len), bool)
    for b, n in enumerate(lengths):
        mask[b, 0, :n] = True


@wrong(ID, "wrong-type")
def nested_lists(lengths, max_len):
    return [[[j < n for j in range(max_len)]] for n in lengths.tolist()]


@wrong(ID, "wrong-type")
def tensor(lengths, max_len):
    return torch.arange(max_len) < torch.tensor(lengths.copy())[:, None, None]


@wrong(ID, "raises")
def a_list_has_no_such_index(lengths, max_len):
    return np.arange(max_len) < list(lengths)[:, None, None]


@wrong(ID, "ready-made")
def calls_the_reference(lengths, max_len):
    import selfattn_ref.masks

    pad = selfattn_ref.masks.padding_mask
    return pad(lengths, max_len)


@wrong(ID, "not-written-yet")
def as_released(lengths, max_len):
    raise NotImplementedError()


@wrong(ID, "wrong-signature")
def guesses_max_len(lengths):
    return np.arange(lengths.max()) < lengths[:, None, None]


@wrong(ID, "exits")
def leaves(lengths, max_len):
    sys.exit(1)
