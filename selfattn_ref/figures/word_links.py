"""Attention between words: arcs over one sentence, lines from one sentence to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from selfattn_ref.figures.style import BLUE, DARK, ORANGE, Picture, blank, styled, write_title

_THICKEST = 9.0  # points, for a weight of 1
_THINNEST = 0.4


@styled
def word_arcs(words: Sequence[str], weights: npt.ArrayLike, query: int, *, title: str | None = None) -> Picture:
    """Show what one word attends to: an arc to every word, as thick as its weight, and the weights below.

    Args:
        words: n words.
        weights: (n,) weights of the query, from 0 to 1.
        query: place of the word that asks.
        title: a title above.

    Returns:
        The picture.

    Raises:
        ValueError: another number of weights than of words, or a query outside the sentence.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(words),):
        raise ValueError(f"weights must have shape ({len(words)},), got shape {shares.shape}")
    if not 0 <= query < len(words):
        raise ValueError(f"query must be a place from 0 to {len(words) - 1}, got {query}")
    picture, axes = blank(height=2.5)
    centers = _centers(words)
    for key, share in enumerate(shares):
        start, end = centers[query], centers[key]
        top = 0.55 + 0.9 * abs(end - start) / centers[-1] if key != query else 0.75
        if key == query:
            start, end = start - 0.25, end + 0.25
        arc = Path([(start, 0.2), (start, top), (end, top), (end, 0.2)], [1, 4, 4, 4])
        thick = _THINNEST + _THICKEST * share
        axes.add_patch(
            PathPatch(
                arc, facecolor="none", edgecolor=BLUE, alpha=0.85, linewidth=thick, capstyle="butt", clip_on=False
            )
        )
        axes.text(end if key != query else centers[query], -0.3, f"{share:.2f}", ha="center", fontsize=11)
    for place, (center, word) in enumerate(zip(centers, words, strict=True)):
        box = {"facecolor": ORANGE, "alpha": 0.45, "edgecolor": "none", "boxstyle": "round,pad=0.25"}
        axes.text(center, 0, word, ha="center", fontsize=13, color=DARK, bbox=box if place == query else None)
    axes.set(xlim=(-0.6, centers[-1] + 0.6), ylim=(-0.4, 1.35))
    axes.axis("off")
    write_title(axes, title)
    return picture


@styled
def word_links(
    queries: Sequence[str], keys: Sequence[str], weights: npt.ArrayLike, *, title: str | None = None
) -> Picture:
    """Show what each word of one sentence attends to in another: lines as thick as the weights.

    Args:
        queries: words that ask, drawn above.
        keys: words that are asked, drawn below.
        weights: (queries, keys) weights, from 0 to 1.
        title: a title above.

    Returns:
        The picture.

    Raises:
        ValueError: weights of another shape.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(queries), len(keys)):
        raise ValueError(f"weights must have shape {(len(queries), len(keys))}, got shape {shares.shape}")
    picture, axes = blank(height=2.4)
    above, below = _centers(queries), _centers(keys)
    wide = max(above[-1], below[-1])
    above, below = above + (wide - above[-1]) / 2, below + (wide - below[-1]) / 2
    for (query, key), share in np.ndenumerate(shares):
        ends = ([above[query], below[key]], [0.9, 0.1])
        axes.plot(*ends, color=BLUE, alpha=0.85, linewidth=_THINNEST + _THICKEST * share * 0.8, solid_capstyle="butt")
    for centers, words, y, side in ((above, queries, 0.97, "bottom"), (below, keys, 0.03, "top")):
        for center, word in zip(centers, words, strict=True):
            axes.text(center, y, word, ha="center", va=side, fontsize=13, color=DARK)
    axes.set(xlim=(-0.6, wide + 0.6), ylim=(-0.15, 1.15))
    axes.axis("off")
    write_title(axes, title)
    return picture


def _centers(words: Sequence[str]) -> npt.NDArray[np.float64]:
    """Middles of words that stand in a line, each with room for at least four letters."""
    widths = np.array([max(len(word), 4) + 1.5 for word in words]) / 6.0
    return np.cumsum(widths) - widths / 2 - widths[0] / 2
