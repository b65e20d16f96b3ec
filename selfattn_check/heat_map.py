"""Three small pictures of a wrong array: yours, expected, and the difference."""

from __future__ import annotations

from html import escape

import numpy as np

from selfattn_check.comparison import Fault
from selfattn_check.tolerance import tolerance

__all__ = ["heat_maps"]

_CELLS = 12  # rows and columns shown at most
_PIXELS = 13  # side of a cell, in a large picture
_PIXELS_SMALL = 22  # and in one of at most 6 rows and columns


def heat_maps(fault: Fault) -> str:
    """HTML with an SVG each for yours, expected and the difference; empty where a picture says nothing.

    Shows the last two axes at the first entry that differs, the first 12 rows and columns. Blue is positive, orange
    negative, a cross is NaN or infinity. Differences within the tolerance are left white.
    """
    if fault.index is None or fault.yours is None or fault.expected is None:
        return ""
    yours, expected = (_matrix(array, fault.index) for array in (fault.yours, fault.expected))
    if yours.size < 4:
        return ""
    allowed = tolerance(fault.yours.dtype, fault.expected.dtype)
    with np.errstate(invalid="ignore"):
        gap = yours - expected
        gap[np.abs(gap) <= allowed.absolute + allowed.relative * np.abs(expected)] = 0
    pictures = "".join(
        _picture(title, matrix) for title, matrix in (("yours", yours), ("expected", expected), ("difference", gap))
    )
    leading = fault.index[:-2]
    slice_of = f"{fault.where}[{', '.join(map(str, leading))}]" if leading else fault.where
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:1.2em;margin-top:.5em;align-items:flex-end">{pictures}'
        f'<span style="opacity:.8;font-size:.92em">{escape(slice_of)}: rows down, columns across; '
        "blue positive, orange negative</span></div>"
    )


def _matrix(array: np.ndarray, index: tuple[int, ...]) -> np.ndarray:
    rows = array.reshape((1, -1)) if array.ndim < 2 else array[index[:-2]]
    return rows[:_CELLS, :_CELLS].astype(np.float64)


def _picture(title: str, matrix: np.ndarray) -> str:
    finite = np.abs(matrix[np.isfinite(matrix)])
    largest = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    side = _PIXELS_SMALL if max(matrix.shape) <= 6 else _PIXELS
    cells = "".join(
        _cell(row, column, side, float(matrix[row, column]), largest) for row, column in np.ndindex(matrix.shape)
    )
    height, width = (size * side for size in matrix.shape)
    return (
        '<figure style="margin:0"><figcaption style="font-size:.92em">'
        f'{title}</figcaption><svg role="img" aria-label="heat map: {title}, largest size {largest:.3g}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{cells}'
        f'<rect width="{width}" height="{height}" fill="none" stroke="currentColor" stroke-opacity=".5"/>'
        "</svg></figure>"
    )


def _cell(row: int, column: int, side: int, value: float, largest: float) -> str:
    x, y = column * side, row * side
    if not np.isfinite(value):
        arm = side - 6
        return (
            f'<path d="M{x + 3} {y + 3}l{arm} {arm}m0-{arm}l-{arm} {arm}" stroke="currentColor" stroke-width="1.5">'
            f"<title>[{row}, {column}] {value}</title></path>"
        )
    color = "#2f6fab" if value > 0 else "#d9822b"
    return (
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="{color}" '
        f'fill-opacity="{abs(value) / largest:.2f}"><title>[{row}, {column}] {value:.4g}</title></rect>'
    )
