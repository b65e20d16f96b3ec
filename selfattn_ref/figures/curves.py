"""Measurements as lines: plain, or on two logarithmic scales with their slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from selfattn_ref.figures.style import DARK, DASHES, GREY, MARKERS, SERIES, Picture, blank, styled, write_title


@styled
def curves(
    x: Sequence[float],
    series: Mapping[str, npt.ArrayLike],
    *,
    x_title: str,
    y_title: str,
    title: str | None = None,
    x_log: int | None = None,
    x_ticks: Sequence[float] | None = None,
    y_log: bool = False,
    level: tuple[str, float] | None = None,
    height: float = 3.2,
) -> Picture:
    """Draw one line for each series; with several rows in a series, their mean and the band they span.

    Args:
        x: (points,) places.
        series: name → (points,) values, or (repetitions, points).
        x_title: what x is, with its unit.
        y_title: what the values are, with their unit.
        title: a title above.
        x_log: base of a logarithmic scale for x.
        x_ticks: the places that carry a number on that scale; all of x if None.
        y_log: whether the values have a logarithmic scale.
        level: name and height of a dashed line to compare with, such as chance.
        height: of the picture, in inches.

    Returns:
        The picture, with a legend where there is more than one line.
    """
    picture, axes = blank(height=height)
    _lines(axes, x, series)
    if level is not None:
        axes.axhline(level[1], color=GREY, linestyle=(0, (4, 3)), linewidth=1.4, label=level[0])
    if x_log:
        axes.set_xscale("log", base=x_log)
        labeled = x if x_ticks is None else x_ticks
        axes.set_xticks(labeled, [f"{value:g}" for value in labeled])
        axes.xaxis.set_minor_formatter(NullFormatter())
    if y_log:
        axes.set_yscale("log")
    _finish(axes, x_title, y_title, title)
    return picture


@styled
def log_log_lines(
    x: Sequence[float],
    series: Mapping[str, npt.ArrayLike],
    *,
    x_title: str,
    y_title: str,
    title: str | None = None,
    slopes: Mapping[str, float] | None = None,
    height: float = 3.2,
) -> Picture:
    """Draw powers as straight lines, on two logarithmic scales, each with its slope in the legend.

    Args:
        x: (points,) sizes, positive.
        series: name → (points,) positive values.
        x_title: what x is, with its unit.
        y_title: what the values are, with their unit.
        title: a title above.
        slopes: name → slope to show, where it was fitted in some other way; by `fitted_slope` if None.
        height: of the picture, in inches.

    Returns:
        The picture.
    """
    shown = slopes or {name: fitted_slope(x, values) for name, values in series.items()}
    named = {_with_slope(name, shown.get(name)): values for name, values in series.items()}
    picture, axes = blank(height=height)
    _lines(axes, x, named)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.xaxis.set_minor_formatter(NullFormatter())
    _finish(axes, x_title, y_title, title)
    return picture


def fitted_slope(x: Sequence[float], values: npt.ArrayLike, last: int = 4) -> float:
    """The exponent p of values ≈ c · xᵖ, fitted by least squares to the logarithms of the last few points.

    Args:
        x: (points,) sizes, positive.
        values: (points,) positive values.
        last: how many points at the end count; fixed costs hide the power at small sizes.

    >>> round(fitted_slope([1, 2, 4, 8], [3, 12, 48, 192]), 6)
    2.0
    """
    logs = np.log(np.asarray(x, dtype=np.float64)), np.log(np.asarray(values, dtype=np.float64))
    return float(np.polyfit(logs[0][-last:], logs[1][-last:], 1)[0])


def _with_slope(name: str, slope: float | None) -> str:
    return name if slope is None else f"{name}: slope {slope:z.1f}"


def _lines(axes: Axes, x: Sequence[float], series: Mapping[str, npt.ArrayLike]) -> None:
    looks = zip(cycle(SERIES), cycle(MARKERS), cycle(DASHES), strict=False)
    for (name, given), (color, marker, dash) in zip(series.items(), looks, strict=False):
        values = np.atleast_2d(np.asarray(given, dtype=np.float64))  # (repetitions, points)
        axes.plot(x, values.mean(axis=0), dash, color=color, marker=marker if len(x) <= 16 else None, label=name)
        if len(values) > 1:
            axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=color, alpha=0.18, linewidth=0)


def _finish(axes: Axes, x_title: str, y_title: str, title: str | None) -> None:
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    axes.set_xlabel(x_title)
    write_title(axes, title, pad=24)
    axes.text(0, 1.02, y_title, transform=axes.transAxes, fontsize=11, color=DARK, ha="left", va="bottom")
    if len(axes.get_lines()) > 1:
        axes.figure.legend(loc="outside lower center", ncols=1)
