"""How good is a ranking? Metrics of lists (retrieval) and of scores (recommendation)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from selfattn_ref.validation import FloatArray, IntArray, int_array, kind_of, require, scores_array, sequence, size


def recall_at_k(rankings: Sequence[Sequence[Any]], relevant: Sequence[Set[Any]], k: int) -> float:
    """Measure which share of the relevant items is among the first k of a ranking, on average over the queries.

    |first k ∩ relevant| / |relevant| — Manning et al. (2008), section 8.4.

    Args:
        rankings: for each query the ids that were found, the best first, none twice; maybe fewer than k, maybe none.
            Lists of anything that can be in a set, or the rows of an integer array.
        relevant: for each query the non-empty set of the ids that should be found.
        k: how many of each ranking count, at least 1.

    Returns:
        The mean over the queries, from 0 (nothing found) to 1.

    Raises:
        TypeError: rankings or relevant is not a sequence, one of rankings no sequence, one of relevant no set,
            or k not an integer.
        ValueError: no query, different numbers of queries, an id twice in a ranking, an empty set, or k < 1.

    >>> recall_at_k([[3, 1, 2], [5, 4]], [{1, 7}, {4}], k=2)  # 1 of 2, 1 of 1
    0.75
    """
    pairs, k = _judged(rankings, relevant), size("k", k, at_least=1)
    shares = [len(wanted.intersection(ids[:k])) / len(wanted) for ids, wanted in pairs]
    return sum(shares) / len(pairs)


def mean_reciprocal_rank(rankings: Sequence[Sequence[Any]], relevant: Sequence[Set[Any]]) -> float:
    """Measure how far down a ranking the first relevant item is, on average over the queries.

    1 / rank of the first relevant id, ranks from 1 on, and 0 where none is found — Voorhees (1999), section 2.

    Args:
        rankings: as for `recall_at_k`.
        relevant: as for `recall_at_k`.

    Returns:
        The mean over the queries, from 0 to 1.

    Raises:
        TypeError: rankings or relevant is not a sequence, one of rankings no sequence, or one of relevant no set.
        ValueError: no query, different numbers of queries, an id twice in a ranking, or an empty set.

    >>> mean_reciprocal_rank([[3, 1, 2], [5, 4]], [{1, 2}, {5}])  # first found at 2 and at 1
    0.75
    """
    pairs = _judged(rankings, relevant)
    first = [next((rank for rank, id_ in enumerate(ids, start=1) if id_ in wanted), None) for ids, wanted in pairs]
    return sum(1 / rank for rank in first if rank) / len(pairs)


def hit_rate(scores: FloatArray, targets: IntArray, k: int) -> float:
    """Measure for how many users the one right item is among the k best.

    The rank of the target is 1 + the number of other items that score at least as much: it loses all ties, so that a
    model that gives every item the same score is not rewarded. Kang and McAuley (2018), section 4.3, Hit@k.

    Args:
        scores: (users, items); −inf for an item that must not be recommended.
        targets: (users,) the right item of each user, from 0 to items − 1.
        k: how many items are recommended, at least 1.

    Returns:
        The share of users whose target has a rank of at most k.

    Raises:
        TypeError: scores is not a NumPy array of floats, targets not one of integers, or k not an integer.
        ValueError: sizes disagree (the message gives the shapes), no user, a score that is NaN or +inf, a target that
            is no item, or k < 1.

    >>> hit_rate(np.array([[0.9, 0.5, 0.5], [0.1, 0.2, 0.3]]), np.array([1, 1]), k=2)  # ranks 3 and 2
    0.5
    """
    ranks, k = _target_ranks(scores, targets), size("k", k, at_least=1)
    return float((ranks <= k).mean())


def ndcg(scores: FloatArray, targets: IntArray, k: int) -> float:
    """Measure how high the one right item is placed among the k best.

    Gain 1 / log2(rank + 1) up to rank k and 0 below, with the rank of `hit_rate`; the ideal gain is 1, since one item
    is right. Järvelin and Kekäläinen (2002); Kang and McAuley (2018), section 4.3, NDCG@k.

    Args:
        scores: as for `hit_rate`.
        targets: as for `hit_rate`.
        k: how many items are recommended, at least 1.

    Returns:
        The mean gain over the users, from 0 to 1; never above the hit rate.

    Raises:
        TypeError: scores is not a NumPy array of floats, targets not one of integers, or k not an integer.
        ValueError: sizes disagree (the message gives the shapes), no user, a score that is NaN or +inf, a target that
            is no item, or k < 1.

    >>> ndcg(np.array([[0.9, 0.5, 0.5], [0.1, 0.4, 0.3]]), np.array([1, 1]), k=3)  # ranks 3 and 1
    0.75
    """
    ranks, k = _target_ranks(scores, targets), size("k", k, at_least=1)
    return float(np.where(ranks <= k, 1 / np.log2(ranks + 1), 0.0).mean())


def _judged(rankings: object, relevant: object) -> list[tuple[list[Any], frozenset[Any]]]:
    """The ranking of each query beside what is relevant to it."""
    lists = sequence("rankings", rankings, "rankings")
    sets = sequence("relevant", relevant, "sets")
    require(len(lists) > 0, "rankings", "hold at least one query", "none")
    counts = f"rankings of {len(lists)}, relevant of {len(sets)}"
    require(len(sets) == len(lists), "relevant", "have one set for each ranking", counts)
    pairs = []
    for query, (ranking, wanted) in enumerate(zip(lists, sets, strict=True)):
        ids = list(sequence(f"rankings[{query}]", ranking, "ids"))
        require(len(set(ids)) == len(ids), f"rankings[{query}]", "hold no id twice", ids)
        require(isinstance(wanted, Set), f"relevant[{query}]", "be a set", kind_of(wanted), TypeError)
        require(len(wanted) > 0, f"relevant[{query}]", "hold at least one id", "an empty set")
        pairs.append((ids, frozenset(wanted)))
    return pairs


def _target_ranks(scores: object, targets: object) -> IntArray:
    """(users,): 1 + how many other items score at least as much as the target."""
    table = scores_array("scores", scores, "(users, items)")
    ids = int_array("targets", targets, "(users,)")
    require(len(table) > 0, "scores", "have at least one user", f"shape {table.shape}")
    shapes = f"scores {table.shape}, targets {ids.shape}"
    require(len(ids) == len(table), "targets", "have one entry for each row of scores (users)", shapes)
    outside = ids[(ids < 0) | (ids >= table.shape[1])]
    require(outside.size == 0, "targets", f"lie in 0 … {table.shape[1] - 1}", outside[:1])
    own = np.take_along_axis(table, ids[:, None], axis=1)  # (users, 1)
    ranks: IntArray = (table >= own).sum(axis=1)  # the target itself is the 1
    return ranks
