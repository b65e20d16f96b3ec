import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import sampled_softmax_loss, shift_targets

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("sequence", "inputs", "targets"),
    [
        ([3, 5, 7, 2], [3, 5, 7], [5, 7, 2]),
        ([0, 0, 3, 5, 7], [0, 0, 3, 5], [0, 0, 5, 7]),  # the first item is not guessed from padding
        ([3, 5, 7, 0, 0], [3, 5, 7, 0], [5, 7, 0, 0]),
        ([0, 4], [0], [0]),
        ([0, 0], [0], [0]),
    ],
)
def test_shift_targets_hand_computed(sequence, inputs, targets):
    mine = shift_targets(np.array(sequence))
    assert [array.tolist() for array in mine] == [inputs, targets]


@given(seeds, st.integers(0, 4), st.integers(0, 4))
def test_shift_targets_padding_on_either_side_adds_zeros_only(seed, left, right):
    items = np.random.default_rng(seed).integers(1, 9, size=(2, 3, 5)).astype(np.int32)
    padded = np.pad(items, [(0, 0), (0, 0), (left, right)])
    inputs, targets = shift_targets(padded)
    assert inputs.dtype == targets.dtype == np.int32
    np.testing.assert_array_equal(targets[..., left : left + 4], items[..., 1:])
    assert np.count_nonzero(targets) == 2 * 3 * 4
    np.testing.assert_array_equal(inputs, padded[..., :-1])


def test_shift_targets_shares_no_memory():
    sequences = np.array([[1, 2, 3]])
    assert not any(np.shares_memory(array, sequences) for array in shift_targets(sequences))


def vectors(seed, n=5, num_items=7, d=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(num_items, d)), rng.integers(0, num_items, size=n), rng


def test_sampled_softmax_loss_hand_computed():
    hidden, items = np.array([[1.0], [2.0]]), np.array([[0.0], [np.log(3.0)], [np.log(2.0)]])
    q = np.array([0.5, 0.25, 0.25])
    # scores s − log q, as exponentials: row 0: 1·2, 3·4, 2·4; row 1: 1·2, 9·4, 4·4
    losses = [np.log((12 + 2 + 2) / 12), np.log((16 + 2 + 2) / 16)]
    loss = sampled_softmax_loss(hidden, items, np.array([1, 2]), np.array([0, 0]), q)
    np.testing.assert_allclose(loss, np.mean(losses), rtol=1e-14)
    # without correction, and each row with negatives of its own; item 2 is the target of row 1
    losses = [np.log((3 + 1) / 3), np.log((4 + 9) / 4)]
    loss = sampled_softmax_loss(hidden, items, np.array([1, 2]), np.array([[0, 1], [2, 1]]))
    np.testing.assert_allclose(loss, np.mean(losses), rtol=1e-14)


@given(seeds)
def test_sampled_softmax_loss_with_all_items_is_the_full_softmax_loss(seed):
    hidden, items, targets, _ = vectors(seed)
    full = torch.nn.functional.cross_entropy(torch.tensor(hidden @ items.T), torch.tensor(targets))
    np.testing.assert_allclose(sampled_softmax_loss(hidden, items, targets, np.arange(7)), float(full), rtol=1e-12)


@given(seeds, st.floats(0.01, 100.0))
def test_sampled_softmax_loss_equals_its_rule_row_by_row(seed, factor):
    hidden, items, targets, rng = vectors(seed)
    q, negatives = rng.uniform(0.05, 1.0, size=7), rng.integers(0, 7, size=(5, 4))
    losses = []
    for row, target, drawn in zip(hidden, targets, negatives, strict=True):
        odds = {item: np.exp(row @ items[item]) / q[item] for item in range(7)}
        others = sum(odds[item] for item in drawn if item != target)
        losses.append(-np.log(odds[target] / (odds[target] + others)))
    for scaled in (q, factor * q):  # a common factor changes nothing
        loss = sampled_softmax_loss(hidden, items, targets, negatives, scaled)
        np.testing.assert_allclose(loss, np.mean(losses), rtol=1e-11)


def test_sampled_softmax_loss_many_corrected_draws_estimate_the_sum_over_all_items():
    hidden, items, _, rng = vectors(3, n=1)
    q = np.array([0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    count = 200_000
    negatives = rng.choice(7, count, p=q)
    estimate = np.expm1(sampled_softmax_loss(hidden, items, np.array([2]), negatives, q)) / count
    odds = np.exp(hidden[0] @ items.T)
    # Σ exp(s) over the other items, relative to exp(s_target) / q_target
    np.testing.assert_allclose(estimate, (odds.sum() - odds[2]) / (odds[2] / q[2]), rtol=0.02)


def test_sampled_softmax_loss_large_scores_and_negatives_that_are_all_targets():
    hidden, items = np.array([[1.0]]), np.array([[0.0], [900.0], [-900.0]])
    assert sampled_softmax_loss(hidden, items, np.array([0]), np.array([1])) == 900.0
    assert sampled_softmax_loss(hidden, items, np.array([0]), np.array([2])) == 0.0
    assert sampled_softmax_loss(hidden, items, np.array([0]), np.array([0, 0])) == 0.0
    assert sampled_softmax_loss(hidden, items, np.array([0]), np.zeros(0, int)) == 0.0


def test_sampled_softmax_loss_probability_of_items_not_in_use_may_be_zero():
    hidden, items, _, _ = vectors(4)
    q = np.array([0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0])
    assert sampled_softmax_loss(hidden, items, np.full(5, 1), np.array([2]), q) > 0
