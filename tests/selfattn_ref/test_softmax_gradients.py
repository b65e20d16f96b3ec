import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import masked_softmax, numerical_gradient, softmax, softmax_backward, softmax_jacobian

scores_of_any_rows = hnp.arrays(np.float64, (3, 5), elements=st.floats(-30, 30))
gradients = hnp.arrays(np.float64, (3, 5), elements=st.floats(-10, 10))


def test_softmax_jacobian_hand_computed():
    expected = np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]]) / 4
    np.testing.assert_array_equal(softmax_jacobian(np.array([0.5, 0.5, 0.0])), expected)


def test_softmax_jacobian_equals_autograd_and_differences(rng):
    x = rng.normal(size=5)
    jacobian = softmax_jacobian(softmax(x))
    expected = torch.autograd.functional.jacobian(lambda t: torch.softmax(t, 0), torch.tensor(x))
    np.testing.assert_allclose(jacobian, expected.numpy(), atol=1e-15)
    for i, row in enumerate(jacobian):
        np.testing.assert_allclose(numerical_gradient(lambda t, i=i: softmax(t)[i], x), row, atol=1e-10)


def test_softmax_backward_hand_computed():
    result = softmax_backward(np.array([[4.0, 0.0, 8.0]]), np.array([[0.5, 0.25, 0.25]]))
    np.testing.assert_array_equal(result, [[0.0, -1.0, 1.0]])  # p · (grad − 4)


@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 4, 5), (3, 0)])
def test_softmax_backward_equals_autograd(rng, shape):
    x, grad_p = rng.normal(size=shape), rng.normal(size=shape)
    tensor = torch.tensor(x, requires_grad=True)
    torch.softmax(tensor, -1).backward(torch.tensor(grad_p))
    p = masked_softmax(x)
    np.testing.assert_allclose(softmax_backward(grad_p, p), tensor.grad.numpy(), atol=1e-14)


@given(gradients, scores_of_any_rows)
def test_softmax_backward_is_the_product_with_the_jacobian_and_sums_to_zero(grad_p, scores):
    p = softmax(scores)
    result = softmax_backward(grad_p, p)
    for row, gradient, shares in zip(result, grad_p, p, strict=True):
        np.testing.assert_allclose(row, gradient @ softmax_jacobian(shares), atol=1e-13)
    np.testing.assert_allclose(result.sum(axis=-1), 0.0, atol=1e-13)


@pytest.mark.parametrize("upstream", [1.0, np.nan, np.inf])
def test_softmax_backward_weight_zero_has_gradient_zero_whatever_comes_from_above(upstream):
    p = np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    result = softmax_backward(np.array([[upstream] * 3, [upstream, 1.0, 3.0]]), p)
    np.testing.assert_array_equal(result, [[0.0, 0.0, 0.0], [0.0, -0.5, 0.5]])
