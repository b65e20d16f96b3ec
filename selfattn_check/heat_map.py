"""Three small pictures of a wrong array: yours, expected, and the difference."""

from __future__ import annotations

from html import escape

import numpy as np

from selfattn_check.comparison import Fault

__all__ = ["heat_maps"]

_CELLS = 12  # rows and columns shown at most
_PIXELS = 13  # a cell


def heat_maps(fault: Fault) -> str:
    """HTML with an SVG each for yours, expected and the difference; empty where a picture says nothing.

    Shows the last two axes at the first entry that differs, cropped to 12 rows and columns around nothing but
    the start. Blue is positive, orange negative, a cross is NaN or infinity.
    """
    if fault.index is None or fault.yours is None or fault.expected is None:
        return ""
    yours, expected = (_matrix(array, fault.index) for array in (fault.yours, fault.expected))
    if min(yours.shape) < 1 or yours.size < 4:
        return ""
    pictures = "".join(
        _picture(title, matrix)
        for title, matrix in (("yours", yours), ("expected", expected), ("difference", yours - expected))
    )
    leading = fault.index[:-2]
    slice_of = f"{fault.where}[{', '.join(map(str, leading))}]" if leading else fault.where
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:1.2em;margin-top:.5em;align-items:flex-end">{pictures}'
        f'<span style="opacity:.8;font-size:.92em">{escape(slice_of)}: rows down, columns across; '
        "blue positive, orange negative</span></div>"
    )


def _matrix(array: np.ndarray, index: tuple[int, ...]) -> np.ndarray:
    at_least_2d = array.reshape((1, -1)) if array.ndim < 2 else array[index[:-2]]
    return at_least_2d[:_CELLS, :_CELLS].astype(np.float64)


def _picture(title: str, matrix: np.ndarray) -> str:
    finite = np.abs(matrix[np.isfinite(matrix)])
    largest = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    cells = "".join(_cell(row, column, float(matrix[row, column]), largest) for row, column in np.ndindex(matrix.shape))
    height, width = (size * _PIXELS for size in matrix.shape)
    return (
        '<figure style="margin:0"><figcaption style="font-size:.92em">'
        f'{title}</figcaption><svg role="img" aria-label="heat map: {title}, largest size {largest:.3g}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{cells}'
        f'<rect width="{width}" height="{height}" fill="none" stroke="currentColor" stroke-opacity=".5"/>'
        "</svg></figure>"
    )


def _cell(row: int, column: int, value: float, largest: float) -> str:
    x, y = column * _PIXELS, row * _PIXELS
    if not np.isfinite(value):
        return (
            f'<path d="M{x + 3} {y + 3}l7 7m0-7l-7 7" stroke="currentColor" stroke-width="1.5">'
            f"<title>[{row}, {column}] {value}</title></path>"
        )
    color = "#2f6fab" if value > 0 else "#d9822b"
    strength = abs(value) / largest
    return (
        f'<rect x="{x}" y="{y}" width="{_PIXELS}" height="{_PIXELS}" fill="{color}" fill-opacity="{strength:.2f}">'
        f"<title>[{row}, {column}] {value:.4g}</title></rect>"
    )
