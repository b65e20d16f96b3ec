import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import masked_softmax, softmax

finite_scores = hnp.arrays(np.float64, (3, 5), elements=st.floats(-1e300, 1e300))
moderate_scores = hnp.arrays(np.float64, (3, 5), elements=st.floats(-30, 30))
masks = hnp.arrays(np.bool_, (3, 5))


def test_softmax_powers_of_two_gives_sevenths():
    np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 4.0])), [1 / 7, 2 / 7, 4 / 7], rtol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_softmax_each_axis_equals_torch(rng, axis):
    x = rng.normal(size=(2, 3, 5))
    np.testing.assert_allclose(softmax(x, axis), torch.softmax(torch.tensor(x), axis).numpy(), rtol=1e-13)


@given(finite_scores)
def test_softmax_any_finite_scores_sum_to_one(scores):
    weights = softmax(scores)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-12)
    assert (weights >= 0).all()


@given(moderate_scores, st.floats(-100, 100))
def test_softmax_constant_added_changes_nothing(scores, constant):
    np.testing.assert_allclose(softmax(scores + constant), softmax(scores), rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_largest_numbers_of_the_dtype_do_not_overflow(dtype):
    top = np.finfo(dtype).max
    np.testing.assert_array_equal(softmax(np.array([top, top, 0.0], dtype)), np.array([0.5, 0.5, 0.0], dtype))


def test_softmax_minus_infinity_gives_exactly_zero():
    np.testing.assert_array_equal(softmax(np.array([-np.inf, 3.0, 3.0])), [0.0, 0.5, 0.5])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_softmax_nan_or_infinity_spoils_its_own_slice_only(bad):
    weights = softmax(np.array([[bad, 0.0], [0.0, 0.0]]))
    assert np.isnan(weights[0]).any()
    np.testing.assert_array_equal(weights[1], [0.5, 0.5])


def test_masked_softmax_hand_computed():
    scores = np.log(np.array([[1.0, 3.0, 100.0], [5.0, 7.0, 11.0]]))
    mask = np.array([[True, True, False], [False, True, False]])
    np.testing.assert_allclose(masked_softmax(scores, mask), [[0.25, 0.75, 0.0], [0.0, 1.0, 0.0]], rtol=1e-15)


def test_masked_softmax_without_mask_equals_softmax(rng):
    scores = rng.normal(size=(2, 3, 5))
    np.testing.assert_array_equal(masked_softmax(scores), softmax(scores))


@given(finite_scores, masks)
def test_masked_softmax_rows_sum_to_one_or_zero(scores, mask):
    weights = masked_softmax(scores, mask)
    np.testing.assert_allclose(weights.sum(axis=-1), mask.any(axis=-1).astype(float), rtol=1e-12)
    np.testing.assert_array_equal(weights[~mask], 0.0)


@given(moderate_scores, masks, st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308]))
def test_masked_softmax_hidden_scores_do_not_matter(scores, mask, junk):
    np.testing.assert_array_equal(masked_softmax(np.where(mask, scores, junk), mask), masked_softmax(scores, mask))


def test_masked_softmax_one_visible_key_far_below_the_hidden_gets_all_weight():
    scores = np.array([[-1e30, 1e30]], np.float32)
    np.testing.assert_array_equal(masked_softmax(scores, np.array([[True, False]])), [[1.0, 0.0]])


def test_masked_softmax_minus_infinity_everywhere_gives_zeros():
    np.testing.assert_array_equal(masked_softmax(np.full((2, 3), -np.inf)), np.zeros((2, 3)))


def test_masked_softmax_visible_nan_leaves_hidden_weights_zero():
    weights = masked_softmax(np.array([[np.nan, 1.0, 2.0]]), np.array([[True, True, False]]))
    assert np.isnan(weights[0, :2]).all()
    assert weights[0, 2] == 0.0


@pytest.mark.parametrize("shape", [(), (5,), (3, 1), (3, 5), (1, 3, 5), (2, 1, 5), (1, 1, 1)])
def test_masked_softmax_mask_broadcasts(rng, shape):
    scores, mask = rng.normal(size=(2, 3, 5)), rng.random(shape) < 0.5
    full = np.broadcast_to(mask, scores.shape).copy()
    np.testing.assert_array_equal(masked_softmax(scores, np.asarray(mask)), masked_softmax(scores, full))


def test_masked_softmax_no_keys_gives_no_weights():
    assert masked_softmax(np.zeros((3, 0)), np.zeros((3, 0), bool)).shape == (3, 0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_difference_larger_than_the_dtype_gives_no_warning(dtype):
    top = np.finfo(dtype).max
    np.testing.assert_array_equal(softmax(np.array([top, -top], dtype)), np.array([1.0, 0.0], dtype), strict=True)
