"""Attempts at `causal_mask`."""

import sys

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "causal_mask"


@right(ID)
def compares_positions(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    return np.arange(k_len - q_len, k_len)[:, None] >= np.arange(k_len)


@right(ID)
def tri(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, k_len - q_len, dtype=bool)


@right(ID)
def tril(q_len, k_len=None):
    if not k_len:
        k_len = q_len
    return np.tril(np.ones((q_len, k_len)), k=k_len - q_len).astype(bool)


@right(ID)
def not_triu(q_len, k_len=None):
    n = q_len if k_len is None else k_len
    return ~np.triu(np.ones((q_len, n), dtype=bool), n - q_len + 1)


@right(ID)
def two_loops(q_len, k_len=None):
    if k_len is None:
        k_len = q_len
    mask = np.zeros((q_len, k_len), dtype=np.bool_)
    for i in range(q_len):
        for j in range(k_len):
            if j <= i + k_len - q_len:
                mask[i, j] = True
    return mask


@right(ID)
def rows_by_slices(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    mask = np.full((q_len, k_len), True)
    for row, position in zip(mask, range(k_len - q_len, k_len), strict=True):
        row[position + 1 :] = False
    return mask


@right(ID)
def lists_of_python_booleans(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    return np.array([[True] * (k_len - left) + [False] * left for left in range(q_len - 1, -1, -1)])


@right(ID)
def last_rows_of_the_square(q_len, k_len=None):
    return np.tri(k_len or q_len, dtype=bool)[-q_len:]


@right(ID)
def fancy_indices(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    mask = np.zeros((q_len, k_len), bool)
    mask[np.tril_indices(q_len, k_len - q_len, k_len)] = True
    return mask


@right(ID)
def from_function(q_len, k_len=None):
    k_len = k_len if k_len is not None else q_len
    return np.fromfunction(lambda i, j: j - i <= k_len - q_len, (q_len, k_len), dtype=int)


@right(ID)
def sees_what_is_at_or_after(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    return np.logical_or.accumulate(np.eye(q_len, k_len, k_len - q_len, dtype=bool)[:, ::-1], axis=1)[:, ::-1]


@right(ID)
def where_of_a_grid(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    keys, queries = np.meshgrid(range(k_len), range(k_len - q_len, k_len))
    return np.where(keys > queries, False, True)


@wrong(ID, "strict-causal")
def excludes_the_diagonal(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    return np.tril(np.ones((q_len, k_len), bool), k_len - q_len - 1)


@wrong(ID, "strict-causal")
def slice_ends_too_early(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        mask[i, : k_len - q_len + i] = True
    return mask


@wrong(ID, "strict-causal")
def hides_from_the_diagonal_on(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    return ~np.triu(np.ones((q_len, k_len), bool), k_len - q_len)


@wrong(ID, "causal-one-ahead")
def one_diagonal_too_many(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, k_len - q_len + 1, dtype=bool)


@wrong(ID, "causal-one-ahead")
def slice_ends_too_late(q_len, k_len=None):
    k_len = k_len or q_len
    mask = np.zeros((q_len, k_len), bool)
    for i in range(q_len):
        mask[i, : i + k_len - q_len + 2] = True
    return mask


@wrong(ID, "sees-only-itself")
def identity(q_len, k_len=None):
    k_len = k_len or q_len
    return np.eye(q_len, k_len, k_len - q_len).astype(bool)


@wrong(ID, "causal-flipped")
def upper_triangle(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.ones((q_len, k_len), bool), k_len - q_len)


@wrong(ID, "causal-flipped")
def turned_comparison(q_len, k_len=None):
    k_len = k_len or q_len
    return np.array([[j >= i for j in range(k_len)] for i in range(k_len - q_len, k_len)])


@wrong(ID, "all-visible")
def all_ones(q_len, k_len=None):
    return np.ones((q_len, k_len or q_len), dtype=bool)


@wrong(ID, "causal-top-left")
def triangle_from_the_first_key(q_len, k_len=None):
    return np.tri(q_len, k_len, dtype=bool)


@wrong(ID, "causal-top-left")
def loops_without_offset(q_len, k_len=None):
    k_len = k_len or q_len
    return np.array([[j <= i for j in range(k_len)] for i in range(q_len)])


@wrong(ID, "causal-offset-sign")
def diagonal_on_the_wrong_side(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tril(np.ones((q_len, k_len), bool), q_len - k_len)


@wrong(ID, "ignores-k-len")
def always_square(q_len, k_len=None):
    return np.tril(np.ones((q_len, q_len), dtype=bool))


@wrong(ID, "default-not-filled-in")
def forgets_none(q_len, k_len=None):
    return np.tri(q_len, k_len, k_len - q_len, dtype=bool)


@wrong(ID, "default-not-filled-in")
def forgets_none_in_a_loop(q_len, k_len=None):
    return np.array([[j <= i + k_len - q_len for j in range(k_len)] for i in range(q_len)])


@wrong(ID, "default-not-filled-in")
def forgets_none_in_a_shape(q_len, k_len=None):
    return np.tril(np.ones((q_len, k_len), bool), k_len - q_len)


@wrong(ID, "default-not-filled-in")
def forgets_none_in_arange(q_len, k_len=None):
    return np.arange(k_len)[None, :] <= np.arange(q_len)[:, None] + (k_len - q_len)


@wrong(ID, "default-not-filled-in")
def forgets_none_in_a_difference(q_len, k_len=None):
    hidden = q_len - k_len
    return np.arange(k_len) + hidden <= np.arange(q_len)[:, None]


@wrong(ID, "default-not-filled-in")
def forgets_none_in_a_sum(q_len, k_len=None):
    offset = -q_len + k_len
    return np.tri(q_len, k_len, offset, dtype=bool)


@wrong(ID, "mask-inverted")
def true_is_hidden(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.ones((q_len, k_len), bool), k_len - q_len + 1)


@wrong(ID, "mask-inverted")
def future_is_true(q_len, k_len=None):
    k_len = k_len or q_len
    return np.arange(k_len) > np.arange(q_len).reshape(-1, 1) + k_len - q_len


@wrong(ID, "mask-as-numbers")
def tri_of_floats(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, k_len - q_len)


@wrong(ID, "mask-as-numbers")
def lists_of_zeros_and_ones(q_len, k_len=None):
    k_len = k_len or q_len
    return np.array([[1 if j <= i else 0 for j in range(k_len)] for i in range(k_len - q_len, k_len)])


@wrong(ID, "mask-as-numbers")
def bytes_to_save_memory(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, k_len - q_len, dtype=np.uint8)


@wrong(ID, "mask-as-numbers")
def float32_zeros_and_ones(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tril(np.ones((q_len, k_len), np.float32), k_len - q_len)


@wrong(ID, "additive-mask")
def minus_infinity(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.full((q_len, k_len), -np.inf), k_len - q_len + 1)


@wrong(ID, "additive-mask")
def minus_a_billion(q_len, k_len=None):
    k_len = k_len or q_len
    return (1 - np.tri(q_len, k_len, k_len - q_len)) * -1e9


@wrong(ID, "inf-times-mask")
def zero_times_infinity(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.ones((q_len, k_len)), k_len - q_len + 1) * -np.inf


@wrong(ID, "mask-transposed")
def keys_by_queries(q_len, k_len=None):
    k_len = k_len or q_len
    return np.arange(k_len)[:, None] <= np.arange(k_len - q_len, k_len)


@wrong(ID, "mask-extra-axes")
def with_a_batch_axis(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tril(np.ones((1, q_len, k_len), bool), k_len - q_len)


@wrong(ID, "mask-extra-axes")
def with_batch_and_heads(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, k_len - q_len, dtype=bool).reshape(1, 1, q_len, k_len)


@wrong(ID, "strict-causal", "mask-as-numbers")
def floats_below_the_diagonal(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tril(np.ones((q_len, k_len)), k_len - q_len - 1)


@wrong(ID, "causal-one-ahead", "mask-as-numbers")
def floats_above_the_diagonal(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tri(q_len, k_len, 1 + k_len - q_len)


@wrong(ID, "mask-inverted", "mask-as-numbers")
def triu_of_floats(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.ones((q_len, k_len)), k=k_len - q_len + 1)


@wrong(ID, "causal-flipped", "mask-as-numbers")
def upper_triangle_of_integers(q_len, k_len=None):
    k_len = k_len or q_len
    return np.triu(np.ones((q_len, k_len), int), k_len - q_len)


@wrong(ID, "causal-top-left", "mask-as-numbers")
def tril_without_a_thought(q_len, k_len=None):
    return np.tril(np.ones((q_len, k_len or q_len)))


@wrong(ID, "causal-top-left", "mask-inverted")
def hidden_from_the_first_key(q_len, k_len=None):
    return np.triu(np.ones((q_len, k_len or q_len), bool), 1)


@wrong(ID, "causal-top-left", "additive-mask")
def minus_infinity_from_the_first_key(q_len, k_len=None):
    return np.triu(np.full((q_len, k_len or q_len), float("-inf")), k=1)


@wrong(ID, "ignores-k-len", "mask-as-numbers")
def square_of_floats(q_len, k_len=None):
    return np.tril(np.ones((q_len, q_len)))


@wrong(ID, "ignores-k-len", "mask-inverted")
def square_and_inverted(q_len, k_len=None):
    return ~np.tri(q_len, dtype=bool)


@wrong(ID, "ignores-k-len", "additive-mask")
def square_to_add(q_len, k_len=None):
    return np.where(np.tri(q_len, dtype=bool), 0.0, -1e9)


@wrong(ID, "mask-extra-axes", "mask-as-numbers")
def four_axes_of_floats(q_len, k_len=None):
    k_len = k_len or q_len
    return np.tril(np.ones((1, 1, q_len, k_len)), k_len - q_len)


@wrong(ID, "default-not-filled-in", "mask-as-numbers")
def forgets_none_and_booleans(q_len, k_len=None):
    return np.tri(q_len, k_len, k_len - q_len)


@wrong(ID, "wrong-dtype")
def three_slips_at_once(q_len, k_len=None):
    return np.triu(np.ones((q_len, k_len or q_len)), 1)


@wrong(ID, "wrong-dtype")
def minus_one_for_hidden(q_len, k_len=None):
    k_len = k_len or q_len
    return np.where(np.tri(q_len, k_len, k_len - q_len) == 1, 1, -1)


@wrong(ID, "returns-nothing")
def prints_the_mask(q_len, k_len=None):
    print(np.tri(q_len, k_len or q_len, dtype=bool))


@wrong(ID, "wrong-type")
def nested_lists(q_len, k_len=None):
    k_len = k_len or q_len
    return [[j <= i + k_len - q_len for j in range(k_len)] for i in range(q_len)]


@wrong(ID, "wrong-type")
def tensor(q_len, k_len=None):
    k_len = k_len or q_len
    return torch.ones(q_len, k_len, dtype=torch.bool).tril(k_len - q_len)


@wrong(ID, "ready-made")
def calls_the_reference(q_len, k_len=None):
    from selfattn_ref.masks import causal_mask as triangle

    return triangle(q_len, k_len)


@wrong(ID, "ready-made")
def calls_a_wide_window_of_the_reference(q_len, k_len=None):
    import selfattn_ref as masks

    k_len = k_len or q_len
    return masks.sliding_window_mask(q_len, k_len, k_len)


@wrong(ID, "not-written-yet")
def as_released(q_len, k_len=None):
    raise NotImplementedError()


@wrong(ID, "wrong-signature")
def no_default(q_len, k_len):
    return np.tri(q_len, k_len, k_len - q_len, dtype=bool)


@wrong(ID, "exits")
def leaves(q_len, k_len=None):
    sys.exit()
