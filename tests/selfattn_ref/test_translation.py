import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from selfattn_ref import Transformer, beam_search, greedy_decode
from selfattn_ref.seeds import seeded
from selfattn_ref.translation import (
    batch_of,
    cross_attention_weights,
    exact_match,
    next_log_probabilities,
    padded,
    shifted,
    train,
    translation_loss,
)

PAIRS = [([3, 4, 5], [7, 6]), ([5], [3, 3, 3])]


def made(num_layers=2):
    return Transformer(9, 10, 8, 2, 16, num_layers)


class Recites(nn.Module):
    """Says what it has been told, whatever the source."""

    def __init__(self, said):
        super().__init__()
        self.said = torch.tensor(said)

    def forward(self, source, tokens):
        return functional.one_hot(self.said[: tokens.shape[1]], 10).float().expand(len(source), -1, -1)


def test_batch_has_targets_between_bos_and_eos_and_padding_behind():
    source, target = batch_of(PAIRS)
    assert source.tolist() == [[3, 4, 5], [5, 0, 0]]
    assert target.tolist() == [[1, 7, 6, 2, 0], [1, 3, 3, 3, 2]]
    assert batch_of(PAIRS, target_len=7)[1].shape == (2, 7)


def test_padded_needs_a_sequence():
    with pytest.raises(ValueError, match="sequences must hold at least one"):
        padded([])


def test_every_input_is_asked_for_the_token_behind_it():
    inputs, labels = shifted(batch_of(PAIRS)[1])
    assert inputs[:, 1:].equal(labels[:, :-1])


def test_loss_leaves_padding_out():
    logits, labels = torch.randn(2, 4, 10), torch.tensor([[7, 6, 2, 0], [3, 3, 3, 2]])
    before = translation_loss(logits, labels)
    logits[0, 3] = 100.0
    assert translation_loss(logits, labels) == before
    assert torch.allclose(translation_loss(torch.zeros(2, 4, 10), labels), torch.tensor(math.log(10)))


def test_train_learns_two_sentences_by_heart():
    with seeded(0):
        model = made()
        batches = iter(lambda: batch_of(PAIRS), None)
        losses = list(train(model, batches, steps=60, d_model=8, warmup_steps=10, factor=0.5))
    assert len(losses) == 60
    assert losses[0] > 1.5
    assert losses[-1] < 0.1
    assert exact_match(model, PAIRS) == 1.0


def test_train_goes_back_to_training_mode():
    model, seen = made(1), []
    model.register_forward_pre_hook(lambda module, inputs: seen.append(module.training))
    for _ in train(model, iter(lambda: batch_of(PAIRS), None), steps=3, d_model=8, warmup_steps=2, factor=0.1):
        model.eval()
    assert seen == [True, True, True]


def test_exact_match_asks_for_every_token_and_the_end():
    assert exact_match(Recites([7, 6, 2, 0, 0]), [([3], [7, 6])]) == 1.0
    assert exact_match(Recites([7, 5, 2, 0, 0]), [([3], [7, 6])]) == 0.0
    assert exact_match(Recites([7, 6, 6, 6, 6]), [([3], [7, 6])]) == 0.0
    assert exact_match(Recites([7, 6, 2, 0, 0]), [([3], [7, 6]), ([4], [7])]) == 0.5


def test_beam_of_one_over_the_model_is_greedy_decoding():
    with seeded(1):
        model = made()
    for source, _ in PAIRS:
        tokens, score = beam_search(next_log_probabilities(model, source), 1, 2, beam_size=1, max_len=5)
        assert tokens == greedy_decode(model, padded([source]), 1, 2, max_len=6)[0].tolist()
        assert score < 0


def test_cross_attention_weights_are_those_of_every_layer_and_head():
    model, (source, target) = made(), batch_of(PAIRS)
    weights = cross_attention_weights(model, source, target)
    assert weights.shape == (2, 2, 2, 5, 3)
    assert np.allclose(weights.sum(axis=-1), 1)
    assert (weights[1, ..., 1:] == 0).all()  # padding of the source
    assert not any(layer.cross_attention._forward_hooks for layer in model.decoder)
    assert model.training
