"""Watching a stream of news: the share of bad ones, and when to raise an alarm."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, IntArray, float_array, int_array, kind_of, number, require, size


def rolling_negative_share(times: FloatArray, labels: IntArray, window: float) -> FloatArray:
    """Say after each piece of news which share of the recent ones was negative.

    Entry i looks at the news up to and including i that are less than one window old: the j ≤ i with
    times[j] > times[i] − window. That is the rule of pandas (``rolling`` over a time offset, closed on the right);
    news of the same time count in the order in which they come.

    Args:
        times: (n,) when each piece came, ascending, in any unit (hours, say).
        labels: (n,) 0 negative, 1 neutral, 2 positive, as in the Financial PhraseBank of Malo et al. (2014).
        window: how far back to look, positive, in the unit of times.

    Returns:
        (n,) shares from 0 to 1 in the dtype of times. No entry depends on later news.

    Raises:
        TypeError: times is not a NumPy array of floats, labels not one of integers, or window not a number.
        ValueError: sizes disagree (the message gives the shapes), times that are not finite or go back, another label,
            or a window that is not positive.

    >>> rolling_negative_share(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 2, 1, 0]), window=2.0).tolist()
    [1.0, 0.5, 0.0, 0.5]
    """
    times = float_array("times", times, "(n,)")
    labels = int_array("labels", labels, "(n,)")
    require(len(labels) == len(times), "labels", "have one entry for each of times", f"{times.shape}, {labels.shape}")
    require(bool(np.isfinite(times).all()), "times", "be finite", times[~np.isfinite(times)][:1])
    backwards = np.flatnonzero(times[1:] < times[:-1]) + 1
    require(backwards.size == 0, "times", "ascend", f"an earlier time at index {backwards[:1]}")
    other = labels[(labels < 0) | (labels > 2)]
    require(other.size == 0, "labels", "be 0 (negative), 1 (neutral) or 2 (positive)", other[:1])
    window = number("window", window)
    require(window > 0, "window", "be positive", window)

    exact = times.astype(np.float64)
    here = np.arange(len(times))
    # where the window is too small to change a large time, it still holds the piece itself
    first = np.minimum(np.searchsorted(exact, exact - window, side="right"), here)
    negative = np.concatenate([[0], np.cumsum(labels == 0)])  # [i]: how many among the first i
    shares = (negative[here + 1] - negative[first]) / (here + 1 - first)
    return shares.astype(times.dtype)


def alerts(series: FloatArray, baseline: FloatArray | float, threshold: float, cooldown: int) -> IntArray:
    """Raise an alarm where a series is far above its baseline, and then keep quiet for a while.

    Step t raises an alarm if series[t] − baseline ≥ threshold and no alarm was raised in the cooldown steps before t.
    While the excess lasts, the alarm is repeated every cooldown + 1 steps; an excess during the quiet time does not
    make that longer. The one-sided form of the control chart of Shewhart (1931).

    Args:
        series: (n,) values, at equal steps. A NaN raises no alarm.
        baseline: what is usual: a number, or (n,) floats, one for each step. It must not look ahead, or the alarms do.
        threshold: the smallest excess that raises an alarm.
        cooldown: how many steps after an alarm are quiet, at least 0.

    Returns:
        The steps with an alarm, ascending, as integers.

    Raises:
        TypeError: series is not a NumPy array of floats, baseline neither that nor a number, threshold not a number,
            or cooldown not an integer.
        ValueError: sizes disagree (the message gives the shapes), a number that is not finite, or cooldown < 0.

    >>> alerts(np.array([0.2, 0.8, 0.9, 0.3, 0.8]), baseline=0.2, threshold=0.5, cooldown=1).tolist()
    [1, 4]
    """
    series = float_array("series", series, "(n,)")
    usual: FloatArray | float
    if isinstance(baseline, np.ndarray):
        usual = float_array("baseline", baseline, "(n,)")
        shapes = f"series {series.shape}, baseline {usual.shape}"
        require(len(usual) == len(series), "baseline", "have one entry for each of series", shapes)
    else:
        is_number = isinstance(baseline, float | int | np.number) and not isinstance(baseline, bool)
        require(is_number, "baseline", "be a number or a NumPy array of floats", kind_of(baseline), TypeError)
        usual = number("baseline", baseline)
    threshold, cooldown = number("threshold", threshold), size("cooldown", cooldown, at_least=0)

    raised: list[int] = []
    for step in np.flatnonzero(series - usual >= threshold):
        if not raised or step - raised[-1] > cooldown:
            raised.append(int(step))
    return np.array(raised, dtype=np.int64)
