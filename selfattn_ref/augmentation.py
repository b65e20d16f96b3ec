"""More training text from the text there is: put other words into gaps, as a masked language model would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_ref.sampling import inverse_cdf
from selfattn_ref.validation import (
    FloatArray,
    IntArray,
    float_array,
    function,
    generator,
    int_array,
    integer,
    probability,
    require,
)


def augment(
    tokens: IntArray, model: Callable[[IntArray], FloatArray], mask_id: int, rate: float, rng: np.random.Generator
) -> IntArray:
    """Replace some tokens by what a masked language model expects in their place.

    Gaps are chosen, all filled with mask_id, the model is asked once, and each gap gets a token drawn from the
    distribution that the model gives there; that may be the old one. Kobayashi (2018); Wu et al. (2019). Whether the
    label of the text still holds is not checked: a model that knows nothing of it can turn "good" into "bad".

    Args:
        tokens: (n,) ids of one text. What must stay (a first or last special token) is left out by the caller and put
            back by the model.
        model: takes (n,) ids with gaps and returns (n, vocab) probabilities; only the rows of the gaps are read.
        mask_id: the id that stands for a gap.
        rate: the probability with which a token becomes a gap, from 0 to 1.
        rng: first ``rng.random(n)``, token t becomes a gap where draw t < rate; then, if there are gaps, one
            ``rng.random(gaps)``, and the draw of each gap, from left to right, chooses the smallest id whose
            cumulated probability is above it, as in `sample_next`.

    Returns:
        A new array (n,) in the dtype of tokens. Without gaps it is a copy, and the model is not asked.

    Raises:
        TypeError: tokens is not a NumPy array of integers, model not a function or its result not a NumPy array of
            floats, mask_id not an integer, rate not a number, or rng not a generator.
        ValueError: tokens does not have one axis, rate is out of its range, or the model's result does not have n rows,
            or has a row in a gap that is no distribution (negative, NaN, or a sum that is not 1 to three digits).

    >>> def model(tokens):
    ...     return np.tile([0.0, 0.0, 0.5, 0.5], (len(tokens), 1))
    >>> augment(np.array([1, 1, 1, 1, 1, 1]), model, mask_id=0, rate=0.5, rng=np.random.default_rng(1)).tolist()
    [1, 1, 3, 1, 2, 3]
    """
    tokens = int_array("tokens", tokens, "(n,)")
    model, mask_id = function("model", model, "token ids"), integer("mask_id", mask_id)
    rate, rng = probability("rate", rate), generator("rng", rng)

    gaps = np.flatnonzero(rng.random(len(tokens)) < rate)
    result = tokens.copy()
    if gaps.size == 0:
        return result
    result[gaps] = mask_id
    expected = _distributions(model(result.copy()), len(tokens), gaps)  # (gaps, vocab)
    for place, p, draw in zip(gaps, expected, rng.random(len(gaps)), strict=True):
        result[place] = inverse_cdf(p, draw)
    return result


def _distributions(answer: object, n: int, gaps: IntArray) -> FloatArray:
    """The rows of the model's answer that are asked for."""
    table = float_array("model's answer", answer, "(n, vocab)")
    require(len(table) == n, "model's answer", "have one row for each token", f"n={n}, shape {table.shape}")
    rows = table[gaps]
    fits = (rows >= 0).all(axis=1) & (np.abs(rows.sum(axis=1, dtype=np.float64) - 1) < 1e-3)
    where = f"none at token {gaps[~fits][:1]}"
    require(bool(fits.all()), "model's answer", "hold a distribution in every gap", where)
    return rows
