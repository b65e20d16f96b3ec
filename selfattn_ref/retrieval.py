"""Answering by looking up: pool a text into one vector, find its nearest neighbors, answer or pass the question on."""

from __future__ import annotations

import numpy as np

from selfattn_ref.cosine import directions
from selfattn_ref.validation import (
    BoolArray,
    FloatArray,
    IntArray,
    bool_array,
    broadcastable,
    float_array,
    number,
    require,
    size,
)


def masked_mean_pool(x: FloatArray, mask: BoolArray) -> FloatArray:
    """Average the vectors of the real tokens into one vector for the whole text.

    Reimers and Gurevych (2019), section 3, "MEAN". Padding is left out by selecting, so not even a NaN there matters.

    Args:
        x: (..., seq_len, d_model) token vectors.
        mask: boolean, broadcastable to (..., seq_len); True where a token is real. A `padding_mask` without its middle
            axis, ``mask[:, 0]``.

    Returns:
        (..., d_model) in the dtype of x; zeros where a text has no real token.

    Raises:
        TypeError: x is not a NumPy array of floats, or mask not one of booleans.
        ValueError: fewer than two axes, or a mask that does not broadcast to all axes of x but the last.

    >>> masked_mean_pool(np.array([[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]]), np.array([True, True, False])).tolist()
    [2.0, 4.0]
    """
    x = float_array("x", x, "(..., seq_len, d_model)")
    mask = bool_array("mask", mask, "(..., seq_len)")
    broadcastable("mask", mask, x.shape[:-1], "(..., seq_len)")
    real = np.broadcast_to(mask, x.shape[:-1])[..., None]  # (..., seq_len, 1)
    share = real / np.maximum(real.sum(axis=-2, keepdims=True), 1)  # a mean, weighted: large vectors do not overflow
    return (np.where(real, x, 0.0) * share).sum(axis=-2).astype(x.dtype)


def retrieve(query: FloatArray, bank: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Find the k rows of a bank whose direction is closest to that of the query.

    Closeness is the cosine, and every row is compared: exact search, n·d multiply-adds a query. Karpukhin et al.
    (2020), section 3, there with plain dot products.

    Args:
        query: (..., d) vectors of any length but 0.
        bank: (n, d) vectors of any length but 0.
        k: how many to return, 1 ≤ k ≤ n.

    Returns:
        ids (..., k), the rows of the bank, the best first, of equal ones the smallest first (a NaN comes last);
        and their cosines (..., k) in the dtype of the inputs.

    Raises:
        TypeError: query or bank is not a NumPy array of floats, or k not an integer.
        ValueError: sizes disagree (the message gives the shapes), a row of zeros, k below 1 or above n.

    >>> ids, scores = retrieve(np.array([0.0, 2.0]), np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 9.0]]), k=2)
    >>> ids.tolist(), scores.tolist()
    ([2, 1], [1.0, 0.8])
    """
    query, bank = directions("query", query, "(..., d)"), directions("bank", bank, "(n, d)")
    shapes = f"query {query.shape}, bank {bank.shape}"
    require(query.shape[-1] == bank.shape[-1], "bank", "have as many features (d) as query", shapes)
    k = size("k", k, at_least=1)
    require(k <= len(bank), "k", "be at most the number of rows of bank (n)", f"k={k}, bank {bank.shape}")
    cosines = query @ bank.T  # (..., n)
    ids = np.argsort(-cosines, axis=-1, kind="stable")[..., :k].copy()  # stable: of equal ones the smallest first
    return ids, np.take_along_axis(cosines, ids, axis=-1)


def answer_or_escalate(scores: FloatArray, threshold: float) -> int | None:
    """Choose the best answer if its score reaches the threshold; else leave the question to a person.

    Chow (1970): refuse to decide where the best score is too low. A higher threshold means fewer wrong answers and more
    questions passed on.

    Args:
        scores: (n,) one score for each answer.
        threshold: the lowest score that is good enough. It is compared in the dtype of scores: a float32 score of 0.7
            reaches 0.7.

    Returns:
        The index of the highest score, of equal ones the smallest, if that score ≥ threshold. None (escalate)
        otherwise, and also if there is no score at all or a NaN among them.

    Raises:
        TypeError: scores is not a NumPy array of floats, or threshold not a number.
        ValueError: scores does not have one axis, or threshold is not finite.

    >>> scores = np.array([0.2, 0.7, 0.7])
    >>> answer_or_escalate(scores, threshold=0.7), answer_or_escalate(scores, threshold=0.8)
    (1, None)
    """
    scores = float_array("scores", scores, "(n,)")
    threshold = number("threshold", threshold)
    if scores.size == 0:
        return None
    best = int(scores.argmax())  # the first NaN, if there is one, and that reaches nothing
    return best if scores[best] >= threshold else None
