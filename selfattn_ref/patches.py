"""Images as sequences: cut into patches, read row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, require, size


def patchify(images: FloatArray, patch: int) -> FloatArray:
    """Cut images into square patches, one token each.

    The patches of an image come row by row, and so do the pixels of a patch, the channels of a pixel side by side:
    ``patches[b, r · (width / patch) + c, (y · patch + x) · channels + z]`` is
    ``images[b, r · patch + y, c · patch + x, z]``. Dosovitskiy et al. (2021), section 3.1.

    Args:
        images: (batch, height, width, channels) floats.
        patch: side of a patch in pixels; divides height and width.

    Returns:
        A new array (batch, height · width / patch², patch² · channels) in the dtype of images.

    Raises:
        TypeError: images is not a NumPy array of floats, or patch not an integer.
        ValueError: images does not have four axes, patch < 1, or patch does not divide height and width.

    >>> patchify(np.arange(8.0).reshape(1, 2, 4, 1), 2).tolist()
    [[[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]]
    """
    images = float_array("images", images, "(batch, height, width, channels)")
    patch = size("patch", patch, at_least=1)
    _, height, width, _ = images.shape
    divides = height % patch == 0 and width % patch == 0
    require(divides, "patch", "divide height and width", f"patch={patch}, images {images.shape}")
    return np.array(cut_patches(images, patch))


def cut_patches(images: Any, patch: int) -> Any:
    """The arithmetic of `patchify`, without checks, of an array or a tensor; maybe a view."""
    batch, height, width, channels = images.shape
    rows, columns = height // patch, width // patch
    cells = images.reshape(batch, rows, patch, columns, patch, channels)
    cells = cells.swapaxes(2, 3)  # (batch, rows, columns, patch, patch, channels)
    return cells.reshape(batch, rows * columns, patch * patch * channels)
