"""From texts to a checkpoint to a classifier: no network, no global seed, one way for small and published models."""

import socket

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from selfattn_ref import evaluate
from selfattn_ref.checkpoints import chosen_checkpoint, load_classifier, save_checkpoint
from selfattn_ref.corpora.reviews import labeled_reviews, unlabeled_texts
from selfattn_ref.sentiment import as_dataset, batches_of, fine_tune
from selfattn_ref.small_bert import MAX_LEN, VOCAB_SIZE, masked_batches, pretrain, similar_lengths, small_bert
from selfattn_ref.wordpiece import train_wordpiece

TEXTS = unlabeled_texts(300, np.random.default_rng(0))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small-bert")
    pretrain(TEXTS, folder, seed=0, steps=2, progress=False)
    return folder


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_no_network_fixture_sees_a_connection(no_network):
    with pytest.raises(AssertionError, match="reached for the network"):
        socket.create_connection(("localhost", 9))


def test_wordpiece_puts_special_tokens_around_and_splits_rare_words():
    tokenizer = train_wordpiece(TEXTS, 100, 16)
    words = tokenizer.convert_ids_to_tokens(tokenizer("The plot was gripping.")["input_ids"])
    assert (words[0], words[-1]) == ("[CLS]", "[SEP]")
    assert "".join(words[1:-1]).replace("##", "") == "theplotwasgripping."
    assert any(word.startswith("##") for word in words)
    assert tokenizer.pad_token_id == 0
    assert len(tokenizer) == 100
    assert len(tokenizer("it was " * 20, truncation=True)["input_ids"]) == 16


def test_wordpiece_keeps_frequent_words_whole_and_is_the_same_each_time():
    first, second = (train_wordpiece(TEXTS, VOCAB_SIZE, MAX_LEN) for _ in range(2))
    assert first.get_vocab() == second.get_vocab()
    assert first.tokenize("The acting was not gripping.") == ["the", "acting", "was", "not", "gripping", "."]


def test_all_reviews_fit_into_the_model():
    tokenizer = train_wordpiece(unlabeled_texts(3000, np.random.default_rng(0)), VOCAB_SIZE, MAX_LEN)
    rows = tokenizer(unlabeled_texts(2000, np.random.default_rng(1)))["input_ids"]
    assert max(map(len, rows)) < MAX_LEN
    assert not any(tokenizer.unk_token_id in row for row in rows)


def test_similar_lengths_gives_each_text_once_and_pads_little():
    rng = np.random.default_rng(2)
    lengths = rng.integers(5, 40, size=1000).tolist()
    batches = list(similar_lengths(lengths, 16, rng))
    assert sorted(place for batch in batches for place in batch) == list(range(1000))
    padded = sum(len(batch) * max(lengths[place] for place in batch) for batch in batches)
    assert padded < 1.2 * sum(lengths)


def test_masked_batches_ask_for_a_fifth_and_never_for_padding():
    tokenizer = train_wordpiece(TEXTS, VOCAB_SIZE, MAX_LEN)
    rows = tokenizer(TEXTS)["input_ids"]
    batches = masked_batches(rows, tokenizer, np.random.default_rng(3))
    taken = [next(batches) for _ in range(20)]
    asked = sum((batch["labels"] != -100).sum().item() for batch in taken)
    inside = sum((batch["attention_mask"].sum() - 2 * len(batch["labels"])).item() for batch in taken)
    assert 0.18 < asked / inside < 0.22
    assert all((batch["labels"][batch["attention_mask"] == 0] == -100).all() for batch in taken)


def test_small_bert_seed_alone_decides_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    one, same, other = (small_bert([[5, 6]], 20, seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(before, torch.get_rng_state())
    name = "bert.encoder.layer.0.attention.self.query.weight"
    assert torch.equal(one[name], same[name])
    assert not torch.equal(one[name], other[name])


def test_pretrain_the_same_seed_gives_the_same_losses_and_they_fall(tmp_path):
    losses = [pretrain(TEXTS, tmp_path / str(run), seed=1, steps=100, progress=False) for run in range(2)]
    assert losses[0] == losses[1]
    assert losses[0][1] < 0.9 * losses[0][0]


def test_load_classifier_keeps_the_body_and_adds_a_seeded_layer(checkpoint, no_network):
    body = BertForMaskedLM.from_pretrained(checkpoint).bert.state_dict()
    (tokenizer, model), (_, same), (_, other) = (load_classifier(str(checkpoint), 3, seed) for seed in (0, 0, 1))
    for name, tensor in body.items():
        assert torch.equal(model.bert.state_dict()[name], tensor)
    assert torch.equal(model.classifier.weight, same.classifier.weight)
    assert not torch.equal(model.classifier.weight, other.classifier.weight)
    assert tokenizer.tokenize("dull") == ["dull"]
    assert model.config._attn_implementation == "eager"


def test_without_the_variable_the_small_model_is_made_and_nothing_is_looked_up(checkpoint, no_network, monkeypatch):
    monkeypatch.delenv("PRETRAINED_MODEL", raising=False)
    assert chosen_checkpoint(lambda: checkpoint) == str(checkpoint)
    monkeypatch.setenv("PRETRAINED_MODEL", "")
    assert chosen_checkpoint(lambda: checkpoint) == str(checkpoint)


def test_pretrained_model_in_the_environment_goes_the_same_way(tmp_path, no_network, monkeypatch):
    """A folder stands for bert-base-cased: other sizes, other words, dropout, read by the same two functions."""
    tokenizer = train_wordpiece(["a film that was dull or gripping"] * 3, 60, 64)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=48
    )
    save_checkpoint(BertForMaskedLM(config), tokenizer, tmp_path)
    monkeypatch.setenv("PRETRAINED_MODEL", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = []
    name = chosen_checkpoint(lambda: made.append("small") or "small")
    assert (name, made) == (str(tmp_path), [])
    tokenizer, model = load_classifier(name, 3, seed=0)
    assert (model.config.hidden_size, model.config.num_labels) == (24, 3)
    reviews = labeled_reviews(20, np.random.default_rng(4))
    fine_tune(model, tokenizer, reviews, np.random.default_rng(5), learning_rate=3e-5)
    batches = batches_of(as_dataset(reviews, tokenizer), tokenizer, np.random.default_rng(6))
    scores = evaluate(model, batches)
    assert sum(each["support"] for each in scores["per_class"].values()) == 20


def test_fine_tune_learns_what_is_easy(checkpoint):
    tokenizer, model = load_classifier(str(checkpoint), 3, seed=0)
    reviews = [review for review in labeled_reviews(400, np.random.default_rng(7)) if len(review.text) < 25]
    losses = fine_tune(model, tokenizer, reviews, np.random.default_rng(8))
    assert losses[-1] < 0.3 * losses[0]
