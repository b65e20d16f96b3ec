"""Masks side by side: which keys each query may attend to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.colors import ListedColormap

from selfattn_ref.figures.style import BLUE, GREY, LIGHT, WHITE, WIDTH, Picture, as_words, panels, styled, write_title

_HIDDEN_OR_NOT = ListedColormap([WHITE, BLUE])


@styled
def mask_gallery(
    masks: Mapping[str, npt.ArrayLike],
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    across: int = 2,
    width: float = WIDTH,
) -> Picture:
    """Show masks of this course: a blue square is True, may attend; a small cross is False, hidden.

    Args:
        masks: title → (q_len, k_len) booleans. Sizes may differ.
        rows: labels of the queries, the same for all; their numbers if None.
        columns: labels of the keys, the same for all; their numbers if None.
        across: masks in a row.
        width: of the picture, in inches.

    Returns:
        The picture, with one pair of axes for each mask.

    Raises:
        ValueError: no mask, or a mask that is not (q_len, k_len).
    """
    rows, columns = as_words(rows), as_words(columns)
    arrays = {name: np.asarray(mask).astype(bool) for name, mask in masks.items()}
    if not arrays:
        raise ValueError("masks must hold at least one mask, got none")
    for name, array in arrays.items():
        if array.ndim != 2:
            raise ValueError(f"mask {name!r} must have shape (q_len, k_len), got shape {array.shape}")
    across = min(across, len(arrays))
    cell = min((width / across - 0.7) / max(array.shape[1] for array in arrays.values()), 0.4)  # inches
    tall = [array.shape[0] * cell + 0.95 for array in arrays.values()]
    heights = [max(tall[start : start + across]) for start in range(0, len(tall), across)]
    picture, places = panels(len(arrays), across, width=width, heights=heights)
    for axes, (name, array) in zip(places, arrays.items(), strict=True):
        axes.pcolormesh(np.where(array, 1.0, 0.0), cmap=_HIDDEN_OR_NOT, vmin=0, vmax=1, edgecolors=LIGHT, linewidth=1.5)
        hidden = np.argwhere(~array)
        axes.plot(hidden[:, 1] + 0.5, hidden[:, 0] + 0.5, "x", color=GREY, markersize=5, markeredgewidth=1.2)
        axes.set(xlim=(0, array.shape[1]), ylim=(array.shape[0], 0), aspect="equal", anchor="NW")
        axes.set_xticks(np.arange(array.shape[1]) + 0.5, columns or [str(key) for key in range(array.shape[1])])
        axes.set_yticks(np.arange(array.shape[0]) + 0.5, rows or [str(query) for query in range(array.shape[0])])
        axes.tick_params(length=0)
        if any(len(name) > 3 for name in columns or ()):
            axes.tick_params(axis="x", rotation=60)
        axes.set(xlabel="key", ylabel="query")
        axes.spines[:].set_visible(False)
        write_title(axes, name, pad=6)
    return picture
