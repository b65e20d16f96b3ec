import numpy as np
import pytest

from selfattn_ref import score_variance


@pytest.mark.parametrize("d_k", [1, 16, 64])
def test_score_variance_grows_with_the_features_unless_scaled(rng, d_k):
    assert score_variance(d_k, 20_000, rng, scaled=False) == pytest.approx(d_k, rel=0.1)
    assert score_variance(d_k, 20_000, rng, scaled=True) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("scaled", [False, True])
def test_score_variance_draws_queries_then_keys_and_nothing_else(scaled):
    mine, theirs = np.random.default_rng(3), np.random.default_rng(3)
    variance = score_variance(5, 7, mine, scaled)
    q, k = theirs.standard_normal((7, 5)), theirs.standard_normal((7, 5))
    scores = [float(a @ b) / (5**0.5 if scaled else 1) for a, b in zip(q, k, strict=True)]
    mean = sum(scores) / 7
    assert variance == pytest.approx(sum((score - mean) ** 2 for score in scores) / 7, rel=1e-12)
    assert mine.random() == theirs.random()
    assert type(variance) is float
