import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import entropy, softmax


def test_entropy_hand_computed_in_nats():
    p = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 1.0, 0.0]])
    np.testing.assert_allclose(entropy(p), np.log(2) * np.array([2.0, 1.5, 0.0]), rtol=1e-15)


def test_entropy_of_a_certain_outcome_is_not_minus_zero():
    assert not np.signbit(entropy(np.array([0.0, 1.0])))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_entropy_each_axis_equals_scipy_and_torch(rng, axis):
    p = softmax(rng.normal(size=(2, 3, 5)), axis)
    np.testing.assert_allclose(entropy(p, axis), scipy.stats.entropy(p, axis=axis), rtol=1e-12)
    last = np.moveaxis(p, axis, -1)
    expected = torch.distributions.Categorical(probs=torch.tensor(last)).entropy()
    np.testing.assert_allclose(entropy(p, axis), expected.numpy(), rtol=1e-12)


def test_entropy_smallest_share_of_the_dtype_gives_no_warning():
    tiny = np.finfo(np.float64).smallest_subnormal
    assert 0 < entropy(np.array([tiny, 1.0])) < 1e-300


def test_entropy_nan_spoils_its_own_slice_only():
    result = entropy(np.array([[np.nan, 1.0], [0.5, 0.5]]))
    assert np.isnan(result[0])
    assert result[1] == np.log(2)


@given(hnp.arrays(np.float64, (3, 5), elements=st.floats(-50, 50)), st.permutations(range(5)))
def test_entropy_lies_between_zero_and_log_n_in_any_order(scores, order):
    p = softmax(scores)
    result = entropy(p)
    assert (result >= 0).all()
    assert (result <= np.log(5) + 1e-12).all()
    np.testing.assert_allclose(entropy(p[:, order]), result, atol=1e-12)
