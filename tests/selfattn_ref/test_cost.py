import numpy as np
import pytest

from selfattn_ref import attention_cost


def test_attention_cost_counted_by_hand():
    expected = {"parameters": 4 * 49, "multiply_adds": 4 * 3 * 49 + 2 * 9 * 7, "weight_elements": 9}
    assert attention_cost(3, 7, 1) == expected


@pytest.mark.parametrize("num_heads", [1, 2, 3, 12])
def test_attention_cost_parameters_and_work_do_not_depend_on_heads(num_heads):
    cost, one = attention_cost(5, 12, num_heads), attention_cost(5, 12, 1)
    assert cost["parameters"] == one["parameters"]
    assert cost["multiply_adds"] == one["multiply_adds"]
    assert cost["weight_elements"] == num_heads * one["weight_elements"]


def test_attention_cost_numpy_integers_do_not_overflow():
    cost = attention_cost(np.int32(10**6), np.int32(2**14), np.int32(16))
    assert cost["multiply_adds"] == 4 * 10**6 * 2**28 + 2 * 10**12 * 2**14
    assert {type(value) for value in cost.values()} == {int}
