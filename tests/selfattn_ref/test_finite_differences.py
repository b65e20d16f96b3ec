import numpy as np
import pytest

from selfattn_ref import numerical_gradient


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0)])
def test_numerical_gradient_any_shape(rng, shape):
    x = np.asarray(rng.normal(size=shape))
    gradient = numerical_gradient(lambda y: np.sin(y).sum(), x)
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-9, strict=True)


def test_numerical_gradient_quadratics_are_exact_central_differences():
    gradient = numerical_gradient(lambda y: y[0] * y[1] + y[1] ** 2, np.array([2.0, 3.0]), eps=0.25)
    np.testing.assert_array_equal(gradient, [3.0, 8.0])  # one-sided differences would give 8.25


def test_numerical_gradient_uses_the_step_it_is_given():
    gradient = numerical_gradient(lambda y: y[0] ** 3, np.array([1.0]), eps=0.5)
    np.testing.assert_array_equal(gradient, [3.25])  # 3 + eps²


def test_numerical_gradient_works_on_copies():
    x = np.array([1.0, 2.0])

    def greedy(y):
        y *= 3
        return y.sum()

    np.testing.assert_allclose(numerical_gradient(greedy, x), [3.0, 3.0], rtol=1e-9)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize("wrap", [float, np.float64, np.asarray, lambda value: int(value * 8)])
def test_numerical_gradient_any_single_number_is_welcome(wrap):
    gradient = numerical_gradient(lambda y: wrap(2 * y.sum()), np.ones(3), eps=0.5)
    np.testing.assert_allclose(gradient, wrap(2.0), rtol=1e-12)


@pytest.mark.parametrize(("result", "kind"), [(None, "None"), ("1", "str"), (1j, "complex"), (True, "bool")])
def test_numerical_gradient_function_that_returns_no_number_is_a_type_error(result, kind):
    with pytest.raises(TypeError, match=f"f must return a number, got {kind}"):
        numerical_gradient(lambda y: result, np.ones(3))
