"""Losses that pull pairs together and push everything else apart."""

from __future__ import annotations

import numpy as np

from selfattn_ref.cosine import directions
from selfattn_ref.validation import FloatArray, number, require, same_size


def info_nce_loss(queries: FloatArray, positives: FloatArray, temperature: float = 0.07) -> float:
    """Score how well each query picks its own partner out of the partners of the whole batch.

    With s_ij = cos(query_i, positive_j) / temperature, the mean over i of −log softmax(s_i)_i: a classification into n
    classes in which the other rows of the batch are the wrong answers. van den Oord et al. (2018), equation 4, with the
    cosine and the temperature of He et al. (2020), equation 1.

    Args:
        queries: (n, d) vectors of any length but 0.
        positives: (n, d) vectors; row i belongs to row i of queries.
        temperature: divides the cosines; positive.

    Returns:
        The loss in nats; log n for a guess, 0 at best.

    Raises:
        TypeError: queries or positives is not a NumPy array of floats, or temperature not a number.
        ValueError: sizes disagree (the message gives the shapes), there is no row, a row is all zeros,
            or temperature is not positive.

    >>> round(info_nce_loss(np.eye(2), np.eye(2), temperature=1.0), 4)  # log(1 + exp(−1))
    0.3133
    """
    return _own_column_loss(_similarities("queries", queries, "positives", positives, temperature))


def contrastive_image_text_loss(images: FloatArray, texts: FloatArray, temperature: float = 0.07) -> float:
    """Score a joint space of images and texts: each image must find its text, and each text its image.

    The mean of `info_nce_loss` from images to texts and from texts to images: the same cosines, once by rows and
    once by columns. Radford et al. (2021), figure 3.

    Args:
        images: (n, d) embeddings of images, of any length but 0.
        texts: (n, d) embeddings of texts; row i describes image i.
        temperature: divides the cosines; positive. In the paper it is learned, from 0.07 on.

    Returns:
        The loss in nats; log n for a guess, 0 at best.

    Raises:
        TypeError: images or texts is not a NumPy array of floats, or temperature not a number.
        ValueError: sizes disagree (the message gives the shapes), there is no row, a row is all zeros,
            or temperature is not positive.

    >>> round(contrastive_image_text_loss(np.eye(2), np.eye(2), temperature=1.0), 4)
    0.3133
    """
    similarities = _similarities("images", images, "texts", texts, temperature)
    return (_own_column_loss(similarities) + _own_column_loss(similarities.T)) / 2


def _similarities(first: str, left: object, second: str, right: object, temperature: object) -> FloatArray:
    """The cosine of every row of one with every row of the other, over the temperature, (n, n)."""
    rows = [directions(first, left, "(n, d)"), directions(second, right, "(n, d)")]
    shapes = {first: rows[0].shape, second: rows[1].shape}
    require(len(rows[0]) > 0, first, "have at least one row", f"shape {rows[0].shape}")
    same_size(f"have as many rows (n) as {first}", shapes, rows[0].shape[0], rows[1].shape[0])
    same_size(f"have as many features (d) as {first}", shapes, rows[0].shape[1], rows[1].shape[1])
    factor = number("temperature", temperature)
    require(factor > 0, "temperature", "be positive", factor)
    similarities: FloatArray = rows[0] @ rows[1].T / factor
    return similarities


def _own_column_loss(similarities: FloatArray) -> float:
    """The mean over the rows of log Σ exp(row) − its entry on the diagonal."""
    shifted = similarities - similarities.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - np.diagonal(shifted)).mean())
