"""Attempts at `sliding_window_mask`."""

import sys

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "sliding_window_mask"


@right(ID)
def compares_distances(q_len, k_len, window):
    distance = np.arange(k_len - q_len, k_len)[:, None] - np.arange(k_len)
    return (distance >= 0) & (distance < window)


@right(ID)
def triangle_without_triangle(q_len, k_len, window):
    offset = k_len - q_len
    return np.tri(q_len, k_len, offset, dtype=bool) ^ np.tri(q_len, k_len, offset - window, dtype=bool)


@right(ID)
def difference_of_floats(q_len, k_len, window):
    ones = np.ones((q_len, k_len))
    return (np.tril(ones, k_len - q_len) - np.tril(ones, k_len - q_len - window)).astype(bool)


@right(ID)
def band(q_len, k_len, window):
    offset = k_len - q_len
    return np.triu(np.tril(np.ones((q_len, k_len), bool), offset), offset - window + 1)


@right(ID)
def two_loops(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), dtype=bool)
    for i in range(q_len):
        for back in range(window):
            j = i + k_len - q_len - back
            if j >= 0:
                mask[i, j] = True
    return mask


@right(ID)
def rows_by_slices(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), np.bool_)
    for i in range(q_len):
        position = i + k_len - q_len
        mask[i, max(0, position + 1 - window) : position + 1] = True
    return mask


@right(ID)
def list_comprehension(q_len, k_len, window):
    return np.array([[p - window < j <= p for j in range(k_len)] for p in range(k_len - q_len, k_len)])


@right(ID)
def sum_of_diagonals(q_len, k_len, window):
    offset = k_len - q_len
    return np.logical_or.reduce([np.eye(q_len, k_len, offset - back, dtype=bool) for back in range(window)])


