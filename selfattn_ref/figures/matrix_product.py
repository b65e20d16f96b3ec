"""A product of matrices as boxes whose sides are labeled with their sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from selfattn_ref.figures.style import BLUE, ORANGE, WIDTH, Picture, blank, styled, write_title

_GAP = 0.68  # inches between two boxes: an operator and the label of the next box


class Matrix(NamedTuple):
    """A box in the picture: its name, and the names of its two sizes."""

    name: str
    rows: str
    columns: str


@styled
def matrix_product(
    factors: Sequence[Matrix], result: Matrix, *, lengths: Mapping[str, float], title: str | None = None
) -> Picture:
    """Show factor · factor … = result. Sizes that meet have the same name and length and vanish from the result.

    Args:
        factors: the matrices that are multiplied, from left to right.
        result: the product.
        lengths: name of a size → length of that side, in any unit.
        title: a title above.

    Returns:
        The picture.

    Raises:
        ValueError: inner sizes that do not meet, or a result of another shape.

    >>> q, k, s = Matrix("Q", "n", "d"), Matrix("Kᵀ", "d", "n"), Matrix("S", "n", "n")
    >>> len(matrix_product([q, k], s, lengths={"n": 4, "d": 2}).axes[0].patches)
    3
    """
    for left, right in pairwise(factors):
        if left.columns != right.rows:
            raise ValueError(f"{right.name} must have {left.columns} rows, got {right.rows}")
    outer = (factors[0].rows, factors[-1].columns)
    if outer != (result.rows, result.columns):
        raise ValueError(f"{result.name} must be {outer}, got {(result.rows, result.columns)}")
    everything = [*factors, result]
    tallest = max(lengths[matrix.rows] for matrix in everything)
    wide = sum(lengths[matrix.columns] for matrix in everything)
    inches = min((WIDTH - 0.1 - _GAP * len(everything)) / wide, 1.4 / tallest)
    gap = _GAP / inches
    total = wide + gap * len(everything)
    picture, axes = blank(width=WIDTH, height=tallest * inches + (0.95 if title else 0.6))
    x = 0.6 * gap
    for place, matrix in enumerate(everything):
        last = place == len(factors)
        across, high = lengths[matrix.columns], lengths[matrix.rows]
        _box(axes, matrix, (x, (tallest - high) / 2), across, high, ORANGE if last else BLUE)
        x += across
        if not last:
            axes.text(
                x + gap * 0.28,
                tallest / 2,
                "=" if place == len(factors) - 1 else "·",
                ha="center",
                va="center",
                fontsize=15,
            )
        x += gap
    axes.set(xlim=(0, total), ylim=(-0.15 * tallest, tallest * 1.22), aspect="equal")
    axes.axis("off")
    write_title(axes, title)
    return picture


def _box(axes: Axes, matrix: Matrix, corner: tuple[float, float], wide: float, high: float, color: str) -> None:
    x, y = corner
    axes.add_patch(Rectangle(corner, wide, high, facecolor=to_rgba(color, 0.2), edgecolor=color, linewidth=1.8))
    axes.text(x + wide / 2, y + high / 2, matrix.name, ha="center", va="center", fontsize=13, fontweight="bold")
    axes.annotate(matrix.columns, (x + wide / 2, y + high), (0, 4), textcoords="offset points", ha="center")
    axes.annotate(matrix.rows, (x, y + high / 2), (-4, 0), textcoords="offset points", ha="right", va="center")
