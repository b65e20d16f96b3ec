import math
import re

import numpy as np
import pytest
import torch
from torch import nn

from selfattn_ref import Transformer, causal_mask, sinusoidal_positions

SOURCE = torch.tensor([[5, 3, 8, 1, 0, 0, 0], [7, 2, 9, 10, 4, 6, 1]])
TARGET = torch.tensor([[1, 4, 12, 7, 3], [1, 11, 2, 2, 9]])


def made(rng, norm_first=True, num_layers=2, dropout=0.0, pad=0):
    model = Transformer(11, 13, 8, 2, 16, num_layers, dropout, norm_first, pad).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape) / 2))
    return model


def test_transformer_returns_one_row_of_logits_for_each_target_token(rng):
    assert made(rng)(SOURCE, TARGET).shape == (2, 5, 13)


@pytest.mark.parametrize("norm_first", [True, False])
def test_transformer_does_not_see_the_future(rng, norm_first):
    model, changed = made(rng, norm_first), TARGET.clone()
    changed[:, 3:] = 8
    before, after = model(SOURCE, TARGET), model(SOURCE, changed)
    torch.testing.assert_close(after[:, :3], before[:, :3])
    assert (after[:, 3:] - before[:, 3:]).abs().amax(dim=(1, 2)).min() > 1e-3


def test_transformer_padding_of_the_source_changes_nothing(rng):
    model = made(rng)
    alone = model(SOURCE[:1, :4], TARGET[:1])
    torch.testing.assert_close(model(SOURCE, TARGET)[:1], alone)


def test_transformer_every_source_token_counts_for_every_target_token(rng):
    model = made(rng)
    before = model(SOURCE, TARGET)
    for place in range(SOURCE.shape[1]):
        changed = SOURCE.clone()
        changed[1, place] = 8 if changed[1, place] != 8 else 9
        assert (model(changed, TARGET)[1] - before[1]).abs().amax(dim=-1).min() > 1e-6


def test_transformer_other_pad_is_hidden_instead(rng):
    model, alone = made(rng, pad=4), made(np.random.default_rng(20261123), pad=4)
    assert torch.equal(model.to_logits.weight, alone.to_logits.weight)
    padded = torch.cat([SOURCE[1:, :4], torch.full((1, 3), 4)], dim=1)
    torch.testing.assert_close(model(padded, TARGET[1:]), alone(SOURCE[1:, :4], TARGET[1:]))


def test_transformer_source_of_padding_alone_is_no_nan(rng):
    assert made(rng)(torch.zeros(2, 3).long(), TARGET).isfinite().all()


def test_transformer_order_of_the_source_counts(rng):
    model = made(rng)
    difference = model(SOURCE[1:].flip(1), TARGET[1:]) - model(SOURCE[1:], TARGET[1:])
    assert difference.abs().max() > 1e-3


def test_transformer_layers_and_norms_are_all_their_own(rng):
    model = made(rng, num_layers=3)
    assert (len(model.encoder), len(model.decoder)) == (3, 3)
    loss = model(SOURCE, TARGET).square().sum()
    loss.backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    assert all(g is not None and g.isfinite().all() for g in gradients.values())
    without = {name for name, g in gradients.items() if not (g.abs() > 1e-12).any()}
    assert without <= {name for name in gradients if name.endswith("w_k.bias")}  # softmax ignores it
    assert len({tensor.data_ptr() for tensor in model.state_dict().values()}) == len(model.state_dict())


@pytest.mark.parametrize(("norm_first", "kind"), [(True, nn.LayerNorm), (False, nn.Identity)])
def test_transformer_last_norms_belong_to_pre_norm(rng, norm_first, kind):
    model = made(rng, norm_first)
    assert type(model.encoder_norm) is type(model.decoder_norm) is kind


