import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import alerts, rolling_negative_share

quarters = st.lists(st.integers(0, 40).map(lambda n: n / 4), max_size=12).map(sorted)


def test_rolling_negative_share_hand_computed():
    times, labels = np.array([0.0, 0.0, 1.5, 2.0, 9.0]), np.array([0, 1, 0, 2, 1])
    # at 2.0 the two pieces of time 0 are exactly one window old, and out
    np.testing.assert_array_equal(rolling_negative_share(times, labels, 2.0), [1.0, 0.5, 2 / 3, 0.5, 0.0])


@given(quarters, st.integers(0, 2**32 - 1), st.integers(1, 20).map(lambda n: n / 4))
def test_rolling_negative_share_equals_its_rule_piece_by_piece(times, seed, window):
    labels = np.random.default_rng(seed).integers(0, 3, size=len(times))
    shares = []
    for i, now in enumerate(times):
        recent = [labels[j] == 0 for j in range(i + 1) if times[j] > now - window]
        shares.append(sum(recent) / len(recent))
    np.testing.assert_allclose(rolling_negative_share(np.array(times, float), labels, window), shares, rtol=1e-14)


@given(quarters.filter(len), st.integers(0, 2**32 - 1))
def test_rolling_negative_share_knows_nothing_of_the_future(times, seed):
    rng = np.random.default_rng(seed)
    labels, cut = rng.integers(0, 3, size=len(times)), int(rng.integers(1, len(times) + 1))
    shares = rolling_negative_share(np.array(times), labels, 2.5)
    np.testing.assert_array_equal(rolling_negative_share(np.array(times[:cut]), labels[:cut], 2.5), shares[:cut])


def test_rolling_negative_share_times_too_large_for_the_window_still_see_themselves():
    times = np.array([1e18, 1e18, 1e18 + 1024])
    np.testing.assert_array_equal(rolling_negative_share(times, np.array([0, 1, 0]), 1e-3), [1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("cooldown", "expected"), [(0, [1, 2, 3, 4, 6]), (1, [1, 3, 6]), (2, [1, 4]), (3, [1, 6]), (100, [1])]
)
def test_alerts_are_quiet_for_the_cooldown_and_then_repeat(cooldown, expected):
    series = np.array([0.0, 1.0, 1.5, 1.0, 2.0, 0.9, 1.0])
    raised = alerts(series, 0.0, 1.0, cooldown)
    assert raised.tolist() == expected
    assert np.issubdtype(raised.dtype, np.integer)


@given(st.integers(0, 2**32 - 1), st.integers(0, 5), st.floats(-1, 1))
def test_alerts_equal_a_machine_that_counts_down(seed, cooldown, threshold):
    series, baseline = np.random.default_rng(seed).normal(size=(2, 15))
    expected, quiet = [], 0
    for step in range(15):
        if quiet:
            quiet -= 1
        elif series[step] - baseline[step] >= threshold:
            expected.append(step)
            quiet = cooldown
    assert alerts(series, baseline, threshold, cooldown).tolist() == expected


def test_alerts_one_sided_and_silent_about_nan():
    series = np.array([-5.0, np.nan, 0.5, -np.inf, np.inf])
    assert alerts(series, 0.0, 0.5, 0).tolist() == [2, 4]
    assert alerts(series, np.full(5, np.nan), 0.5, 0).tolist() == []
    assert alerts(np.zeros(0), 0, 0.5, 0).tolist() == []


@pytest.mark.parametrize("baseline", [1, 1.0, np.float32(1), np.full(3, 1.0)])
def test_alerts_baseline_may_be_a_number_or_one_for_each_step(baseline):
    assert alerts(np.array([1.0, 1.5, 1.25]), baseline, 0.5, 0).tolist() == [1]
