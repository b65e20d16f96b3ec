"""Attention over blocks of keys: the softmax in one pass, and memory that grows with n instead of n²."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np

from selfattn_ref.attention import attention_inputs, scaled_scores, weighted_sum
from selfattn_ref.validation import BoolArray, FloatArray, float_array, iterable, optional_mask, require, size


def online_softmax(blocks: Iterable[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Find the maximum of the scores and the sum of their exponentials while reading them once.

    When a block raises the maximum from m to m′, the sum so far is multiplied by exp(m − m′): it was taken against
    the old maximum. softmax(scores) is then exp(scores − m) / z. Milakov and Gimelshein (2018), algorithm 3, by blocks.

    Args:
        blocks: scores (..., block_len), one array after another, each read once. Lengths may differ, also be 0; the
            leading axes may not. −inf counts nothing; a NaN or +inf makes its z NaN.

    Returns:
        m, the maximum, and z = Σ exp(score − m), each (...) in the dtype of the blocks.
        Where every score is −inf, or there is none, (−inf, 0).

    Raises:
        TypeError: blocks is not iterable, or a block is not a NumPy array of floats.
        ValueError: there is no block, or the leading axes of two blocks differ.

    >>> m, z = online_softmax([np.log([1.0, 2.0]), np.log([4.0])])
    >>> m == np.log(4.0), z  # 1/4 + 2/4 + 4/4
    (np.True_, np.float64(1.75))
    """
    m: FloatArray | None = None
    z: FloatArray | None = None
    for block in _checked(blocks):
        if m is None or z is None:
            m = np.full(block.shape[:-1], -np.inf, block.dtype)
            z = np.zeros(block.shape[:-1], block.dtype)
        m, correction, exponentials = _raise_maximum(m, block)
        z = z * correction + exponentials.sum(axis=-1)
    require(m is not None, "blocks", "hold at least one block", "none")
    return cast(FloatArray, m), cast(FloatArray, z)


def blockwise_attention(
    q: FloatArray, k: FloatArray, v: FloatArray, block_size: int, mask: BoolArray | None = None
) -> FloatArray:
    """Compute the output of `scaled_dot_product_attention` without ever holding all its weights.

    The keys are read in blocks; beside the running maximum and sum of `online_softmax`, the running output is corrected
    when the maximum rises, and divided by the sum at the end. Memory: a few arrays (..., q_len, block_size) instead of
    (..., q_len, k_len). Rabe and Staats (2021), section 2; Dao et al. (2022), algorithm 1, with one block of queries.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        v: (..., k_len, value_dim) values.
        block_size: number of keys in a block, at least 1; the last block may be short, or the only one.
        mask: boolean, broadcastable to (..., q_len, k_len); True where a query may attend; read block by block.
            A query with no permitted key gets output 0. A hidden key contributes nothing, whatever it holds.

    Returns:
        output (..., q_len, value_dim), in the dtype of the inputs.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats, mask not one of booleans, block_size not an integer.
        ValueError: sizes disagree (the message gives the shapes), or block_size < 1.

    >>> q, k, v = np.ones((1, 4)), np.ones((3, 4)), np.array([[1.0], [3.0], [8.0]])
    >>> blockwise_attention(q, k, v, block_size=2).tolist()
    [[4.0]]
    """
    q, k, v, scores_shape = attention_inputs(q, k, v)
    block_size = size("block_size", block_size, at_least=1)
    mask = optional_mask(mask, scores_shape)

    dtype = np.result_type(q, k)
    m = np.full(scores_shape[:-1], -np.inf, dtype)  # (..., q_len)
    z = np.zeros(scores_shape[:-1], dtype)  # (..., q_len)
    batch = np.broadcast_shapes(scores_shape[:-2], v.shape[:-2])
    output: FloatArray = np.zeros((*batch, q.shape[-2], v.shape[-1]), np.result_type(q, k, v))
    for start in range(0, k.shape[-2], block_size):
        block = slice(start, start + block_size)
        visible = None if mask is None else _columns(mask, block)
        scores = scaled_scores(q, k[..., block, :], None, None)  # (..., q_len, block_size)
        if visible is not None:
            scores = np.where(visible, scores, -np.inf)
        m, correction, exponentials = _raise_maximum(m, scores)
        z = z * correction + exponentials.sum(axis=-1)
        output = output * correction[..., None] + weighted_sum(exponentials, v[..., block, :], visible)
    return output / np.where(z == 0.0, 1.0, z)[..., None]


@np.errstate(invalid="ignore")  # a visible NaN or +inf gives NaN; the result says so, no warning is needed
def _raise_maximum(m: FloatArray, scores: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the maximum (...) with these scores, the factor (...) for old sums, and exp(scores − maximum)."""
    highest = np.maximum(m, scores.max(axis=-1, initial=-np.inf))
    finite = np.where(highest == -np.inf, 0.0, highest)  # −inf − 0 is −inf: nothing counted so far, nothing now
    return highest, np.exp(m - finite), np.exp(scores - finite[..., None])


def _columns(mask: BoolArray, block: slice) -> BoolArray:
    """The part of a mask that belongs to a block of keys; an axis of length 1 is the same for all keys."""
    return mask if mask.ndim == 0 or mask.shape[-1] == 1 else mask[..., block]


def _checked(blocks: object) -> Iterator[FloatArray]:
    leading = None
    for number, block in enumerate(iterable("blocks", blocks, "arrays")):
        scores = float_array(f"blocks[{number}]", block, "(..., block_len)")
        leading = scores.shape[:-1] if leading is None else leading
        same = scores.shape[:-1] == leading
        require(same, f"blocks[{number}]", f"have the leading axes of blocks[0], {leading}", f"shape {scores.shape}")
        yield scores
