"""Drawing the next token: as free or as strict as wanted."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, generator, number, require, scores_array, size
from selfattn_ref.weights import softmax_or_zero


def sample_next(logits: FloatArray, temperature: float, top_k: int, top_p: float, rng: np.random.Generator) -> int:
    """Draw the next token from the likely ones.

    In float64, in this order: the softmax of logits / temperature; the top_k most probable tokens, the others get 0;
    these divided by their sum; the fewest most probable tokens whose sum is at least top_p, the others get 0; these
    divided by their sum. Of equally probable tokens the smallest ids stay. Then one draw: the smallest id whose
    cumulated probability, in the order of the ids, is above it. Fan et al. (2018), section 5.2, for top_k; Holtzman
    et al. (2020), section 3.1, for top_p.

    Args:
        logits: (vocab,) one for each token; −inf for one that must not come.
        temperature: positive; below 1 the likely tokens become likelier, above 1 less so. To take the likeliest
            always, use top_k=1.
        top_k: how many tokens stay, at least 1; as many as vocab or more: all.
        top_p: how much probability stays, 0 < top_p ≤ 1; 1: all.
        rng: source of the one draw, ``rng.random()``, which is made even if only one token is left.

    Returns:
        The id of a token, from 0 to vocab − 1; never one with probability 0.

    Raises:
        TypeError: logits is not a NumPy array of floats, temperature or top_p not a number, top_k not an integer,
            or rng not a generator.
        ValueError: logits does not have one axis, holds NaN or +inf or nothing but −inf, or temperature, top_k or top_p
            is out of its range.

    >>> rng = np.random.default_rng(0)
    >>> [sample_next(np.log([0.1, 0.2, 0.7]), 1.0, top_k=2, top_p=1.0, rng=rng) for _ in range(8)]
    [2, 2, 1, 1, 2, 2, 2, 2]
    """
    logits = scores_array("logits", logits, "(vocab,)")
    require(bool((logits > -np.inf).any()), "logits", "hold an entry above -inf", f"none, shape {logits.shape}")
    temperature, top_p = number("temperature", temperature), number("top_p", top_p)
    require(temperature > 0, "temperature", "be positive", temperature)
    top_k = size("top_k", top_k, at_least=1)
    require(0 < top_p <= 1, "top_p", "be above 0 and at most 1", top_p)
    rng = generator("rng", rng)
    return inverse_cdf(truncated(logits, temperature, top_k, top_p), rng.random())


def truncated(logits: FloatArray, temperature: float, top_k: int, top_p: float) -> FloatArray:
    """The distribution (vocab,) from which `sample_next` draws, without checks."""
    p = _softmax(logits.astype(np.float64), temperature)
    order = np.argsort(-p, kind="stable")  # the most probable first, of equal ones the smallest id
    p[order[top_k:]] = 0.0
    p /= p.sum()
    if top_p < 1:  # 1 keeps all, however the cumulated sum is rounded
        enough = np.searchsorted(np.cumsum(p[order]), top_p)  # how many before the sum reaches top_p
        p[order[enough + 1 :]] = 0.0
        p /= p.sum()
    return p


def inverse_cdf(p: FloatArray, draw: float) -> int:
    """The smallest index whose cumulated probability is above a draw from [0, 1); p need not sum to exactly 1."""
    cumulated = np.cumsum(p, dtype=np.float64)
    return int(np.searchsorted(cumulated / cumulated[-1], draw, side="right"))


@np.errstate(over="ignore")  # a tiny temperature: −inf has the right weight, 0
def _softmax(logits: FloatArray, temperature: float) -> FloatArray:
    return softmax_or_zero((logits - logits.max()) / temperature, axis=-1)
