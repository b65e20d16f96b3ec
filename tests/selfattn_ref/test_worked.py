import numpy as np
import pytest

from selfattn_ref import multi_head_attention, worked_example
from selfattn_ref.worked import WORKED_INPUT, WORKED_NUM_HEADS

SHAPES = dict.fromkeys(("q", "k", "v", "output"), (2, 3, 2)) | dict.fromkeys(("scores", "weights"), (2, 3, 3))


def test_worked_example_has_the_promised_shapes():
    assert {name: array.shape for name, array in worked_example().items()} == SHAPES


def test_worked_example_hand_computed_first_head():
    example = worked_example()
    np.testing.assert_array_equal(example["q"][0], [[0.5, -1.0], [-1.0, 1.0], [-0.5, 1.0]])
    np.testing.assert_array_equal(example["k"][0], [[-1.0, 1.5], [1.0, 0.0], [0.0, 0.5]])
    np.testing.assert_array_equal(example["v"][0], [[0.0, 2.0], [3.0, 1.0], [2.0, 2.0]])
    unscaled = np.array([[-2.0, 0.5, -0.5], [2.5, -1.0, 0.5], [2.0, -0.5, 0.5]])
    np.testing.assert_allclose(example["scores"][0], unscaled / np.sqrt(2), rtol=1e-15)
    exponentials = np.exp(-2 / 2**0.5), np.exp(0.5 / 2**0.5), np.exp(-0.5 / 2**0.5)
    shares = np.array(exponentials) / sum(exponentials)
    np.testing.assert_allclose(example["weights"][0, 0], shares, rtol=1e-14)
    np.testing.assert_allclose(example["output"][0, 0], [3 * shares[1] + 2 * shares[2], 1 + shares[0] + shares[2]])


def test_worked_example_equals_multi_head_attention():
    params = {name: WORKED_INPUT[name] for name in ("w_q", "w_k", "w_v")} | {"w_o": np.eye(4)}
    output, weights = multi_head_attention(WORKED_INPUT["x"], params, WORKED_NUM_HEADS)
    example = worked_example()
    np.testing.assert_allclose(example["weights"], weights, rtol=1e-14)
    np.testing.assert_allclose(np.concatenate(list(example["output"]), axis=-1), output, rtol=1e-14)


def test_worked_example_numbers_are_easy_to_show_and_tell_mistakes_apart():
    example = worked_example()
    for name in ("q", "k", "v"):
        np.testing.assert_array_equal(2 * example[name], np.round(2 * example[name]))
        assert (example[name] != 0).any(axis=-1).all()
        assert (example[name] != 0).any(axis=-2).all()
    unscaled = 2 * example["q"] @ example["k"].swapaxes(-1, -2)
    np.testing.assert_array_equal(unscaled, np.round(unscaled))
    assert len(np.unique(example["weights"].round(4))) == 18
    assert (example["weights"] > 0.05).all()


def test_worked_example_results_are_new_and_the_input_cannot_change():
    first = worked_example()
    first["q"][:] = 0.0
    assert worked_example()["q"].any()
    with pytest.raises(ValueError, match="read-only"):
        WORKED_INPUT["x"][0] = 5.0
