"""Attention among tokens that hash alike: Reformer's locality-sensitive hashing."""

from __future__ import annotations

import numpy as np

from selfattn_ref.attention import attend
from selfattn_ref.validation import BoolArray, FloatArray, IntArray, flag, float_array, generator, require, size


def lsh_buckets(x: FloatArray, num_buckets: int, rng: np.random.Generator) -> IntArray:
    """Put vectors into buckets so that vectors of similar direction tend to share one.

    The vectors are projected to num_buckets / 2 random axes; the bucket is the direction, of the axes and their
    opposites, along which the projection is largest: argmax([x R; −x R]). The length of a vector does not matter.
    Andoni et al. (2015); Kitaev et al. (2020), section 2.

    Args:
        x: (..., seq_len, d) vectors.
        num_buckets: number of buckets, even, at least 2.
        rng: one draw, ``R = rng.standard_normal((d, num_buckets // 2))``, the same for all leading axes.

    Returns:
        buckets (..., seq_len), integers from 0 to num_buckets − 1; a tie goes to the smallest.

    Raises:
        TypeError: x is not a NumPy array of floats, num_buckets not an integer, or rng not a generator.
        ValueError: fewer than two axes, no feature, or num_buckets odd or below 2.

    >>> lsh_buckets(np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]]), 4, np.random.default_rng(0)).tolist()
    [0, 0, 2]
    """
    return _hash(_vectors("x", x), _bucket_count(num_buckets), generator("rng", rng))


def lsh_attention(
    qk: FloatArray, v: FloatArray, num_buckets: int, rng: np.random.Generator, causal: bool = False
) -> FloatArray:
    """Let every token attend to the tokens in its own bucket, computing no other score.

    Queries and keys are the same vectors, the keys brought to length 1, so that what a query attends to most has its
    direction, and hence probably its bucket: scores = qk_i · (qk_j / ‖qk_j‖) / √d. Token i attends to token j where
    both are in one bucket of `lsh_buckets`, j ≤ i if causal, and j ≠ i unless i has nobody else.
    Kitaev et al. (2020), section 2, one round of hashing; each bucket is computed whole, where the paper cuts the
    sorted tokens into chunks of equal length to suit an accelerator. Work: d times the sum of the squared bucket sizes.

    Args:
        qk: (..., seq_len, d) vectors, queries and keys in one.
        v: (..., seq_len, value_dim) values, with the leading axes of qk.
        num_buckets: number of buckets, even, at least 2.
        rng: one draw, that of `lsh_buckets`.
        causal: whether a token sees no later token.

    Returns:
        output (..., seq_len, value_dim), in the dtype of the inputs.

    Raises:
        TypeError: qk or v is not a NumPy array of floats, num_buckets not an integer, rng not a generator,
            or causal not a truth value.
        ValueError: sizes disagree (the message gives the shapes), no feature, or num_buckets odd or below 2.

    >>> qk, v = np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]]), np.array([[1.0], [2.0], [3.0]])
    >>> lsh_attention(qk, v, 4, np.random.default_rng(0)).tolist()  # buckets 0, 0, 2
    [[2.0], [1.0], [3.0]]
    """
    qk, v = _vectors("qk", qk), float_array("v", v, "(..., seq_len, value_dim)")
    same = qk.shape[:-1] == v.shape[:-1]
    require(same, "v", "have all axes of qk but the last", f"qk {qk.shape}, v {v.shape}")
    num_buckets, rng, causal = _bucket_count(num_buckets), generator("rng", rng), flag("causal", causal)

    buckets = _hash(qk, num_buckets, rng)  # (..., seq_len)
    length = np.linalg.norm(qk, axis=-1, keepdims=True)
    keys = qk / np.where(length == 0.0, 1.0, length)
    output: FloatArray = np.empty(v.shape, np.result_type(qk, v))
    for sequence in np.ndindex(qk.shape[:-2]):
        for tokens in _members(buckets[sequence]):
            place = (*sequence, tokens)  # of one bucket of one sequence
            output[place], _ = attend(qk[place], keys[place], v[place], _may_attend(len(tokens), causal))
    return output


def _hash(x: FloatArray, num_buckets: int, rng: np.random.Generator) -> IntArray:
    projected = x @ rng.standard_normal((x.shape[-1], num_buckets // 2))  # (..., seq_len, num_buckets / 2)
    buckets: IntArray = np.concatenate([projected, -projected], axis=-1).argmax(axis=-1)
    return buckets


def _members(buckets: IntArray) -> list[IntArray]:
    """The positions of the tokens in each bucket (seq_len,) that holds any, in ascending order."""
    order = np.argsort(buckets, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(buckets[order])) + 1)


def _may_attend(count: int, causal: bool) -> BoolArray:
    """(count, count): every token of a bucket sees the others, or the earlier ones; itself only if there is none."""
    others = ~np.eye(count, dtype=bool)
    if causal:
        others = np.tril(others)
    alone = ~others.any(axis=1)
    return others | np.diag(alone)


def _vectors(argument: str, value: object) -> FloatArray:
    vectors = float_array(argument, value, "(..., seq_len, d)")
    require(vectors.shape[-1] > 0, argument, "have at least one feature (d)", f"shape {vectors.shape}")
    return vectors


def _bucket_count(num_buckets: object) -> int:
    count = size("num_buckets", num_buckets, at_least=2)
    require(count % 2 == 0, "num_buckets", "be even", count)
    return count
