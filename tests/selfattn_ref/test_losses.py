import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import contrastive_image_text_loss, info_nce_loss

F = torch.nn.functional
seeds = st.integers(0, 2**32 - 1)


def pairs(seed, n=7, d=5):
    return np.random.default_rng(seed).normal(size=(2, n, d))


@given(seeds, st.floats(0.02, 5.0))
def test_losses_equal_torch_cross_entropy_of_cosines(seed, temperature):
    left, right = pairs(seed)
    rows = [F.normalize(torch.tensor(x), dim=1) for x in (left, right)]
    logits, own = rows[0] @ rows[1].T / temperature, torch.arange(7)
    forwards, backwards = float(F.cross_entropy(logits, own)), float(F.cross_entropy(logits.T, own))
    np.testing.assert_allclose(info_nce_loss(left, right, temperature), forwards, rtol=1e-11)
    np.testing.assert_allclose(
        contrastive_image_text_loss(left, right, temperature), (forwards + backwards) / 2, rtol=1e-11
    )


def test_info_nce_loss_hand_computed():
    queries, positives = np.array([[3.0, 0.0], [0.0, 0.5]]), np.array([[0.0, 2.0], [0.0, 7.0]])
    # cosines [[0, 0], [1, 1]]: both rows are a guess between two
    np.testing.assert_allclose(info_nce_loss(queries, positives, 0.25), np.log(2.0), rtol=1e-15)
    # by columns: softmax of (0, 4) puts exp(0) on the first pair, exp(4) on the second
    columns = np.mean([np.log1p(np.exp(4.0)), np.log1p(np.exp(-4.0))])
    both = contrastive_image_text_loss(queries, positives, 0.25)
    np.testing.assert_allclose(both, (np.log(2.0) + columns) / 2, rtol=1e-15)


@given(seeds)
def test_contrastive_image_text_loss_is_symmetric_and_knows_no_lengths(seed):
    left, right = pairs(seed)
    loss = contrastive_image_text_loss(left, right)
    np.testing.assert_allclose(contrastive_image_text_loss(right, left), loss, rtol=1e-12)
    lengths = np.random.default_rng(seed).uniform(0.01, 100.0, size=(7, 1))
    np.testing.assert_allclose(contrastive_image_text_loss(lengths * left, right), loss, rtol=1e-10)


@pytest.mark.parametrize("loss", [info_nce_loss, contrastive_image_text_loss])
def test_loss_all_alike_is_a_guess_and_clear_pairs_cost_nothing(loss):
    np.testing.assert_allclose(loss(np.ones((5, 3)), np.ones((5, 3))), np.log(5.0), rtol=1e-14)
    assert loss(np.eye(5), np.eye(5), 1e-4) == 0.0
    assert loss(np.ones((1, 3)), np.ones((1, 3))) == 0.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("exponent", [-30, 30])
def test_info_nce_loss_very_long_or_short_vectors_keep_their_direction(dtype, exponent):
    left, right = pairs(3)
    far = (left * 10.0**exponent).astype(dtype)
    np.testing.assert_allclose(info_nce_loss(far, right.astype(dtype)), info_nce_loss(left, right), rtol=1e-5)
