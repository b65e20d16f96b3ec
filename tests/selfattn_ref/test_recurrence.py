import numpy as np
import pytest
import torch

from selfattn_ref import gradient_reach, rnn_states

N, D_IN, D_H = 7, 3, 5


@pytest.fixture
def network(rng):
    x, w_x = rng.normal(size=(N, D_IN)), rng.normal(size=(D_IN, D_H))
    return x, w_x, 0.6 * rng.normal(size=(D_H, D_H)), rng.normal(size=D_H)


def test_rnn_states_hand_computed():
    swap = np.array([[0.0, 1.0], [0.0, 0.0]])  # the second feature hears the first of the state before
    states = rnn_states(np.array([[1.0], [2.0]]), np.array([[1.0, 0.0]]), swap, np.array([0.0, 0.5]))
    expected = [[np.tanh(1.0), np.tanh(0.5)], [np.tanh(2.0), np.tanh(np.tanh(1.0) + 0.5)]]
    np.testing.assert_allclose(states, expected, rtol=1e-15)


def test_rnn_states_equal_torch(network):
    x, w_x, w_h, b = network
    module = torch.nn.RNN(D_IN, D_H, dtype=torch.float64)
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.tensor(w_x.T))
        module.weight_hh_l0.copy_(torch.tensor(w_h.T))
        module.bias_ih_l0.copy_(torch.tensor(b))
        module.bias_hh_l0.zero_()
        expected, _ = module(torch.tensor(x))
    np.testing.assert_allclose(rnn_states(x, w_x, w_h, b), expected.numpy(), atol=1e-14)


def test_rnn_states_state_depends_on_the_past_only(network):
    x, *weights = network
    expected = rnn_states(x, *weights)[:4]
    x[4:] = 100.0
    np.testing.assert_array_equal(rnn_states(x, *weights)[:4], expected)


def test_rnn_states_no_tokens_gives_no_states(network):
    x, *weights = network
    assert rnn_states(x[:0], *weights).shape == (0, D_H)


def test_gradient_reach_equals_autograd(network):
    _, w_x, w_h, b = network
    states = rnn_states(*network)
    inputs = torch.tensor(network[0] @ w_x + b)

    def last_state(state, t):
        for later in inputs[t + 1 :]:
            state = torch.tanh(later + state @ torch.tensor(w_h))
        return state

    expected = [
        torch.linalg.matrix_norm(
            torch.autograd.functional.jacobian(lambda state, t=t: last_state(state, t), torch.tensor(states[t])), 2
        ).item()
        for t in range(N)
    ]
    np.testing.assert_allclose(gradient_reach(states, w_h), expected, rtol=1e-12)
    assert expected[-1] == 1.0
    assert len({round(norm, 6) for norm in expected}) == N


def test_gradient_reach_one_feature_is_a_product_of_slopes():
    states = np.array([[0.9], [0.5], [-0.6]])
    np.testing.assert_allclose(gradient_reach(states, np.array([[-2.0]])), [1.5 * 1.28, 1.28, 1.0], rtol=1e-14)


@pytest.mark.parametrize(("growth", "first"), [(0.5, 0.0), (2.0, np.inf)])
def test_gradient_reach_over_thousands_of_steps_vanishes_or_explodes_without_warning(growth, first):
    reach = gradient_reach(np.zeros((3000, 2)), growth * np.eye(2))
    assert reach[0] == first
    np.testing.assert_array_equal(reach[-3:], [growth**2, growth, 1.0])


def test_gradient_reach_no_states_gives_an_empty_answer():
    assert gradient_reach(np.zeros((0, 4)), np.eye(4)).shape == (0,)
