"""Who may attend to whom: boolean masks, True = may attend, and their other conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from selfattn_ref.validation import (
    BoolArray,
    FloatArray,
    IntArray,
    aligned_lengths,
    bool_array,
    float_array,
    int_array,
    integer,
    kind_of,
    require,
    size,
)

CONVENTIONS = ("attend", "hidden", "additive")


def causal_mask(q_len: int, k_len: int | None = None, *, offset: int | None = None) -> BoolArray:
    """Let every query see the keys up to its own position and none after it.

    Query i sees key j where j ≤ i + offset. By default offset = k_len − q_len: the last query sees every key, as
    decoding with a key/value cache needs. Vaswani et al. (2017), section 3.2.3.

    Args:
        q_len: number of queries.
        k_len: number of keys, at least q_len; q_len if None.
        offset: position of query 0 among the keys. With it q_len may exceed k_len; offset=0 aligns the mask to the
            top left, as PyTorch's ``is_causal`` does, and a row without a permitted key is possible.

    Returns:
        (q_len, k_len) booleans, True = may attend.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: not 1 ≤ q_len ≤ k_len (without offset), or a negative length.

    >>> causal_mask(2, 3).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    if k_len is None:
        k_len = q_len
    if offset is None:
        q_len, k_len = aligned_lengths(q_len, k_len)
        return _relative_position(q_len, k_len, k_len - q_len) <= 0
    q_len, k_len = size("q_len", q_len, at_least=0), size("k_len", k_len, at_least=0)
    return _relative_position(q_len, k_len, integer("offset", offset)) <= 0


def sliding_window_mask(q_len: int, k_len: int, window: int) -> BoolArray:
    """Let every query see its own position and the ``window − 1`` keys before it.

    Aligned to the bottom right like `causal_mask`. Beltagy et al. (2020), section 3.1, in its causal form.

    Args:
        q_len: number of queries.
        k_len: number of keys, at least q_len.
        window: number of keys that a query far from the start sees, at least 1.

    Returns:
        (q_len, k_len) booleans, True = may attend.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: not 1 ≤ q_len ≤ k_len, or window < 1.

    >>> sliding_window_mask(2, 4, 2).astype(int).tolist()
    [[0, 1, 1, 0], [0, 0, 1, 1]]
    """
    q_len, k_len = aligned_lengths(q_len, k_len)
    window = size("window", window, at_least=1)
    distance = _relative_position(q_len, k_len, k_len - q_len)
    return (-window < distance) & (distance <= 0)


def padding_mask(lengths: IntArray, max_len: int) -> BoolArray:
    """Hide the padding behind the end of each sequence, as keys, from every query.

    Args:
        lengths: (batch,) integers, the number of real tokens in each sequence, from 0 to max_len.
        max_len: length to which the sequences were padded.

    Returns:
        (batch, 1, max_len) booleans, True = may attend; they broadcast over the queries.

    Raises:
        TypeError: lengths is not a NumPy array of integers, or max_len not an integer.
        ValueError: lengths does not have one axis, or a length is below 0 or above max_len.

    >>> padding_mask(np.array([1, 3]), 3).astype(int).tolist()
    [[[1, 0, 0]], [[1, 1, 1]]]
    """
    lengths = int_array("lengths", lengths, "(batch,)")
    max_len = size("max_len", max_len, at_least=0)
    outside = lengths[(lengths < 0) | (lengths > max_len)]
    require(outside.size == 0, "lengths", f"lie between 0 and max_len={max_len}", outside.tolist())
    return np.arange(max_len) < lengths[:, None, None]  # (batch, 1, max_len)


def convert_mask(mask: npt.NDArray[Any], to: str) -> BoolArray | FloatArray:
    """Rewrite a mask in the convention of another interface.

    A boolean mask is read in the course's convention, True = may attend; a float mask as an additive one, 0 = may
    attend and −inf = hidden. Since "hidden" inverts a boolean mask, applying it twice leads back: that is also how
    a mask of `torch.nn.MultiheadAttention` becomes one of this course.

    Args:
        mask: (..., k_len) booleans, or floats that are 0 or −inf.
        to: "attend": boolean, True = may attend (this course, ``torch.nn.functional.scaled_dot_product_attention``);
            "hidden": boolean, True = hidden (``torch.nn.MultiheadAttention``, ``TransformerEncoderLayer``);
            "additive": float64, 0 = may attend, −inf = hidden (added to the scores by either interface).

    Returns:
        A new array in the shape of mask: booleans for "attend" and "hidden", float64 for "additive".

    Raises:
        TypeError: mask is neither a NumPy array of booleans nor of floats, or to not a string.
        ValueError: mask has no axis or holds a float other than 0 and −inf, or to is another word.

    >>> convert_mask(np.array([True, False]), "additive").tolist()
    [0.0, -inf]
    >>> convert_mask(np.array([0.0, -np.inf]), "hidden").tolist()
    [False, True]
    """
    require(isinstance(to, str), "to", f"be one of {', '.join(CONVENTIONS)}", kind_of(to), TypeError)
    require(to in CONVENTIONS, "to", f"be one of {', '.join(CONVENTIONS)}", repr(to))
    attend = _read_mask(mask)
    if to == "additive":
        return np.where(attend, 0.0, -np.inf)
    return ~attend if to == "hidden" else attend.copy()


def _read_mask(mask: object) -> BoolArray:
    if isinstance(mask, np.ndarray) and np.issubdtype(mask.dtype, np.floating):
        additive = float_array("mask", mask, "(..., k_len)")
        other = additive[(additive != 0.0) & (additive != -np.inf)]
        require(other.size == 0, "mask", "hold only 0 and -inf where it is of floats", other[:3].tolist())
        return np.asarray(additive == 0.0)
    boolean = isinstance(mask, np.ndarray) and mask.dtype == np.bool_
    require(boolean, "mask", "be a NumPy array of booleans or floats", kind_of(mask), TypeError)
    return bool_array("mask", mask, "(..., k_len)")


def _relative_position(q_len: int, k_len: int, offset: int) -> npt.NDArray[np.int_]:
    """(q_len, k_len): how far key j lies behind (−) or ahead (+) of query i, which stands at i + offset."""
    return np.arange(k_len) - (np.arange(q_len)[:, None] + offset)
