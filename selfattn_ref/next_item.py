"""Training a recommender to predict the next item: its targets, and a loss that does not look at every item."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, IntArray, broadcastable, float_array, int_array, require

PADDING = 0  # the id that is no item


def shift_targets(sequences: IntArray) -> tuple[IntArray, IntArray]:
    """Make every position of a sequence predict the item after it.

    inputs[t] = sequence[t] and targets[t] = sequence[t + 1]; where either is padding the target is 0, which a loss
    leaves out: the first item is not to be guessed from padding. Kang and McAuley (2018), section 3.5.

    Args:
        sequences: (..., n) item ids from 1 on, the earliest first, n ≥ 2; 0 is padding, before or behind the items.

    Returns:
        inputs (..., n − 1) and targets (..., n − 1), new arrays in the dtype of sequences.

    Raises:
        TypeError: sequences is not a NumPy array of integers.
        ValueError: no axis, n < 2, or a negative id.

    >>> inputs, targets = shift_targets(np.array([[0, 0, 3, 5, 7]]))
    >>> inputs.tolist(), targets.tolist()
    ([[0, 0, 3, 5]], [[0, 0, 5, 7]])
    """
    sequences = int_array("sequences", sequences, "(..., n)")
    require(sequences.shape[-1] >= 2, "sequences", "have at least two entries each (n)", f"shape {sequences.shape}")
    negative = sequences[sequences < 0]
    require(negative.size == 0, "sequences", "hold no negative id", negative[:1])
    inputs, following = sequences[..., :-1].copy(), sequences[..., 1:]
    targets = np.where(inputs == PADDING, sequences.dtype.type(PADDING), following)
    return inputs, targets


def sampled_softmax_loss(
    hidden: FloatArray,
    items: FloatArray,
    targets: IntArray,
    negatives: IntArray,
    probabilities: FloatArray | None = None,
) -> float:
    """Score the right item against a sample of wrong ones, in place of all items.

    The score of item j is s_j = hidden · items[j] − log q_j, where q_j is the probability with which j is drawn as a
    negative: without the correction a popular item, drawn often, would be pushed down too far. The loss of a row is
    −log(exp(s_target) / (exp(s_target) + Σ exp(s_negative))), the mean over the rows. A negative that is the target of
    its row is left out; one that was drawn twice counts twice. Bengio and Senécal (2008); Jean et al. (2015), section
    3. TensorFlow's ``sampled_softmax_loss`` is the same.

    Args:
        hidden: (n, d) one vector for each prediction, n ≥ 1; those whose target is padding are left out beforehand.
        items: (num_items, d) one vector for each item.
        targets: (n,) ids of the right items, from 0 to num_items − 1.
        negatives: (num_negatives,) drawn ids for all rows, or (n, num_negatives) for each row its own; drawn with
            replacement, ``rng.choice(num_items, size, p=probabilities)`` say.
        probabilities: (num_items,) the q of each item, up to a common factor; positive for every id in use.
            None: all alike, which needs no correction.

    Returns:
        The loss in nats, at least 0. With every other item once as a negative, the full softmax loss.

    Raises:
        TypeError: hidden, items or probabilities is not a NumPy array of floats, or targets or negatives not one of
            integers.
        ValueError: sizes disagree (the message gives the shapes), no row, an id that is no item, or a probability that
            is not positive.

    >>> hidden, items = np.array([[1.0]]), np.array([[0.0], [2.0], [0.0]])
    >>> round(sampled_softmax_loss(hidden, items, np.array([0]), np.array([2, 0])), 4)  # log 2: item 0 is the target
    0.6931
    """
    hidden, items = float_array("hidden", hidden, "(n, d)"), float_array("items", items, "(num_items, d)")
    require(len(hidden) > 0, "hidden", "have at least one row (n)", f"shape {hidden.shape}")
    shapes = f"hidden {hidden.shape}, items {items.shape}"
    require(hidden.shape[1] == items.shape[1], "items", "have as many features (d) as hidden", shapes)
    targets = _ids("targets", targets, "(n,)", len(items))
    shapes = f"hidden {hidden.shape}, targets {targets.shape}"
    require(len(targets) == len(hidden), "targets", "have one entry for each row of hidden (n)", shapes)
    negatives = _ids("negatives", negatives, "(..., num_negatives)", len(items))
    broadcastable("negatives", negatives, (len(hidden), negatives.shape[-1]), "(n, num_negatives)")
    negatives = np.broadcast_to(negatives, (len(hidden), negatives.shape[-1]))
    candidates = np.concatenate([targets[:, None], negatives], axis=1)  # (n, 1 + num_negatives), the target first

    scores = (hidden[:, None] * items[candidates]).sum(axis=-1)  # (n, 1 + num_negatives)
    if probabilities is not None:
        scores = scores - _log_probabilities(probabilities, candidates, len(items))
    scores[:, 1:][negatives == targets[:, None]] = -np.inf
    highest = scores.max(axis=1)
    return float((np.log(np.exp(scores - highest[:, None]).sum(axis=1)) + highest - scores[:, 0]).mean())


def _ids(argument: str, value: object, shape: str, num_items: int) -> IntArray:
    ids = int_array(argument, value, shape)
    outside = ids[(ids < 0) | (ids >= num_items)]
    require(outside.size == 0, argument, f"lie in 0 … {num_items - 1}", outside[:1])
    return ids


def _log_probabilities(value: object, candidates: IntArray, num_items: int) -> FloatArray:
    probabilities = float_array("probabilities", value, "(num_items,)")
    rule = "have one entry for each row of items (num_items)"
    require(len(probabilities) == num_items, "probabilities", rule, f"{num_items} items, {probabilities.shape}")
    used = probabilities[candidates]  # (n, 1 + num_negatives)
    wrong = used[~((used > 0) & (used < np.inf))]
    require(wrong.size == 0, "probabilities", "be positive and finite for every id in use", wrong[:1])
    logarithms: FloatArray = np.log(used)
    return logarithms
