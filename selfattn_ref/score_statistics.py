"""Why divide by √d_k: the spread of dot products between random vectors."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import flag, generator, size


def score_variance(d_k: int, num_samples: int, rng: np.random.Generator, scaled: bool) -> float:
    """Estimate the variance of the dot product of two vectors of independent standard normal numbers.

    The exact variance is d_k, and 1 after division by √d_k — Vaswani et al. (2017), footnote 4.

    Args:
        d_k: number of features of a query and of a key, at least 1.
        num_samples: number of pairs, at least 2.
        rng: source of all draws: first rng.standard_normal((num_samples, d_k)) for the queries, then the same for
            the keys.
        scaled: whether the dot products are divided by √d_k.

    Returns:
        The variance of the num_samples scores around their mean, divided by num_samples (NumPy's ``var``).

    Raises:
        TypeError: d_k or num_samples is not an integer, rng not a generator, or scaled not a boolean.
        ValueError: d_k below 1 or num_samples below 2.

    >>> round(score_variance(64, 10_000, np.random.default_rng(0), scaled=True), 1)
    1.0
    """
    d_k = size("d_k", d_k, at_least=1)
    num_samples = size("num_samples", num_samples, at_least=2)
    rng = generator("rng", rng)
    scaled = flag("scaled", scaled)
    q = rng.standard_normal((num_samples, d_k))
    k = rng.standard_normal((num_samples, d_k))
    scores = (q * k).sum(axis=-1)  # (num_samples,)
    return float(scores.var() / d_k if scaled else scores.var())