@right(ID)
def last_rows_of_the_square(q_len, k_len, window):
    i, j = np.indices((k_len, k_len))
    return ((i - j) // window == 0)[-q_len:]


@right(ID)
def fancy_indices(q_len, k_len, window):
    rows = np.repeat(np.arange(q_len), window)
    keys = rows + k_len - q_len - np.tile(np.arange(window), q_len)
    mask = np.full((q_len, k_len), False)
    mask[rows[keys >= 0], keys[keys >= 0]] = True
    return mask


@right(ID)
def sets_of_positions(q_len, k_len, window):
    rows = [np.isin(np.arange(k_len), range(p - window + 1, p + 1)) for p in range(k_len - q_len, k_len)]
    return np.vstack(rows)


@right(ID)
def windows_into_one_row(q_len, k_len, window):
    row = np.concatenate([np.zeros(k_len, bool), np.ones(window, bool), np.zeros(k_len, bool)])
    starts = np.arange(k_len, k_len - q_len, -1) - 1 - (k_len - q_len) + window
    return row[starts[:, None] + np.arange(k_len)]


def distances(q_len, k_len):
    return np.arange(k_len - q_len, k_len)[:, None] - np.arange(k_len)


@wrong(ID, "window-off-by-one")
def less_or_equal(q_len, k_len, window):
    d = distances(q_len, k_len)
    return (d >= 0) & (d <= window)


@wrong(ID, "window-off-by-one")
def slice_starts_too_early(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        p = i + k_len - q_len
        mask[i, max(p - window, 0) : p + 1] = True
    return mask


@wrong(ID, "window-off-by-one")
def second_triangle_too_low(q_len, k_len, window):
    o = k_len - q_len
    return np.tri(q_len, k_len, o, dtype=bool) & ~np.tri(q_len, k_len, o - window - 1, dtype=bool)


@wrong(ID, "window-off-by-one")
def one_key_too_few(q_len, k_len, window):
    return np.array([[p - window + 1 < j <= p for j in range(k_len)] for p in range(k_len - q_len, k_len)])


@wrong(ID, "window-not-causal")
def absolute_distance(q_len, k_len, window):
    return np.abs(distances(q_len, k_len)) < window


@wrong(ID, "window-not-causal", "window-off-by-one")
def absolute_distance_or_equal(q_len, k_len, window):
    return abs(distances(q_len, k_len)) <= window


@wrong(ID, "window-not-causal")
def centered(q_len, k_len, window):
    half = window // 2
    return np.array([[-half <= p - j <= half for j in range(k_len)] for p in range(k_len - q_len, k_len)])


@wrong(ID, "window-not-causal")
def forgets_the_future(q_len, k_len, window):
    return distances(q_len, k_len) < window


@wrong(ID, "ignores-window")
def plain_causal(q_len, k_len, window):
    return np.tri(q_len, k_len, k_len - q_len, dtype=bool)


@wrong(ID, "window-from-start")
def first_columns(q_len, k_len, window):
    mask = np.tri(q_len, k_len, k_len - q_len, dtype=bool)
    mask[:, window:] = False
    return mask


@wrong(ID, "window-as-blocks")
def blocks(q_len, k_len, window):
    block = np.arange(k_len) // window
    causal = np.tri(q_len, k_len, k_len - q_len, dtype=bool)
    return causal & (block[-q_len:, None] == block)


@wrong(ID, "window-complement")
def hides_the_near_keys(q_len, k_len, window):
    return np.tril(np.ones((q_len, k_len), bool), k_len - q_len - window)


@wrong(ID, "negative-slice-start")
def slice_below_zero(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        end = i + k_len - q_len + 1
        mask[i, end - window : end] = True
    return mask


@wrong(ID, "causal-flipped")
def looks_ahead(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        p = i + k_len - q_len
        mask[i, p : p + window] = True
    return mask


@wrong(ID, "causal-flipped")
def distance_the_other_way(q_len, k_len, window):
    d = -distances(q_len, k_len)
    return (d >= 0) & (d < window)


@wrong(ID, "strict-causal")
def only_keys_before(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        p = i + k_len - q_len
        mask[i, max(0, p - window) : p] = True
    return mask


@wrong(ID, "strict-causal")
def both_ends_open(q_len, k_len, window):
    d = distances(q_len, k_len)
    return (d > 0) & (d < window)


@wrong(ID, "causal-one-ahead")
def next_token_too(q_len, k_len, window):
    d = distances(q_len, k_len)
    return (d >= -1) & (d < window)


@wrong(ID, "sees-only-itself")
def identity(q_len, k_len, window):
    return np.eye(q_len, k_len, k_len - q_len, dtype=bool)


@wrong(ID, "causal-top-left")
def no_offset(q_len, k_len, window):
    i, j = np.arange(q_len)[:, None], np.arange(k_len)
    return (j <= i) & (j > i - window)


@wrong(ID, "causal-top-left")
def slices_without_offset(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        mask[i, max(0, i - window + 1) : i + 1] = True
    return mask


@wrong(ID, "causal-top-left")
def second_triangle_without_offset(q_len, k_len, window):
    ones = np.ones((q_len, k_len), bool)
    return np.tril(ones, k_len - q_len) & np.triu(ones, 1 - window)


@wrong(ID, "causal-offset-sign")
def diagonal_on_the_wrong_side(q_len, k_len, window):
    ones = np.ones((q_len, k_len), bool)
    return np.tril(ones, q_len - k_len) & np.triu(ones, q_len - k_len - window + 1)


@wrong(ID, "ignores-k-len")
def always_square(q_len, k_len, window):
    i, j = np.indices((q_len, q_len))
    return (i >= j) & (i - j < window)


@wrong(ID, "mask-inverted")
def true_is_hidden(q_len, k_len, window):
    d = distances(q_len, k_len)
    return (d < 0) | (d >= window)


@wrong(ID, "mask-as-numbers")
def difference_of_triangles(q_len, k_len, window):
    return np.tri(q_len, k_len, k_len - q_len) - np.tri(q_len, k_len, k_len - q_len - window)


@wrong(ID, "mask-as-numbers")
def ones_in_slices(q_len, k_len, window):
    mask = np.zeros((q_len, k_len))
    for i, p in enumerate(range(k_len - q_len, k_len)):
        mask[i, max(0, p - window + 1) : p + 1] = 1
    return mask


@wrong(ID, "mask-as-numbers")
def lists_of_zeros_and_ones(q_len, k_len, window):
    return np.array([[int(0 <= p - j < window) for j in range(k_len)] for p in range(k_len - q_len, k_len)])


@wrong(ID, "additive-mask")
def minus_infinity(q_len, k_len, window):
    d = distances(q_len, k_len)
    return np.where((d < 0) | (d >= window), -np.inf, 0)


@wrong(ID, "inf-times-mask")
def zero_times_infinity(q_len, k_len, window):
    d = distances(q_len, k_len)
    return ((d < 0) | (d >= window)) * -np.inf


@wrong(ID, "mask-transposed")
def keys_by_queries(q_len, k_len, window):
    d = np.arange(k_len - q_len, k_len) - np.arange(k_len)[:, None]
    return (d >= 0) & (d < window)


@wrong(ID, "mask-extra-axes")
def with_a_batch_axis(q_len, k_len, window):
    d = distances(q_len, k_len)
    return np.expand_dims((d >= 0) & (d < window), 0)


@wrong(ID, "window-off-by-one", "mask-as-numbers")
def band_of_floats_too_wide(q_len, k_len, window):
    o = k_len - q_len
    return np.triu(np.tril(np.ones((q_len, k_len)), o), o - window)


@wrong(ID, "window-off-by-one", "causal-top-left")
def too_wide_without_offset(q_len, k_len, window):
    return np.array([[i - window <= j <= i for j in range(k_len)] for i in range(q_len)])


@wrong(ID, "window-off-by-one", "mask-inverted")
def hides_one_key_too_few(q_len, k_len, window):
    d = distances(q_len, k_len)
    return (d < 0) | (d > window)


@wrong(ID, "causal-top-left", "mask-as-numbers")
def band_of_floats_without_offset(q_len, k_len, window):
    return np.tril(np.ones((q_len, k_len))) - np.tril(np.ones((q_len, k_len)), -window)


@wrong(ID, "causal-top-left", "ignores-window")
def triangle_from_the_first_key(q_len, k_len, window):
    return np.tril(np.ones((q_len, k_len), dtype=bool))


@wrong(ID, "causal-top-left", "negative-slice-start")
def slice_below_zero_without_offset(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        mask[i, i - window + 1 : i + 1] = True
    return mask


@wrong(ID, "causal-top-left", "window-not-causal")
def absolute_distance_without_offset(q_len, k_len, window):
    i, j = np.ogrid[:q_len, :k_len]
    return np.abs(i - j) < window


@wrong(ID, "ignores-window", "mask-as-numbers")
def causal_floats(q_len, k_len, window):
    return np.tril(np.ones((q_len, k_len)), k_len - q_len)


@wrong(ID, "negative-slice-start", "window-off-by-one")
def slice_below_zero_too_wide(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i, p in enumerate(range(k_len - q_len, k_len)):
        mask[i, p - window : p + 1] = True
    return mask


@wrong(ID, "negative-slice-start", "strict-causal")
def slice_below_zero_without_itself(q_len, k_len, window):
    mask = np.zeros((q_len, k_len), bool)
    for i, p in enumerate(range(k_len - q_len, k_len)):
        mask[i, p - window : p] = True
    return mask


@wrong(ID, "ignores-k-len", "window-off-by-one")
def square_and_too_wide(q_len, k_len, window):
    return np.tri(q_len, dtype=bool) & ~np.tri(q_len, k=-window - 1, dtype=bool)


@wrong(ID, "strict-causal", "mask-as-numbers")
def floats_below_the_diagonal(q_len, k_len, window):
    o = k_len - q_len
    return np.tri(q_len, k_len, o - 1) - np.tri(q_len, k_len, o - 1 - window)


@wrong(ID, "window-not-causal", "additive-mask")
def two_sided_to_add(q_len, k_len, window):
    return np.where(np.abs(distances(q_len, k_len)) < window, 0.0, float("-inf"))


@wrong(ID, "wrong-dtype")
def three_slips_at_once(q_len, k_len, window):
    i, j = np.ogrid[:q_len, :k_len]
    return np.where((i >= j) & (i - j <= window), 1.0, 0.0)


@wrong(ID, "returns-nothing")
def prints_the_mask(q_len, k_len, window):
    print(np.tri(q_len, k_len))


@wrong(ID, "wrong-type")
def nested_lists(q_len, k_len, window):
    return [[0 <= p - j < window for j in range(k_len)] for p in range(k_len - q_len, k_len)]


@wrong(ID, "wrong-type")
def tensor(q_len, k_len, window):
    d = torch.arange(k_len - q_len, k_len)[:, None] - torch.arange(k_len)
    return (d >= 0) & (d < window)


@wrong(ID, "ready-made")
def calls_the_reference(q_len, k_len, window):
    from selfattn_ref import sliding_window_mask as band_of

    return band_of(q_len, k_len, window)


@wrong(ID, "ready-made")
def two_causal_masks_of_the_reference(q_len, k_len, window):
    import selfattn_ref as ref

    past = ref.causal_mask(q_len, k_len)
    return past & ~ref.causal_mask(q_len, k_len, offset=k_len - q_len - window)


@wrong(ID, "raises")
def and_between_arrays(q_len, k_len, window):
    d = distances(q_len, k_len)
    return d >= 0 and d < window


@wrong(ID, "not-written-yet")
def as_released(q_len, k_len, window):
    raise NotImplementedError()


@wrong(ID, "wrong-signature")
def square_only(seq_len, window):
    i, j = np.indices((seq_len, seq_len))
    return (i >= j) & (i - j < window)


@wrong(ID, "exits")
def leaves(q_len, k_len, window):
    sys.exit()
