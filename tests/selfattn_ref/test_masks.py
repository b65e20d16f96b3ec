import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import causal_mask, convert_mask, padding_mask, scaled_dot_product_attention, sliding_window_mask

lengths = st.integers(1, 9).flatmap(lambda k_len: st.tuples(st.integers(1, k_len), st.just(k_len)))


def rows(text: str) -> np.ndarray:
    """Read a mask written as "110 111"."""
    return np.array([[mark == "1" for mark in row] for row in text.split()])


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (causal_mask(3), "100 110 111"),
        (causal_mask(2, 5), "11110 11111"),
        (causal_mask(1, 4), "1111"),
        (causal_mask(2, 5, offset=0), "10000 11000"),
        (causal_mask(4, 2, offset=0), "10 11 11 11"),
        (causal_mask(4, 2, offset=-2), "00 00 10 11"),
        (causal_mask(2, 3, offset=9), "111 111"),
        (sliding_window_mask(4, 4, 2), "1000 1100 0110 0011"),
        (sliding_window_mask(2, 5, 3), "01110 00111"),
        (sliding_window_mask(2, 3, 1), "010 001"),
        (padding_mask(np.array([0, 2, 3]), 3)[:, 0], "000 110 111"),
    ],
)
def test_mask_drawn_by_hand(mask, expected):
    assert mask.dtype == np.bool_
    np.testing.assert_array_equal(mask, rows(expected), strict=True)


@given(lengths)
def test_causal_mask_row_i_sees_the_keys_of_its_past_and_itself(sizes):
    q_len, k_len = sizes
    np.testing.assert_array_equal(causal_mask(q_len, k_len).sum(axis=1), np.arange(k_len - q_len + 1, k_len + 1))


@given(lengths)
def test_causal_mask_last_rows_are_those_of_the_square_mask(sizes):
    q_len, k_len = sizes
    np.testing.assert_array_equal(causal_mask(q_len, k_len), causal_mask(k_len)[-q_len:])


@given(lengths)
def test_causal_mask_offset_zero_equals_torch_is_causal(sizes):
    q_len, k_len = sizes
    values = torch.eye(k_len)[None]  # the output is the weights
    zeros = torch.zeros(1, q_len, 2), torch.zeros(1, k_len, 2)
    weights = torch.nn.functional.scaled_dot_product_attention(*zeros, values, is_causal=True)[0]
    np.testing.assert_array_equal(causal_mask(q_len, k_len, offset=0), weights.numpy() > 0)


@given(lengths, st.integers(1, 12))
def test_sliding_window_mask_is_causal_and_counts_window_keys(sizes, window):
    q_len, k_len = sizes
    mask = sliding_window_mask(q_len, k_len, window)
    visible = causal_mask(q_len, k_len)
    assert not (mask & ~visible).any()
    np.testing.assert_array_equal(mask.sum(axis=1), np.minimum(visible.sum(axis=1), window))
    assert mask[-1, -1]


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8])
def test_padding_mask_any_integers_count_the_lengths(dtype):
    mask = padding_mask(np.array([5, 0, 7], dtype), 7)
    assert mask.shape == (3, 1, 7)
    np.testing.assert_array_equal(mask.sum(axis=-1)[:, 0], [5, 0, 7])


def test_padding_mask_combined_with_causal_hides_both():
    combined = padding_mask(np.array([2, 3]), 3) & causal_mask(3)
    np.testing.assert_array_equal(combined[0], rows("100 110 110"))
    np.testing.assert_array_equal(combined[1], rows("100 110 111"))


@given(hnp.arrays(np.bool_, (2, 3, 5)))
def test_convert_mask_every_round_trip_leads_back(mask):
    np.testing.assert_array_equal(convert_mask(convert_mask(mask, "additive"), "attend"), mask, strict=True)
    np.testing.assert_array_equal(convert_mask(convert_mask(mask, "hidden"), "hidden"), mask, strict=True)
    np.testing.assert_array_equal(convert_mask(convert_mask(mask, "additive"), "hidden"), ~mask, strict=True)


def test_convert_mask_additive_is_zero_and_minus_infinity():
    additive = convert_mask(np.array([[True, False]]), "additive")
    np.testing.assert_array_equal(additive, np.array([[0.0, -np.inf]]), strict=True)


@pytest.mark.parametrize("mask", [np.array([True, False]), np.array([0.0, -np.inf], np.float32)])
@pytest.mark.parametrize("to", ["attend", "hidden", "additive"])
def test_convert_mask_result_is_a_new_array(mask, to):
    assert not np.shares_memory(convert_mask(mask, to), mask)


def test_convert_mask_each_convention_gives_the_same_attention_in_torch(rng):
    mask = causal_mask(5, 7)
    q, k, v = (rng.normal(size=size) for size in ((2, 5, 4), (2, 7, 4), (2, 7, 4)))
    expected, _ = scaled_dot_product_attention(q, k, v, mask)
    tensors = [torch.tensor(array) for array in (q, k, v)]
    functional = torch.nn.functional.scaled_dot_product_attention
    for to in ("attend", "additive"):
        output = functional(*tensors, attn_mask=torch.tensor(convert_mask(mask, to)))
        np.testing.assert_allclose(output.numpy(), expected, atol=1e-12)

    module = torch.nn.MultiheadAttention(4, 1, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.eye(4, dtype=torch.float64).repeat(3, 1))
        module.out_proj.weight.copy_(torch.eye(4))
        for to in ("hidden", "additive"):
            output, _ = module(*tensors, attn_mask=torch.tensor(convert_mask(mask, to)))
            np.testing.assert_allclose(output.numpy(), expected, atol=1e-12)
