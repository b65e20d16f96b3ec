"""Several query heads that share one head of keys and values."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from selfattn_ref.attention import attend, scale_and_softcap
from selfattn_ref.validation import (
    BoolArray,
    FloatArray,
    batch_shape,
    broadcastable,
    float_array,
    optional_mask,
    require,
    same_size,
)

Entry = TypeVar("Entry", bound=np.generic)


def grouped_query_attention(
    q: FloatArray,
    k: FloatArray,
    v: FloatArray,
    mask: BoolArray | None = None,
    *,
    scale: float | None = None,
    softcap: float | None = None,
    bias: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Attend with more query heads than heads of keys and values, so that the key/value cache shrinks.

    Head h reads group h // (num_heads / num_groups); keys and values are not copied. As many groups as heads is
    multi-head attention, one group is multi-query attention. Ainslie et al. (2023), section 2.2.

    Args:
        q: (..., num_heads, q_len, head_dim) queries.
        k: (..., num_groups, k_len, head_dim) keys; num_groups divides num_heads.
        v: (..., num_groups, k_len, value_dim) values.
        mask: boolean, broadcastable to (..., num_heads, q_len, k_len); True where a query may attend.
            A query with no permitted key gets weights and output 0.
        scale: factor of q kᵀ; 1/√head_dim if None.
        softcap: largest magnitude of a score before the bias, positive; no limit if None.
        bias: floats added to the scores, broadcastable to (..., num_heads, q_len, k_len); −inf hides.

    Returns:
        output (..., num_heads, q_len, value_dim) and weights (..., num_heads, q_len, k_len), in the dtype of q, k, v.

    Raises:
        TypeError: q, k, v or bias is not a NumPy array of floats, mask not one of booleans, scale or softcap no number.
        ValueError: sizes disagree, or num_groups does not divide num_heads; the message gives the shapes.

    >>> q, k, v = np.ones((4, 1, 2)), np.ones((2, 3, 2)), np.array([[[1.0]] * 3, [[2.0]] * 3])
    >>> output, weights = grouped_query_attention(q, k, v)
    >>> output.ravel().round(4).tolist(), weights.shape
    ([1.0, 1.0, 2.0, 2.0], (4, 1, 3))
    """
    q = float_array("q", q, "(..., num_heads, q_len, head_dim)")
    k = float_array("k", k, "(..., num_groups, k_len, head_dim)")
    v = float_array("v", v, "(..., num_groups, k_len, value_dim)")
    shapes = {"q": q.shape, "k": k.shape, "v": v.shape}
    same_size("have as many features (head_dim) as q", {"q": q.shape, "k": k.shape}, q.shape[-1], k.shape[-1])
    require(q.shape[-1] > 0, "q", "have at least one feature (head_dim)", f"shape {q.shape}")
    same_size("have as many groups as k", {"k": k.shape, "v": v.shape}, k.shape[-3], v.shape[-3])
    same_size("have as many rows (k_len) as k", {"k": k.shape, "v": v.shape}, k.shape[-2], v.shape[-2])
    num_heads, num_groups = q.shape[-3], k.shape[-3]
    divides = num_groups > 0 and num_heads % num_groups == 0
    require(divides, "k", "have a number of groups that divides the heads of q", f"q {q.shape}, k {k.shape}")
    scores_shape = (*batch_shape(shapes, keep=3), num_heads, q.shape[-2], k.shape[-2])
    mask = optional_mask(mask, scores_shape)
    if bias is not None:
        bias = float_array("bias", bias, "(...)")
        broadcastable("bias", bias, scores_shape, "(..., num_heads, q_len, k_len)")
    scale, softcap = scale_and_softcap(scale, softcap)

    output, weights = attend(
        _by_group(q, num_groups),  # (..., num_groups, heads in a group, q_len, head_dim)
        k[..., None, :, :],
        v[..., None, :, :],
        None if mask is None else _by_group(mask, num_groups),
        scale=scale,
        softcap=softcap,
        bias=None if bias is None else _by_group(bias, num_groups),
    )
    return _by_head(output), _by_head(weights)


def _by_group(array: npt.NDArray[Entry], num_groups: int) -> npt.NDArray[Entry]:
    """View (..., num_heads, a, b) as (..., num_groups, heads in a group, a, b); fewer axes are the same for all."""
    if array.ndim < 3:
        return array
    num_heads = array.shape[-3]
    groups = (1, 1) if num_heads == 1 else (num_groups, num_heads // num_groups)
    return np.reshape(array, (*array.shape[:-3], *groups, *array.shape[-2:]))


def _by_head(array: FloatArray) -> FloatArray:
    return np.reshape(array, (*array.shape[:-4], array.shape[-4] * array.shape[-3], *array.shape[-2:]))
