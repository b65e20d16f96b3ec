import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import position_shift_matrix, sinusoidal_positions


def test_sinusoidal_positions_hand_computed():
    expected = [  # d_model 4, base 100: frequencies 1 and 1/10
        [0.0, 1.0, 0.0, 1.0],
        [0.8414709848, 0.5403023059, 0.0998334166, 0.9950041653],
        [0.9092974268, -0.4161468365, 0.1986693308, 0.9800665778],
    ]
    np.testing.assert_allclose(sinusoidal_positions(3, 4, 100), expected, atol=1e-10)


@pytest.mark.parametrize(("num_positions", "d_model", "base"), [(7, 2, 10000.0), (5, 6, 10000.0), (3, 8, 37.0)])
def test_sinusoidal_positions_equal_the_formula_of_the_paper(num_positions, d_model, base):
    table = sinusoidal_positions(num_positions, d_model, base)
    assert (table.shape, table.dtype) == ((num_positions, d_model), np.float64)
    for t, i in np.ndindex(num_positions, d_model // 2):
        angle = t / base ** (2 * i / d_model)
        np.testing.assert_allclose(table[t, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)], rtol=1e-12)


def test_sinusoidal_positions_default_base_is_ten_thousand():
    np.testing.assert_array_equal(sinusoidal_positions(5, 6), sinusoidal_positions(5, 6, 10000))


def test_sinusoidal_positions_dot_product_depends_on_the_distance_alone():
    table = sinusoidal_positions(20, 12)
    products = table @ table.T
    for distance in range(20):
        np.testing.assert_allclose(np.diagonal(products, distance), products[0, distance], rtol=1e-12, atol=1e-12)


def test_sinusoidal_positions_none_gives_an_empty_table():
    assert sinusoidal_positions(0, 4).shape == (0, 4)


@pytest.mark.parametrize("offset", [1, 3, -1, -4, 0])
@pytest.mark.parametrize(("d_model", "base"), [(2, 10000.0), (10, 10000.0), (6, 3.0)])
def test_position_shift_matrix_moves_every_position(offset, d_model, base):
    table = sinusoidal_positions(12, d_model, base)
    t = np.arange(4, 8)
    moved = table[t] @ position_shift_matrix(offset, d_model, base)
    np.testing.assert_allclose(moved, table[t + offset], atol=1e-14)


@pytest.mark.parametrize("offset", [100_000, -100_000])
def test_position_shift_matrix_large_offsets(offset):
    table = sinusoidal_positions(100_003, 4)
    first = np.arange(3)
    here, there = (first, first + offset) if offset > 0 else (first - offset, first)
    np.testing.assert_allclose(table[here] @ position_shift_matrix(offset, 4), table[there], atol=1e-10)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_position_shift_matrix_offsets_add_up_and_lengths_stay(first, second):
    one, other = position_shift_matrix(first, 6), position_shift_matrix(second, 6)
    np.testing.assert_allclose(one @ other, position_shift_matrix(first + second, 6), atol=1e-12)
    np.testing.assert_allclose(one @ position_shift_matrix(-first, 6), np.eye(6), atol=1e-12)
    np.testing.assert_allclose(one @ one.T, np.eye(6), atol=1e-12)
