"""A computation as a graph: arrays as boxes, steps as arrows, gradients as arrows back."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from selfattn_ref.figures.style import BLUE, DARK, ORANGE, WIDTH, Picture, blank, styled, write_title

_ROW = 0.95  # inches between two rows
_APART = 0.09  # of an arrow forward from the arrow back, in rows

Place = tuple[float, float]


@styled
def computation_graph(
    places: Mapping[str, Place],
    steps: Mapping[tuple[str, str], str],
    *,
    below: Mapping[str, str] | None = None,
    back: bool = True,
    title: str | None = None,
) -> Picture:
    """Show which array is made of which, in blue, and the way of the gradients back, dashed in orange.

    Args:
        places: name of an array → its (column, row); row 0 is at the top.
        steps: (from, to) → what is done on the way, written above the arrow.
        below: name of an array → a second line in its box, such as its shape.
        back: whether to draw the arrows of the gradients.
        title: a title above.

    Returns:
        The picture.

    Raises:
        ValueError: a step or a second line names an array that has no place.

    >>> picture = computation_graph({"x": (0, 0), "y": (1, 0)}, {("x", "y"): "square"})
    >>> [text.get_text() for text in picture.axes[0].texts if text.get_text()]
    ['x', 'y', 'square']
    """
    lines = below or {}
    for name in (*(end for step in steps for end in step), *lines):
        if name not in places:
            raise ValueError(f"places must hold {name}, got {', '.join(places)}")
    columns = max(column for column, _ in places.values())
    rows = max(row for _, row in places.values())
    picture, axes = blank(width=WIDTH, height=_ROW * (rows + 1) + (0.3 if title else 0))
    boxes = {}
    for name, (column, row) in places.items():
        box = {"facecolor": to_rgba(BLUE, 0.2), "edgecolor": BLUE, "boxstyle": "round,pad=0.3", "linewidth": 1.6}
        text = f"{name}\n{lines[name]}" if name in lines else name
        boxes[name] = axes.text(
            column, row, text, ha="center", va="center", color=DARK, fontsize=12, linespacing=1.25, bbox=box
        )
    for (start, end), label in steps.items():
        _arrows(axes, boxes[start], boxes[end], label, back=back)
    axes.set(xlim=(-0.42, columns + 0.42), ylim=(rows + 0.5, -0.5))
    axes.axis("off")
    write_title(axes, title)
    return picture


def _arrows(axes: Axes, start: Text, end: Text, label: str, *, back: bool) -> None:
    """One arrow there with its label, and one back beside it, from box to box."""
    (x0, y0), (x1, y1) = start.get_position(), end.get_position()
    apart = _APART if back else 0.0
    shape = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 1, "shrinkB": 2, "linewidth": 1.8}
    boxes = {"patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch()}
    axes.annotate("", (x1, y1 - apart), (x0, y0 - apart), arrowprops={**shape, **boxes, "color": BLUE})
    if back:
        boxes = {"patchA": boxes["patchB"], "patchB": boxes["patchA"]}
        dashed = {"color": ORANGE, "linestyle": (0, (3, 2))}
        axes.annotate("", (x0, y0 + apart), (x1, y1 + apart), arrowprops={**shape, **boxes, **dashed})
    if label:
        axes.text((x0 + x1) / 2, (y0 + y1) / 2 - apart - 0.24, label, ha="center", va="bottom", fontsize=11)
