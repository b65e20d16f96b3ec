"""scikit-learn's metrics and neighbors, SciPy's logarithm of a sum: rankings, retrieval, losses over samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from selfattn_ref import hit_rate, mean_reciprocal_rank, ndcg, recall_at_k, retrieve, sampled_softmax_loss
from tests.conformance.authority import Authority, Case, OutOfScope, agree

USERS, ITEMS = 11, 7
TIES = "scikit-learn shares the ranks of equal scores or goes by the index; here the target loses every tie"


def scored(seed: int, ties: bool) -> tuple[Any, Any]:
    """Scores of users for items, and the right item of each user, every item once at least."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 3, size=(USERS, ITEMS)).astype(float) if ties else rng.normal(size=(USERS, ITEMS))
    return scores, np.arange(USERS) % ITEMS


def scored_cases(run: Callable[..., None], tied: bool) -> Iterator[Case]:
    """Several k; with ties the definitions may part."""
    for ties in (False, True) if tied else (False,):
        for k in (1, 2, 3, 6):
            yield Case(f"k={k}, ties={ties}", partial(without_ties, run, k, ties))


def without_ties(run: Callable[..., None], k: int, ties: bool) -> None:
    if ties:
        raise OutOfScope(TIES)
    run(*scored(k, ties), k)


def run_ndcg(scores: Any, targets: Any, k: int) -> None:
    from sklearn.metrics import ndcg_score

    agree(np.float64(ndcg(scores, targets, k)), ndcg_score(np.eye(ITEMS)[targets], scores, k=k))


def run_top_k_accuracy(scores: Any, targets: Any, k: int) -> None:
    from sklearn.metrics import top_k_accuracy_score

    agree(np.float64(hit_rate(scores, targets, k)), top_k_accuracy_score(targets, scores, k=k, labels=range(ITEMS)))


def run_reciprocal_rank(scores: Any, targets: Any, k: int) -> None:
    """With one relevant item the average precision of a ranking is 1 / its rank; k plays no part."""
    from sklearn.metrics import label_ranking_average_precision_score

    rankings = np.argsort(-scores, axis=1)
    mine = mean_reciprocal_rank(rankings, [{target} for target in targets.tolist()])
    agree(np.float64(mine), label_ranking_average_precision_score(np.eye(ITEMS)[targets], scores))


def run_recall(scores: Any, targets: Any, k: int) -> None:
    """The first k as a prediction of several labels at once."""
    from sklearn.metrics import recall_score

    relevant = [{int(target), int(3 * target + 1) % ITEMS} for target in targets]
    wanted = np.array([[item in row for item in range(ITEMS)] for row in relevant])
    rankings = np.argsort(-scores, axis=1)
    found = np.array([[item in row for item in range(ITEMS)] for row in rankings[:, :k]])
    agree(np.float64(recall_at_k(rankings, relevant, k)), recall_score(wanted, found, average="samples"))


def neighbor_cases() -> Iterator[Case]:
    """Exact nearest neighbors by the cosine."""
    for dtype in (np.float64, np.float32):
        for k in (1, 3, 13):
            yield Case(f"k={k}, {dtype.__name__}", partial(run_neighbors, k, dtype))


def run_neighbors(k: int, dtype: Any) -> None:
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(5)
    query, bank = rng.normal(size=(5, 4)).astype(dtype), rng.normal(size=(13, 4)).astype(dtype)
    model = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(bank)
    distances, expected = model.kneighbors(query)
    ids, scores = retrieve(query, bank, k)
    np.testing.assert_array_equal(ids, expected)
    agree(1 - scores, distances.astype(dtype), "distances")


def sampled_cases() -> Iterator[Case]:
    """The loss as a logarithm of a weighted sum, in which a negative that is the target has weight 0."""
    for corrected in (False, True):
        for count in (1, 4, 50):
            yield Case(f"{count} negatives, corrected={corrected}", partial(run_sampled, count, corrected))


def run_sampled(count: int, corrected: bool) -> None:
    from scipy.special import logsumexp

    rng = np.random.default_rng(5)
    hidden, items, targets = rng.normal(size=(5, 3)), rng.normal(size=(ITEMS, 3)), rng.integers(0, ITEMS, size=5)
    q = rng.dirichlet(np.ones(ITEMS)) if corrected else None
    negatives = rng.choice(ITEMS, (5, count), p=q)
    weights = 1 / (np.ones(ITEMS) if q is None else q)
    table = hidden @ items.T  # (n, items)
    own, others = (np.take_along_axis(table, ids, axis=1) for ids in (targets[:, None], negatives))
    odds = np.where(negatives == targets[:, None], 0.0, weights[negatives] / weights[targets][:, None])
    terms = np.concatenate([own, others], axis=1) - own
    expected = logsumexp(terms, b=np.concatenate([np.ones((5, 1)), odds], axis=1), axis=1).mean()
    agree(np.float64(sampled_softmax_loss(hidden, items, targets, negatives, q)), expected)


SCORED = [  # title, comparison, whether equal scores are a case of their own
    ("scikit-learn ndcg_score", run_ndcg, True),
    ("scikit-learn top_k_accuracy_score", run_top_k_accuracy, True),
    ("scikit-learn label ranking, one relevant", run_reciprocal_rank, False),
    ("scikit-learn recall_score of the first k", run_recall, False),
]
AUTHORITIES = [
    *(
        Authority(title, "scikit-learn", partial(scored_cases, run, tied), module="sklearn")
        for title, run, tied in SCORED
    ),
    Authority("scikit-learn NearestNeighbors, cosine", "scikit-learn", neighbor_cases, module="sklearn"),
    Authority("SciPy logsumexp", "scipy", sampled_cases),
]
