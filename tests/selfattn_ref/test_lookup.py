import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import soft_lookup

numbers = st.floats(-10, 10)


@pytest.fixture
def dictionary(rng):
    return rng.normal(size=3), rng.normal(size=(5, 3)), rng.normal(size=(5, 7))


def test_soft_lookup_hand_computed():
    query, keys = np.array([2.0, 0.0]), np.array([[0.0, 9.0], [np.log(3.0), 9.0]])
    values = np.array([[10.0, 0.0, 4.0], [20.0, 10.0, 4.0]])
    np.testing.assert_allclose(soft_lookup(query, keys, values, 2.0), [17.5, 7.5, 4.0], rtol=1e-15)  # 1 : 3
    np.testing.assert_allclose(soft_lookup(query, keys, values), [19.0, 9.0, 4.0], rtol=1e-15)  # 1 : 9


def test_soft_lookup_equals_the_definition(dictionary):
    query, keys, values = dictionary
    shares = np.exp(keys @ query / 0.7)
    np.testing.assert_allclose(soft_lookup(*dictionary, 0.7), shares @ values / shares.sum(), rtol=1e-12)


@pytest.mark.parametrize("temperature", [1e-6, 1e-300, 5e-324])
def test_soft_lookup_cold_returns_the_value_of_the_best_key(dictionary, temperature):
    query, keys, values = dictionary
    np.testing.assert_array_equal(soft_lookup(*dictionary, temperature), values[np.argmax(keys @ query)])


def test_soft_lookup_hot_returns_the_mean(dictionary):
    np.testing.assert_allclose(soft_lookup(*dictionary, 1e12), dictionary[2].mean(axis=0), rtol=1e-9)


def test_soft_lookup_large_scores_do_not_overflow():
    keys, values = np.array([[1e5], [0.0]], np.float32), np.array([[1.0], [2.0]], np.float32)
    np.testing.assert_array_equal(soft_lookup(np.ones(1, np.float32), keys, values), [1.0])


@given(hnp.arrays(np.float64, 3, elements=numbers), hnp.arrays(np.float64, (5, 3), elements=numbers), st.floats(0.1, 9))
def test_soft_lookup_answer_lies_between_the_values(query, keys, temperature):
    values = np.arange(5.0)[:, None]
    assert 0 <= soft_lookup(query, keys, values, temperature)[0] <= 4 + 1e-12
