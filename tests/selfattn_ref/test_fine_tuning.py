from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from selfattn_ref import classification_report, evaluate, pad_batch, train_epoch


class Classifier(nn.Module):
    """Called and answering as the models of transformers are; remembers how it was called."""

    def __init__(self, rng, num_classes=3):
        super().__init__()
        self.scores = nn.Linear(4, num_classes).double()
        self.drop = nn.Dropout(0.5).eval()
        self.calls = []
        with torch.no_grad():
            self.scores.weight.copy_(torch.tensor(rng.normal(size=(num_classes, 4))))
            self.scores.bias.zero_()

    def forward(self, x, labels=None):
        self.calls.append((self.training, torch.is_grad_enabled(), labels is not None))
        logits = self.scores(x)
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return SimpleNamespace(logits=logits, loss=loss)


def make_batches(rng, sizes=(5, 5, 2)):
    return [{"x": torch.tensor(rng.normal(size=(n, 4))), "labels": torch.tensor(rng.integers(0, 3, n))} for n in sizes]


def sgd(model, rate=0.5):
    return torch.optim.SGD(model.parameters(), lr=rate)


def test_train_epoch_takes_the_steps_of_the_loop_written_out(rng):
    model, batches = Classifier(rng), make_batches(rng)
    expected = deepcopy(model)
    train_epoch(model, batches, sgd(model), max_norm=0.3)
    for batch in batches:
        loss = nn.functional.cross_entropy(expected.scores(batch["x"]), batch["labels"])
        gradients = torch.autograd.grad(loss, list(expected.parameters()))
        norm = torch.sqrt(sum(g.square().sum() for g in gradients)).item()
        assert norm > 0.3  # it is cut
        with torch.no_grad():
            for parameter, gradient in zip(expected.parameters(), gradients, strict=True):
                parameter.sub_(0.5 * gradient * 0.3 / norm)
    for mine, wanted in zip(model.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(mine, wanted, atol=1e-5, rtol=1e-5)  # torch divides by norm + 1e-6


def test_train_epoch_small_gradients_are_left_alone(rng):
    model, (batch, *_) = Classifier(rng), make_batches(rng)
    expected = deepcopy(model)
    train_epoch(model, [batch], sgd(model), max_norm=1e6)
    nn.functional.cross_entropy(expected.scores(batch["x"]), batch["labels"]).backward()
    sgd(expected).step()
    assert torch.equal(model.scores.weight, expected.scores.weight)


def test_train_epoch_returns_the_mean_over_sequences_not_over_batches(rng):
    model, batches = Classifier(rng), make_batches(rng)
    x, labels = (torch.cat([batch[name] for batch in batches]) for name in ("x", "labels"))
    expected = nn.functional.cross_entropy(model.scores(x), labels).item()
    assert train_epoch(model, batches, sgd(model, rate=0.0)) == pytest.approx(expected, rel=1e-12)


def test_train_epoch_is_in_training_mode_and_stays_there(rng):
    model = Classifier(rng).eval()
    train_epoch(model, make_batches(rng), sgd(model))
    assert model.calls == [(True, True, True)] * 3
    assert model.training
    assert model.drop.training


def test_train_epoch_old_gradients_do_not_count(rng):
    model, batches = Classifier(rng), make_batches(rng)
    expected = deepcopy(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    train_epoch(model, batches, sgd(model))
    train_epoch(expected, batches, sgd(expected))
    assert torch.equal(model.scores.weight, expected.scores.weight)


def test_train_epoch_steps_the_scheduler_once_for_each_batch(rng):
    model = Classifier(rng)
    optimizer = sgd(model, rate=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: 0.5**done)
    train_epoch(model, make_batches(rng), optimizer, scheduler)
    assert optimizer.param_groups[0]["lr"] == 0.5**3


def test_train_epoch_learns(rng):
    model, batches = Classifier(rng), make_batches(rng)
    for batch in batches:
        batch["labels"] = batch["x"][:, :3].argmax(dim=-1)
    losses = [train_epoch(model, batches, sgd(model)) for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]
    assert evaluate(model, batches)["accuracy"] == 1.0


def test_train_epoch_loss_that_is_not_finite_changes_nothing(rng):
    model, batches = Classifier(rng), make_batches(rng)
    batches[0]["x"][0, 0] = torch.inf
    before = model.scores.weight.clone()
    with pytest.raises(ValueError, match="loss must be finite, got "):
        train_epoch(model, batches, sgd(model))
    assert torch.equal(model.scores.weight, before)


def test_evaluate_is_the_report_over_all_batches_at_once(rng):
    model, batches = Classifier(rng), make_batches(rng)
    x, labels = (torch.cat([batch[name] for batch in batches]) for name in ("x", "labels"))
    predictions = model.scores(x).argmax(dim=-1)
    assert evaluate(model, iter(batches)) == classification_report(labels.numpy(), predictions.numpy())


def test_evaluate_ties_go_to_the_lowest_class(rng):
    model, batches = Classifier(rng), make_batches(rng)
    with torch.no_grad():
        model.scores.weight.zero_()
    batches[0]["labels"][:] = batches[1]["labels"][:] = batches[2]["labels"][:] = 0
    assert evaluate(model, batches)["accuracy"] == 1.0


@pytest.mark.parametrize("train", [True, False])
def test_evaluate_hides_labels_and_restores_the_mode_of_every_part(rng, train):
    model = Classifier(rng)
    model.training = train
    evaluate(model, make_batches(rng))
    assert model.calls == [(False, False, False)] * 3
    assert (model.training, model.drop.training) == (train, False)


def test_evaluate_restores_the_mode_after_an_error(rng):
    model, batches = Classifier(rng), make_batches(rng)
    batches[2]["x"] = torch.ones(2, 5).double()
    with pytest.raises(RuntimeError):
        evaluate(model, batches)
    assert (model.training, model.drop.training) == (True, False)


@pytest.mark.parametrize("call", [lambda *a: train_epoch(*a, sgd(a[0])), evaluate])
@pytest.mark.parametrize(
    ("batches", "message"),
    [
        (["words"], r"batches\[0\] must be a mapping from names to tensors, got str"),
        ([{"labels": [1]}], r"batches\[0\]\['labels'\] must be a tensor of integers, got list"),
        ([{"labels": torch.ones(2)}], r"batches\[0\]\['labels'\] must be a tensor of integers, got float32 tensor"),
    ],
)
def test_batches_of_another_kind_are_named(rng, call, batches, message):
    with pytest.raises(TypeError, match=message):
        call(Classifier(rng), batches)


def test_fine_tuning_works_on_a_model_of_transformers():
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=12, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=8, num_labels=2,
    )  # fmt: skip
    model, rng = BertForSequenceClassification(config), np.random.default_rng(5)
    rows = [torch.tensor(rng.integers(1, 12, size=rng.integers(2, 8))) for _ in range(12)]
    items = [{"input_ids": row, "label": int(row[0] > 5)} for row in rows]
    batches = [pad_batch(items[:8]), pad_batch(items[8:])]
    losses = [train_epoch(model, batches, torch.optim.AdamW(model.parameters(), lr=0.01)) for _ in range(2)]
    assert all(map(np.isfinite, losses))
    scores = evaluate(model, batches)
    assert sum(each["support"] for each in scores["per_class"].values()) == 12
