from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import sample_next, softmax
from selfattn_ref.sampling import inverse_cdf, truncated

seeds = st.integers(0, 2**32 - 1)


class Fixed(np.random.Generator):
    """A generator whose draws are known beforehand."""

    def __init__(self, *draws):
        super().__init__(np.random.PCG64(0))
        self.draws = list(draws)

    def random(self):
        return self.draws.pop(0)


LOGITS = np.log(np.array([1.0, 4.0, 2.0, 8.0, 1.0]) / 16)


@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p", "expected"),
    [
        (1.0, 5, 1.0, [1, 4, 2, 8, 1]),
        (0.5, 5, 1.0, [1, 16, 4, 64, 1]),
        (1.0, 3, 1.0, [0, 4, 2, 8, 0]),
        (1.0, 4, 1.0, [1, 4, 2, 8, 0]),  # of the two equal ones the smaller id
        (1.0, 99, 1.0, [1, 4, 2, 8, 1]),
        (1.0, 5, 0.4, [0, 0, 0, 8, 0]),
        (1.0, 5, 0.6, [0, 4, 0, 8, 0]),
        (1.0, 5, 0.8, [0, 4, 2, 8, 0]),
        (1.0, 5, 0.9, [1, 4, 2, 8, 0]),
        (1.0, 2, 0.6, [0, 0, 0, 8, 0]),  # of what top_k left, 2/3 is enough; of all it would be 1/2
        (0.5, 5, 0.7, [0, 0, 0, 64, 0]),  # after the temperature 64/86
        (1.0, 1, 0.01, [0, 0, 0, 8, 0]),
    ],
)
def test_sample_next_keeps_what_its_rule_says(temperature, top_k, top_p, expected):
    p = truncated(LOGITS, temperature, top_k, top_p)
    np.testing.assert_allclose(p, np.array(expected) / sum(expected), rtol=1e-13)


def test_sample_next_smallest_set_reaches_top_p_exactly():
    assert np.count_nonzero(truncated(np.zeros(4), 1.0, 4, 0.5)) == 2
    assert np.count_nonzero(truncated(np.zeros(4), 1.0, 4, 0.5 + 1e-12)) == 3


@pytest.mark.parametrize(("draw", "expected"), [(0.0, 1), (0.24, 1), (0.25, 2), (0.49, 2), (0.5, 4), (1 - 2**-53, 4)])
def test_sample_next_one_draw_in_the_order_of_the_ids(draw, expected):
    logits = np.array([-np.inf, 0.0, 0.0, -np.inf, np.log(2.0), -np.inf])
    assert sample_next(logits, 1.0, 6, 1.0, Fixed(draw)) == expected


@given(seeds, st.floats(0.2, 3.0), st.integers(1, 12), st.floats(0.05, 1.0))
def test_sample_next_draws_as_numpy_does(seed, temperature, top_k, top_p):
    logits = np.random.default_rng(seed).normal(size=9)
    mine, theirs = np.random.default_rng(seed), np.random.default_rng(seed)
    p = truncated(logits, temperature, top_k, top_p)
    for _ in range(5):
        assert sample_next(logits, temperature, top_k, top_p, mine) == theirs.choice(9, p=p)
    assert mine.random() == theirs.random()  # exactly one draw each time


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 9), st.integers(1, 100))
def test_sample_next_smallest_set_in_exact_fractions(counts, top_k, percent):
    off_every_sum = Fraction(1, 10**9)  # which rounding could move across top_p
    top_p = min(Fraction(percent, 100) + off_every_sum, Fraction(1))
    order = sorted(range(len(counts)), key=lambda token: (-counts[token], token))[:top_k]
    total, mass, kept = sum(counts[token] for token in order), Fraction(0), set()
    for token in order:
        if mass < top_p:
            kept.add(token)
            mass += Fraction(counts[token], total)
    p = truncated(np.log(np.array(counts, float)), 1.0, top_k, float(top_p))
    assert set(np.flatnonzero(p).tolist()) == kept
    np.testing.assert_allclose(p.sum(), 1.0, rtol=1e-14)


def test_sample_next_frequencies_are_those_of_the_softmax():
    logits, rng = np.array([0.0, 1.0, -1.0, 2.0]), np.random.default_rng(8)
    drawn = [sample_next(logits, 0.7, 4, 1.0, rng) for _ in range(4000)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, softmax(logits / 0.7), atol=0.02)
    assert type(drawn[0]) is int


@pytest.mark.parametrize("temperature", [1e-300, 1e-3])
def test_sample_next_cold_takes_the_likeliest_of_large_logits(temperature, rng):
    logits = np.array([1e4, 2e4, -np.inf, 1.9e4], np.float32)
    assert {sample_next(logits, temperature, 4, 1.0, rng) for _ in range(20)} == {1}


def test_sample_next_top_one_takes_the_smallest_of_the_likeliest(rng):
    assert {sample_next(np.array([0.0, 3.0, 3.0]), 1.0, 1, 1.0, rng) for _ in range(20)} == {1}


def test_inverse_cdf_never_gives_an_index_of_probability_zero():
    p = 0.9 * np.array([0.0, 0.1, 0.0, 0.2, 0.3, 0.1, 0.3, 0.0])  # shares of their sum, whatever it is
    assert inverse_cdf(p, 0.0) == 1
    assert inverse_cdf(p, 1 - 2**-53) == 6
