"""The functions of chapter 6: retrieval, alarms, recommendation, decoders of language tasks."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import (
    NO_FLOATS,
    NO_GENERATORS,
    NO_INTEGER_ARRAYS,
    NO_INTEGERS,
    NO_NUMBERS,
    NO_SEQUENCES,
)
from tests.selfattn_ref.arguments.values import allowed, floats


def uniform(tokens):
    return np.full((len(tokens), 5), 0.2)


def answering(answer):
    """A language model that says the same to everything."""
    return lambda tokens: answer


RANKINGS, RELEVANT = [[3, 1, 2], (7, 5), np.array([4])], [{1, 9}, frozenset({5}), {6}]
SCORES, TARGETS = floats(3, 7), np.array([0, 6, 3])
GOOD = {
    "masked_mean_pool": {"x": floats(2, 5, 4), "mask": allowed(2, 5)},
    "retrieve": {"query": floats(2, 4), "bank": floats(7, 4), "k": 3},
    "answer_or_escalate": {"scores": floats(5), "threshold": 0.5},
    "recall_at_k": {"rankings": RANKINGS, "relevant": RELEVANT, "k": 2},
    "mean_reciprocal_rank": {"rankings": RANKINGS, "relevant": RELEVANT},
    "hit_rate": {"scores": SCORES, "targets": TARGETS, "k": 3},
    "ndcg": {"scores": SCORES, "targets": TARGETS, "k": 3},
    "rolling_negative_share": {"times": floats(5), "labels": np.array([0, 2, 1, 0, 0]), "window": 1},
    "alerts": {"series": floats(5), "baseline": floats(5)[::-1].copy(), "threshold": 0.5, "cooldown": 2},
    "shift_targets": {"sequences": np.array([[0, 3, 5], [2, 7, 4]])},
    "sampled_softmax_loss": {
        "hidden": floats(3, 4), "items": floats(7, 4), "targets": TARGETS, "negatives": np.array([2, 3]),
        "probabilities": np.full(7, 0.125),
    },
    "best_span": {"start_scores": floats(5), "end_scores": floats(5)[::-1].copy(), "max_length": 2},
    "decode_bio": {"tags": ["B-PER", "I-PER", "O"]},
    "entity_pair_features": {"hidden": floats(5, 4), "head": (0, 2), "tail": [3, 5]},
    "sample_next": {
        "logits": floats(5), "temperature": 0.5, "top_k": 3, "top_p": 0.9, "rng": np.random.default_rng(6),
    },
    "augment": {
        "tokens": np.array([3, 1, 2, 4]), "model": uniform, "mask_id": 0, "rate": 1.0, "rng": np.random.default_rng(6),
    },
}  # fmt: skip
KINDS = {
    **dict.fromkeys(("query", "bank", "times", "series", "hidden", "items", "probabilities", "logits"), NO_FLOATS),
    **dict.fromkeys(("start_scores", "end_scores"), NO_FLOATS),
    **dict.fromkeys(("k", "cooldown", "max_length", "top_k", "mask_id"), NO_INTEGERS),
    **dict.fromkeys(("threshold", "temperature", "top_p", "rate", "window"), NO_NUMBERS),
    **dict.fromkeys(("targets", "labels", "sequences", "negatives", "tokens"), NO_INTEGER_ARRAYS),
    **dict.fromkeys(("rankings", "relevant", "tags", "head", "tail"), NO_SEQUENCES),
    "baseline": [([0.5], "list"), ("0.5", "str"), (True, "bool"), (np.ones(5, int), "int64 array")],
    "model": [(3, "int"), (np.ones((4, 5)), "float64 array")],
    "rng": NO_GENERATORS,
}

RECALL, SHARE, SAMPLED, PAIR = "recall_at_k", "rolling_negative_share", "sampled_softmax_loss", "entity_pair_features"
WRONG_VALUES = [
    ("masked_mean_pool", {"x": floats(4)}, ["x must have shape (..., seq_len, d_model)", "shape (4,)"]),
    ("masked_mean_pool", {"mask": allowed(2, 1, 5)}, ["mask must be broadcastable to (..., seq_len)", "(2, 1, 5)"]),
    ("masked_mean_pool", {"mask": allowed(2, 4)}, ["mask must be broadcastable", "here (2, 5)", "shape (2, 4)"]),
    ("masked_mean_pool", {"mask": np.array(True)}, ["mask must have shape (..., seq_len)", "shape ()"]),
    ("retrieve", {"query": np.array(1.0)}, ["query must have shape (..., d)", "shape ()"]),
    ("retrieve", {"query": floats(3)}, ["bank must have as many features", "query (3,), bank (7, 4)"]),
    ("retrieve", {"query": np.zeros(4)}, ["query must hold no row of zeros", "row []"]),
    ("retrieve", {"bank": floats(7, 4) * (np.arange(7) != 5)[:, None]}, ["bank must hold no row of zeros", "row [5]"]),
    ("retrieve", {"bank": floats(4)}, ["bank must have shape (n, d)", "shape (4,)"]),
    ("retrieve", {"k": 0}, ["k must be at least 1", "got 0"]),
    ("retrieve", {"k": 8}, ["k must be at most the number of rows of bank", "k=8, bank (7, 4)"]),
    ("answer_or_escalate", {"scores": floats(2, 5)}, ["scores must have shape (n,)", "shape (2, 5)"]),
    ("answer_or_escalate", {"threshold": np.nan}, ["threshold must be finite", "nan"]),
    (RECALL, {"rankings": [], "relevant": []}, ["rankings must hold at least one query", "none"]),
    (RECALL, {"relevant": [{1}]}, ["relevant must have one set for each ranking", "rankings of 3, relevant of 1"]),
    (RECALL, {"relevant": [{1}, set(), {2}]}, ["relevant[1] must hold at least one id", "an empty set"]),
    (RECALL, {"rankings": [[1], [2], [3, 4, 3]]}, ["rankings[2] must hold no id twice", "[3, 4, 3]"]),
    (RECALL, {"k": 0}, ["k must be at least 1", "got 0"]),
    ("mean_reciprocal_rank", {"relevant": [{1}] * 4}, ["relevant must have one set for each ranking", "of 4"]),
    ("hit_rate", {"scores": floats(7)}, ["scores must have shape (users, items)", "shape (7,)"]),
    ("hit_rate", {"scores": floats(2, 7)}, ["targets must have one entry for each row", "(2, 7), targets (3,)"]),
    ("hit_rate", {"scores": np.full((3, 7), np.nan)}, ["scores must hold no NaN and no +inf", "[nan]"]),
    ("hit_rate", {"scores": np.full((3, 7), np.inf)}, ["scores must hold no NaN and no +inf", "[inf]"]),
    ("hit_rate", {"scores": floats(0, 7), "targets": TARGETS[:0]}, ["scores must have at least one user", "(0, 7)"]),
    ("hit_rate", {"targets": np.array([0, 7, 3])}, ["targets must lie in 0 … 6", "[7]"]),
    ("hit_rate", {"targets": np.array([0, 6, -1])}, ["targets must lie in 0 … 6", "[-1]"]),
    ("hit_rate", {"targets": TARGETS[:, None]}, ["targets must have shape (users,)", "shape (3, 1)"]),
    ("hit_rate", {"k": 0}, ["k must be at least 1", "got 0"]),
    ("ndcg", {"targets": np.array([0, 7, 3])}, ["targets must lie in 0 … 6", "[7]"]),
    ("ndcg", {"k": -1}, ["k must be at least 1", "got -1"]),
    (SHARE, {"times": floats(2, 5)}, ["times must have shape (n,)", "shape (2, 5)"]),
    (SHARE, {"times": floats(4)}, ["labels must have one entry for each of times", "(4,), (5,)"]),
    (SHARE, {"times": floats(5)[::-1].copy()}, ["times must ascend", "an earlier time at index [1]"]),
    (SHARE, {"times": np.array([0.0, 1.0, np.nan, 2.0, 3.0])}, ["times must be finite", "[nan]"]),
    (SHARE, {"labels": np.array([0, 1, -1, 0, 1])}, ["labels must be 0 (negative), 1", "[-1]"]),
    (SHARE, {"labels": np.array([0, 1, 3, 0, 1])}, ["labels must be 0 (negative), 1", "[3]"]),
    (SHARE, {"window": 0.0}, ["window must be positive", "got 0.0"]),
    ("alerts", {"series": floats(1, 5)}, ["series must have shape (n,)", "shape (1, 5)"]),
    ("alerts", {"baseline": floats(4)}, ["baseline must have one entry for each of series", "baseline (4,)"]),
    ("alerts", {"baseline": np.array(0.5)}, ["baseline must have shape (n,)", "shape ()"]),
    ("alerts", {"baseline": np.inf}, ["baseline must be finite", "inf"]),
    ("alerts", {"threshold": np.nan}, ["threshold must be finite", "nan"]),
    ("alerts", {"cooldown": -1}, ["cooldown must be at least 0", "got -1"]),
    ("shift_targets", {"sequences": np.array(3)}, ["sequences must have shape (..., n)", "shape ()"]),
    ("shift_targets", {"sequences": np.array([[3]])}, ["sequences must have at least two entries", "shape (1, 1)"]),
    ("shift_targets", {"sequences": np.array([3, -2])}, ["sequences must hold no negative id", "[-2]"]),
    (SAMPLED, {"hidden": floats(3)}, ["hidden must have shape (n, d)", "shape (3,)"]),
    (SAMPLED, {"hidden": floats(0, 4), "targets": TARGETS[:0]}, ["hidden must have at least one row", "(0, 4)"]),
    (SAMPLED, {"items": floats(7, 3)}, ["items must have as many features", "hidden (3, 4), items (7, 3)"]),
    (SAMPLED, {"targets": TARGETS[:2]}, ["targets must have one entry for each row", "targets (2,)"]),
    (SAMPLED, {"targets": np.array([0, 7, 3])}, ["targets must lie in 0 … 6", "[7]"]),
    (SAMPLED, {"negatives": np.array([0, 7])}, ["negatives must lie in 0 … 6", "[7]"]),
    (SAMPLED, {"negatives": np.ones((2, 4), int)}, ["negatives must be broadcastable", "here (3, 4)", "(2, 4)"]),
    (SAMPLED, {"probabilities": floats(6)}, ["probabilities must have one entry for each row", "7 items, (6,)"]),
    (SAMPLED, {"probabilities": np.eye(7)[0]}, ["probabilities must be positive and finite", "[0.]"]),
    ("best_span", {"start_scores": floats(0), "end_scores": floats(0)}, ["start_scores must have at least one entry"]),
    ("best_span", {"start_scores": np.full(5, np.nan)}, ["start_scores must hold no NaN", "[nan]"]),
    ("best_span", {"end_scores": floats(4)}, ["end_scores must have as many entries", "end_scores (4,)"]),
    ("best_span", {"end_scores": np.full(5, np.inf)}, ["end_scores must hold no NaN and no +inf", "[inf]"]),
    ("best_span", {"max_length": 0}, ["max_length must be at least 1", "got 0"]),
    ("decode_bio", {"tags": ["O", "PER"]}, ["tags[1] must be O, B-label or I-label", "'PER'"]),
    ("decode_bio", {"tags": ["B-"]}, ["tags[0] must be O, B-label or I-label", "'B-'"]),
    ("decode_bio", {"tags": ["O-PER"]}, ["tags[0] must be O, B-label or I-label", "'O-PER'"]),
    ("decode_bio", {"tags": [""]}, ["tags[0] must be O, B-label or I-label", "''"]),
    (PAIR, {"hidden": floats(2, 5, 4)}, ["hidden must have shape (n, d)", "shape (2, 5, 4)"]),
    (PAIR, {"head": (2, 2)}, ["head must have 0 ≤ start < end ≤ 5", "(2, 2)"]),
    (PAIR, {"head": (-2, 2)}, ["head must have 0 ≤ start < end ≤ 5", "(-2, 2)"]),
    (PAIR, {"tail": (3, 6)}, ["tail must have 0 ≤ start < end ≤ 5", "(3, 6)"]),
    (PAIR, {"tail": ("PER", 0, 2)}, ["tail must be a pair (start, end)", "3 entries"]),
    ("sample_next", {"logits": floats(2, 5)}, ["logits must have shape (vocab,)", "shape (2, 5)"]),
    ("sample_next", {"logits": np.full(5, -np.inf)}, ["logits must hold an entry above -inf", "none"]),
    ("sample_next", {"logits": np.array([0.0, np.nan])}, ["logits must hold no NaN", "[nan]"]),
    ("sample_next", {"temperature": 0}, ["temperature must be positive", "got 0"]),
    ("sample_next", {"top_k": 0}, ["top_k must be at least 1", "got 0"]),
    ("sample_next", {"top_p": 0}, ["top_p must be above 0 and at most 1", "got 0"]),
    ("sample_next", {"top_p": 1.5}, ["top_p must be above 0 and at most 1", "got 1.5"]),
    ("augment", {"tokens": np.ones((2, 4), int)}, ["tokens must have shape (n,)", "shape (2, 4)"]),
    ("augment", {"rate": 1.5}, ["rate must lie between 0 and 1", "got 1.5"]),
    ("augment", {"model": answering(np.full((3, 5), 0.2))}, ["model's answer must have one row", "n=4", "(3, 5)"]),
    ("augment", {"model": answering(np.full(5, 0.2))}, ["model's answer must have shape (n, vocab)", "shape (5,)"]),
    ("augment", {"model": answering(np.full((4, 5), 0.3))}, ["model's answer must hold a dist", "token [0]"]),
    ("augment", {"model": answering(np.full((4, 5), np.nan))}, ["model's answer must hold a dist", "token [0]"]),
]  # fmt: skip
