"""Question answering by pointing: the best stretch of a text."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, require, scores_array, size


def best_span(start_scores: FloatArray, end_scores: FloatArray, max_length: int) -> tuple[int, int]:
    """Choose the stretch of tokens whose first and last token fit an answer best.

    The (i, j) with i ≤ j < i + max_length that maximizes start_scores[i] + end_scores[j], the last token included;
    of equal sums, as computed in the dtype of the inputs, the smallest i, then the smallest j. Choosing the best start
    and the best end on their own could put the end first. Devlin et al. (2019), section 4.2.

    Args:
        start_scores: (n,) how well each token starts the answer, n ≥ 1; −inf where none may start (a question's tokens,
            padding).
        end_scores: (n,) how well each token ends it.
        max_length: the largest number of tokens of an answer, at least 1.

    Returns:
        (i, j), the first and the last token; (0, 0) if every stretch has a sum of −inf.

    Raises:
        TypeError: a score is not a NumPy array of floats, or max_length not an integer.
        ValueError: sizes disagree (the message gives the shapes), no token, a score that is NaN or +inf, or
            max_length < 1.

    >>> best_span(np.array([0.0, 1.0, 5.0]), np.array([4.0, 3.0, 1.0]), max_length=2)  # not start 2, end 0
    (2, 2)
    """
    start_scores = scores_array("start_scores", start_scores, "(n,)")
    end_scores = scores_array("end_scores", end_scores, "(n,)")
    require(len(start_scores) > 0, "start_scores", "have at least one entry", f"shape {start_scores.shape}")
    shapes = f"start_scores {start_scores.shape}, end_scores {end_scores.shape}"
    require(len(end_scores) == len(start_scores), "end_scores", "have as many entries (n) as start_scores", shapes)
    max_length = size("max_length", max_length, at_least=1)

    i, j = np.indices((len(start_scores), len(end_scores)), sparse=True)
    sums = np.where((i <= j) & (j - i < max_length), start_scores[i] + end_scores[j], -np.inf)  # (n, n)
    first, last = divmod(int(sums.argmax()), len(end_scores))  # row by row: the smallest i, then the smallest j
    return first, last
