import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import apply_rotary

vectors = hnp.arrays(np.float64, (2, 5, 6), elements=st.floats(-10, 10))
places = hnp.arrays(np.int64, (5,), elements=st.integers(-1000, 1000))


def test_apply_rotary_hand_computed():
    x = np.array([[1.0, 0.0, 0.0, 2.0]])
    turned = apply_rotary(x, np.array([3]), base=100.0)  # angles 3 and 3/10
    np.testing.assert_allclose(turned, [[np.cos(3), np.sin(3), -2 * np.sin(0.3), 2 * np.cos(0.3)]], rtol=1e-15)
    halves = apply_rotary(x, np.array([3]), base=100.0, interleaved=False)  # pairs (1, 0) and (0, 2)
    np.testing.assert_allclose(halves, [[np.cos(3), -2 * np.sin(0.3), np.sin(3), 2 * np.cos(0.3)]], rtol=1e-15)


@given(vectors, places)
def test_apply_rotary_equals_multiplying_complex_numbers(x, positions):
    angles = positions[:, None] / 10000.0 ** (np.arange(0, 6, 2) / 6)
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
    expected = np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)
    np.testing.assert_allclose(apply_rotary(x, positions), expected, atol=1e-12)


@given(vectors, vectors, places, st.integers(-1000, 1000), st.booleans())
def test_apply_rotary_scores_depend_on_the_distance_alone(q, k, positions, shift, interleaved):
    def scores(moved):
        turned = [apply_rotary(x, positions + moved, interleaved=interleaved) for x in (q, k)]
        return turned[0] @ turned[1].swapaxes(-1, -2)

    np.testing.assert_allclose(scores(shift), scores(0), atol=1e-9)


@given(vectors, places, st.booleans())
def test_apply_rotary_keeps_lengths_and_turning_back_leads_back(x, positions, interleaved):
    turned = apply_rotary(x, positions, interleaved=interleaved)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), atol=1e-12)
    np.testing.assert_allclose(apply_rotary(turned, -positions, interleaved=interleaved), x, atol=1e-12)


def test_apply_rotary_without_positions_counts_from_zero(rng):
    x = rng.normal(size=(2, 3, 5, 4))
    np.testing.assert_array_equal(apply_rotary(x), apply_rotary(x, np.arange(5)))
    np.testing.assert_array_equal(apply_rotary(x)[..., 0, :], x[..., 0, :])


def test_apply_rotary_halves_are_interleaved_features_in_another_order(rng):
    x = rng.normal(size=(3, 5, 6))
    order = [0, 2, 4, 1, 3, 5]
    np.testing.assert_allclose(apply_rotary(x[..., order], interleaved=False), apply_rotary(x)[..., order], rtol=1e-15)


@pytest.mark.parametrize("shape", [(5, 2), (2, 1, 5, 2), (1, 2), (2, 3, 5, 2)])
def test_apply_rotary_tables_broadcast_over_the_leading_axes(rng, shape):
    x, angles = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=shape)
    turned = apply_rotary(x, cos=np.cos(angles), sin=np.sin(angles))
    full = np.broadcast_to(angles, (2, 3, 5, 2))
    expected = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * full)
    np.testing.assert_allclose(turned[..., 0::2], expected.real, rtol=1e-12)
    np.testing.assert_allclose(turned[..., 1::2], expected.imag, rtol=1e-12)


def test_apply_rotary_float32_far_out_is_as_exact_as_the_dtype(rng):
    x = rng.normal(size=(1, 64))
    far = np.array([1_000_003])
    near = apply_rotary(x.astype(np.float32), far)
    np.testing.assert_allclose(near, apply_rotary(x, far), atol=1e-6)  # angles in float32 would be off by 0.03
