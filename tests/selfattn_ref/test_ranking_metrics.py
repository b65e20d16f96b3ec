from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import hit_rate, mean_reciprocal_rank, ndcg, recall_at_k

RANKINGS = [[7, 2, 5, 9], [1, 3], [], [4, 8, 6]]
RELEVANT = [{5, 9, 100}, {1}, {2}, {11}]


@pytest.mark.parametrize(("k", "shares"), [(1, (0, 1, 0, 0)), (3, (1 / 3, 1, 0, 0)), (4, (2 / 3, 1, 0, 0))])
def test_recall_at_k_hand_computed(k, shares):
    assert recall_at_k(RANKINGS, RELEVANT, k) == pytest.approx(sum(shares) / 4, rel=1e-15)
    assert recall_at_k(RANKINGS, RELEVANT, 1000) == recall_at_k(RANKINGS, RELEVANT, 4)


def test_mean_reciprocal_rank_hand_computed():
    assert mean_reciprocal_rank(RANKINGS, RELEVANT) == pytest.approx((1 / 3 + 1) / 4, rel=1e-15)


def test_metrics_of_lists_take_words_arrays_and_sets_of_any_kind():
    assert recall_at_k([("returns", "refund")], [frozenset({"refund"})], k=2) == 1.0
    assert mean_reciprocal_rank(np.array([[3, 1], [5, 2]]), [{1}, {np.int64(5)}]) == 0.75


@given(st.permutations(range(6)), st.sets(st.integers(0, 8), min_size=1))
def test_recall_at_k_grows_with_k_and_counts_one_by_one(ranking, wanted):
    shares = [recall_at_k([ranking], [wanted], k) for k in range(1, 8)]
    assert shares == sorted(shares)
    found = [sum(id_ in wanted for id_ in ranking[:k]) / len(wanted) for k in range(1, 8)]
    np.testing.assert_allclose(shares, found, rtol=1e-15)
    first = next((1 / (place + 1) for place, id_ in enumerate(ranking) if id_ in wanted), 0.0)
    assert mean_reciprocal_rank([ranking], [wanted]) == first


@pytest.mark.parametrize("metric", [lambda *pair: recall_at_k(*pair, k=1), mean_reciprocal_rank])
@pytest.mark.parametrize(
    ("rankings", "relevant", "message"),
    [
        ([[1], 2], [{1}, {2}], r"rankings\[1\] must be a sequence of ids, got int"),
        (["ab"], [{"a"}], r"rankings\[0\] must be a sequence of ids, got str"),
        ([[1]], [[1]], r"relevant\[0\] must be a set, got list"),
    ],
)
def test_metrics_of_lists_wrong_type_inside_names_the_query(metric, rankings, relevant, message):
    with pytest.raises(TypeError, match=message):
        metric(rankings, relevant)


SCORES = np.array([[0.1, 0.9, 0.5, 0.7], [0.5, 0.5, 0.5, -np.inf], [3.0, 1.0, 2.0, 0.0]])
TARGETS = np.array([2, 1, 0])  # ranks 3, 3 (loses both ties) and 1


@pytest.mark.parametrize(
    ("k", "hits", "gains"), [(1, (0, 0, 1), (0, 0, 1)), (2, (0, 0, 1), (0, 0, 1)), (3, (1, 1, 1), (0.5, 0.5, 1))]
)
def test_hit_rate_and_ndcg_hand_computed(k, hits, gains):
    assert hit_rate(SCORES, TARGETS, k) == pytest.approx(sum(hits) / 3, rel=1e-15)
    assert ndcg(SCORES, TARGETS, k) == pytest.approx(sum(gains) / 3, rel=1e-15)


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 4))
def test_hit_rate_and_ndcg_equal_their_rule_item_by_item(seed, k, levels):
    rng = np.random.default_rng(seed)
    scores, targets = rng.integers(0, levels, size=(5, 7)).astype(float), rng.integers(0, 7, size=5)
    hits, gains = [], []
    for row, target in zip(scores, targets, strict=True):
        rank = 1 + sum(row[item] >= row[target] for item in range(7) if item != target)
        hits.append(rank <= k)
        gains.append(1 / log2(rank + 1) if rank <= k else 0.0)
    assert hit_rate(scores, targets, k) == pytest.approx(np.mean(hits), rel=1e-14)
    assert ndcg(scores, targets, k) == pytest.approx(np.mean(gains), rel=1e-14)
    assert ndcg(scores, targets, k) <= hit_rate(scores, targets, k)


@pytest.mark.parametrize("metric", [hit_rate, ndcg])
def test_metrics_of_scores_one_score_for_all_items_is_not_rewarded(metric):
    assert metric(np.ones((3, 10)), np.arange(3), 9) == 0.0
    assert metric(np.full((3, 10), -np.inf), np.arange(3), 9) == 0.0


def test_hit_rate_every_item_hits_where_all_are_recommended(rng):
    assert hit_rate(rng.normal(size=(5, 7)), np.arange(5), 7) == 1.0
    assert type(hit_rate(SCORES, TARGETS, 1)) is type(ndcg(SCORES, TARGETS, 1)) is float