def test_transformer_is_embedding_layers_and_projection(rng):
    model = made(rng)
    positions = torch.tensor(sinusoidal_positions(7, 8))
    memory = model.source_embedding(SOURCE) * math.sqrt(8) + positions
    mask = (SOURCE != 0)[:, None]
    for layer in model.encoder:
        memory = layer(memory, mask)
    x = model.target_embedding(TARGET) * math.sqrt(8) + positions[:5]
    for layer in model.decoder:
        x = layer(x, model.encoder_norm(memory), torch.tensor(causal_mask(5)), mask)
    torch.testing.assert_close(model(SOURCE, TARGET), model.to_logits(model.decoder_norm(x)))


def test_transformer_encode_and_decode_are_its_two_halves(rng):
    model = made(rng)
    memory, mask = model.encode(SOURCE)
    assert memory.shape == (2, 7, 8)
    assert mask.tolist() == (SOURCE != 0)[:, None].tolist()
    torch.testing.assert_close(model.decode(TARGET, memory, mask), model(SOURCE, TARGET))
    assert not torch.allclose(model.decode(TARGET, memory), model(SOURCE, TARGET))


def test_transformer_embeddings_start_as_large_as_positions():
    model = Transformer(1000, 2000, 64, 2, 8, 1)
    for embedding in (model.source_embedding, model.target_embedding):
        assert embedding.weight.std().item() * math.sqrt(64) == pytest.approx(1.0, abs=0.05)


def test_transformer_dropout_reaches_embeddings_and_layers(rng):
    model = made(rng, dropout=1.0)
    expected = model.to_logits(model.decoder_norm(torch.zeros(8).double()))
    torch.testing.assert_close(model(SOURCE, TARGET), expected.expand(2, 5, 13))


def test_transformer_learns_to_copy():
    rng, generator = np.random.default_rng(5), torch.Generator().manual_seed(5)
    model = Transformer(8, 8, 16, 2, 32, 1)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter, generator=generator)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        source = torch.tensor(rng.integers(2, 8, size=(32, 4)))
        target = torch.cat([torch.ones(32, 1).long(), source], dim=1)
        logits = model(source, target[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2  # a guess costs log 6 = 1.8


WRONG_FORWARD = [
    ({"source": SOURCE.float()}, TypeError, "source must be a tensor of integers, got float32 tensor"),
    ({"target": TARGET.numpy()}, TypeError, "target must be a tensor of integers, got int64 array"),
    ({"target": TARGET.bool()}, TypeError, "target must be a tensor of integers, got bool tensor"),
    ({"source": SOURCE[0]}, ValueError, "source must have shape (batch, source_len), got shape (7,)"),
    ({"source": SOURCE + 1}, ValueError, "source must hold tokens from 0 to 10, got [11]"),
    ({"target": TARGET - 2}, ValueError, "target must hold tokens from 0 to 12, got [-1, -1]"),
    ({"target": TARGET[:1]}, ValueError, "target must have as many sequences (batch) as memory, got memory (2, 7, 8)"),
    ({"target": TARGET[:, :0]}, ValueError, "q_len must be at least 1, got 0"),
]


@pytest.mark.parametrize(("changed", "error", "message"), WRONG_FORWARD)
def test_transformer_wrong_input_is_named(rng, changed, error, message):
    with pytest.raises(error, match=re.escape(message)):
        made(rng)(**{"source": SOURCE, "target": TARGET} | changed)


@pytest.mark.parametrize(
    ("memory", "error", "message"),
    [
        ([1.0], TypeError, "memory must be a tensor of floats, got list"),
        (torch.ones(8), ValueError, "memory must have shape (batch, source_len, d_model), got shape (8,)"),
        (torch.ones(2, 7, 4), ValueError, "memory must have d_model=8 features, got shape (2, 7, 4)"),
    ],
)
def test_decode_wrong_memory_is_named(rng, memory, error, message):
    with pytest.raises(error, match=re.escape(message)):
        made(rng).decode(TARGET, memory)
