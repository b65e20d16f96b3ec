"""Amounts as horizontal bars, so that their names can be read on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from selfattn_ref.figures.style import DARK, GREY, SERIES, Picture, blank, styled, write_title


@styled
def bars(
    names: Sequence[str],
    series: Mapping[str, npt.ArrayLike],
    *,
    x_title: str,
    title: str | None = None,
    limit: float | None = None,
    level: tuple[str, float] | None = None,
    form: str = "{:.2f}",
) -> Picture:
    """Draw a bar for each name, or several where there are several series; single runs appear as dots.

    Args:
        names: of the bars, from top to bottom.
        series: name → (bars,) amounts, or (repetitions, bars): the bar ends at the mean, a dot is one repetition.
        x_title: what the amounts are, with their unit.
        title: a title above.
        limit: end of the scale; fits the bars if None.
        level: name and place of a dashed line to compare with, such as chance.
        form: format of the number at the end of a bar.

    Returns:
        The picture.

    Raises:
        ValueError: a series that does not have one amount for each name.
    """
    amounts = {name: np.atleast_2d(np.asarray(values, dtype=np.float64)) for name, values in series.items()}
    for name, values in amounts.items():
        if values.ndim != 2 or values.shape[1] != len(names):
            raise ValueError(f"series {name!r} must have {len(names)} amounts, got shape {values.shape}")
    picture, axes = blank(height=0.9 + 0.42 * len(names) * len(amounts) ** 0.7 + (0.5 if len(amounts) > 1 else 0.0))
    high = 0.78 / len(amounts)
    end = limit or max(float(values.max()) for values in amounts.values()) * 1.02
    for place, (name, values) in enumerate(amounts.items()):
        middles = np.arange(len(names)) + (place - (len(amounts) - 1) / 2) * high
        color = SERIES[place % len(SERIES)]
        axes.barh(middles, values.mean(axis=0), height=high * 0.9, color=color, alpha=0.85, label=name)
        if len(values) > 1:
            axes.plot(values.ravel(), np.tile(middles, len(values)), "o", color=DARK, markersize=3.2)
        for middle, value, longest in zip(middles, values.mean(axis=0), values.max(axis=0), strict=True):
            axes.annotate(form.format(value), (longest, middle), (6, 0), textcoords="offset points", va="center")
    if level is not None:
        axes.axvline(level[1], color=GREY, linestyle=(0, (4, 3)), linewidth=1.4)
        axes.annotate(level[0], (level[1], -0.62), (3, 0), textcoords="offset points", fontsize=11, color=DARK)
    axes.set_yticks(np.arange(len(names)), names)
    axes.set(xlim=(0, end * 1.16), ylim=(len(names) - 0.4, -0.85 if level else -0.6), xlabel=x_title)
    axes.tick_params(axis="y", length=0)
    if len(amounts) > 1:
        picture.legend(loc="outside lower center", ncols=2)
    write_title(axes, title)
    return picture
