"""A matrix as colored cells, with words along its sides and its numbers where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from selfattn_ref.figures.style import (
    DARK,
    GREY,
    POSITIVE,
    SIGNED,
    WHITE,
    WIDTH,
    Picture,
    as_words,
    panels,
    styled,
    write_title,
)

Labels = Sequence[str] | None

_ROOM_FOR_NUMBERS = 0.36  # inches; in narrower cells numbers would touch each other


@styled
def heat_map(
    matrix: npt.ArrayLike,
    *,
    rows: Labels = None,
    columns: Labels = None,
    title: str | None = None,
    row_title: str = "",
    column_title: str = "",
    numbers: bool | None = None,
    digits: int = 2,
    limit: float | None = None,
    width: float = WIDTH,
) -> Picture:
    """Show one matrix; see `heat_maps`."""
    return heat_maps(
        {title or "": matrix},
        rows=rows,
        columns=columns,
        row_title=row_title,
        column_title=column_title,
        numbers=numbers,
        digits=digits,
        limit=limit,
        across=1,
        width=width,
    )


@styled
def heat_maps(
    matrices: Mapping[str, npt.ArrayLike],
    *,
    rows: Labels = None,
    columns: Labels = None,
    row_title: str = "",
    column_title: str = "",
    numbers: bool | None = None,
    digits: int = 2,
    limit: float | None = None,
    across: int = 2,
    width: float = WIDTH,
) -> Picture:
    """Show several matrices with one scale of color: white is 0, blue positive, orange negative.

    Args:
        matrices: title → matrix (rows, columns) of numbers or booleans. −inf, inf and NaN are grey and named.
        rows: labels of the rows, usually the words that ask.
        columns: labels of the columns, usually the words that are asked.
        row_title: what the rows are.
        column_title: what the columns are.
        numbers: whether the cells hold their numbers; only where they are large enough if None.
        digits: digits after the point.
        limit: magnitude with the strongest color; the largest of all matrices if None.
        across: matrices in a row.
        width: of the picture, in inches.

    Returns:
        The picture, with one pair of axes for each matrix.

    Raises:
        ValueError: no matrix, a matrix without two axes, or labels that do not fit it.
    """
    rows, columns = as_words(rows), as_words(columns)
    arrays = {name: _matrix(name, matrix, rows, columns) for name, matrix in matrices.items()}
    if not arrays:
        raise ValueError("matrices must hold at least one matrix, got none")
    across = min(across, len(arrays))
    finite = np.concatenate([array[np.isfinite(array)].ravel() for array in arrays.values()])
    largest = limit or float(np.abs(finite).max(initial=0.0)) or 1.0
    signed = bool((finite < 0).any())
    widest = max(array.shape[1] for array in arrays.values())
    tallest = max(array.shape[0] for array in arrays.values())
    side = 0.35 + 0.095 * max(map(len, rows or [""])) + (0.25 if row_title else 0.0)  # inches left of a matrix
    cell = min((width / across - side) / widest, 0.5)
    if numbers is None:
        numbers = cell >= _ROOM_FOR_NUMBERS + (0.1 if signed else 0.0)
    picture, places = panels(len(arrays), across, width=width, heights=[cell * tallest + 1.05])
    for axes, (name, array) in zip(places, arrays.items(), strict=True):
        _draw(axes, array, largest, signed, digits if numbers else None)
        _label(axes, array, rows, columns)
        write_title(axes, name, pad=8)
        axes.set_xlabel(column_title)
        axes.set_ylabel(row_title)
    return picture


def _matrix(name: str, matrix: npt.ArrayLike, rows: Labels, columns: Labels) -> npt.NDArray[np.float64]:
    array = np.asarray(matrix).astype(np.float64)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"matrix {name!r} must have shape (rows, columns), got shape {array.shape}")
    for labels, count, what in ((rows, array.shape[0], "rows"), (columns, array.shape[1], "columns")):
        if labels is not None and len(labels) != count:
            raise ValueError(f"{what} must name the {count} {what} of matrix {name!r}, got {len(labels)} names")
    return array


def _draw(axes: Axes, array: npt.NDArray[np.float64], largest: float, signed: bool, digits: int | None) -> None:
    colors: Any = (SIGNED if signed else POSITIVE).with_extremes(bad="#c9d0d8")
    shown = np.ma.masked_invalid(array)
    axes.pcolormesh(shown, cmap=colors, vmin=-largest if signed else 0.0, vmax=largest, edgecolors=WHITE, linewidth=2)
    axes.invert_yaxis()
    axes.set_aspect("equal")
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(GREY)
    for (row, column), value in np.ndenumerate(array):
        if digits is not None or not np.isfinite(value):
            strong = np.isfinite(value) and abs(value) > 0.62 * largest
            axes.text(
                column + 0.5,
                row + 0.5,
                _number(value, digits or 0),
                ha="center",
                va="center",
                fontsize=11,
                color=WHITE if strong else DARK,
            )


def _number(value: float, digits: int) -> str:
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == round(value) and abs(value) < 1000:
        return f"{value:.0f}".replace("-", "−")
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _label(axes: Axes, array: npt.NDArray[np.float64], rows: Labels, columns: Labels) -> None:
    long = any(len(label) > 4 for label in columns or ())
    for axis, labels, count in ((axes.xaxis, columns, array.shape[1]), (axes.yaxis, rows, array.shape[0])):
        axis.set_ticks(np.arange(count) + 0.5 if labels is not None else [], labels if labels is not None else [])
        axis.set_tick_params(length=0)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("bottom")
    axes.xaxis.set_tick_params(rotation=40 if long else 0)
    if long:
        for label in axes.get_xticklabels():
            label.set(ha="left", rotation_mode="anchor")
