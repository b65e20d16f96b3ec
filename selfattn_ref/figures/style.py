"""One style for every picture: colors, type, and a figure that a notebook shows as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from io import StringIO
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# Blue and orange stay apart for color-blind readers. A dark page turns lightness round and keeps the hue.
BLUE = "#2f6fab"
ORANGE = "#d9822b"
DARK = "#1d2733"
GREY = "#7a8592"
LIGHT = "#dfe4ea"
WHITE = "#ffffff"

SERIES = (BLUE, ORANGE, DARK, GREY)
MARKERS = ("o", "s", "^", "D")
DASHES = ("-", "--", ":", "-.")

POSITIVE = LinearSegmentedColormap.from_list("white to blue", [WHITE, "#9dc0e0", BLUE])
SIGNED = LinearSegmentedColormap.from_list("orange to blue", [ORANGE, "#f0c9a0", WHITE, "#9dc0e0", BLUE])

WIDTH = 4.8  # inches: 460 CSS pixels, which a phone shows at three quarters, its 12-point type still readable

STYLE = {
    "figure.facecolor": WHITE,
    "axes.facecolor": WHITE,
    "axes.edgecolor": GREY,
    "axes.labelcolor": DARK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlecolor": DARK,
    "axes.labelsize": 12,
    "axes.grid": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with Matplotlib: the same picture everywhere
    "font.size": 12,
    "grid.color": LIGHT,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
    "text.color": DARK,
    "xtick.color": DARK,
    "ytick.color": DARK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "svg.fonttype": "path",
    "svg.hashsalt": "self-attention",  # the same ids in every run: the same bytes
}

P = ParamSpec("P")
R = TypeVar("R")


class Picture(Figure):
    """A figure that belongs to no window and shows itself as SVG in a notebook."""

    def _repr_svg_(self) -> str:
        text = StringIO()
        with mpl.rc_context(STYLE):
            self.savefig(text, format="svg", bbox_inches="tight", pad_inches=0.06, metadata={"Date": None})
        return text.getvalue()


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function in the course's style and leave Matplotlib's settings as they were."""

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return in_style


@styled
def blank(width: float = WIDTH, height: float = 3.0) -> tuple[Picture, Axes]:
    """An empty picture with one pair of axes, sizes in inches."""
    picture = Picture(figsize=(width, height), layout="constrained")
    return picture, picture.add_subplot()


@styled
def panels(
    count: int, columns: int = 2, width: float = WIDTH, heights: Sequence[float] = (2.4,)
) -> tuple[Picture, list[Axes]]:
    """An empty picture with several pairs of axes in rows.

    Args:
        count: number of axes, at least 1.
        columns: axes in a row, at most.
        width: of the whole picture, in inches.
        heights: of the rows, in inches; the last one counts for all further rows.

    Returns:
        The picture, and its axes in reading order.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    tall = [heights[min(row, len(heights) - 1)] for row in range(rows)]
    picture = Picture(figsize=(width, sum(tall)), layout="constrained")
    grid = picture.add_gridspec(rows, columns, height_ratios=tall)
    return picture, [picture.add_subplot(grid[divmod(place, columns)]) for place in range(count)]


def as_words(labels: Iterable[object] | None) -> list[str] | None:
    """Labels as words, from a list, a string of single letters or an array."""
    return None if labels is None else [str(label) for label in labels]


def write_title(axes: Axes, text: str | None, **how: Any) -> None:
    """Set a title to the left, if there is one."""
    if text:
        axes.set_title(text, loc="left", **how)
