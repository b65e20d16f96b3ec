"""What the page on BERT reads: written by the command, read back, refused when damaged."""

import json

import numpy as np
import pytest

from tests.bench.sentiment import COUNTS, MODELS, SEEDS, bag_of_words, column, judged_reviews, majority, measure, read


@pytest.fixture(scope="module")
def small():
    return measure(seeds=(0, 1), counts=(8, 16), texts=100, steps=1, test=judged_reviews(40))


def test_measure_holds_every_model_at_every_count(small):
    assert len(small["runs"]) == 2 * 2 * len(MODELS)
    assert all(column(small, model).shape == (2, 2) for model in MODELS)
    assert [len(losses) for losses in small["pretraining"]["losses"]] == [1, 1]


def test_record_is_read_back(small, tmp_path):
    path = tmp_path / "sentiment.json"
    path.write_text(json.dumps(small), encoding="utf-8")
    assert read(path) == json.loads(json.dumps(small))


@pytest.mark.parametrize("damage", [lambda r: r["runs"].pop(), lambda r: r.pop("settings"), lambda r: r.update(runs=1)])
def test_damaged_record_is_refused(small, tmp_path, damage):
    record = json.loads(json.dumps(small))
    damage(record)
    path = tmp_path / "sentiment.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ValueError, match=r"sentiment\.json is missing or damaged: .*; run: python -m tests\.bench"):
        read(path)


def test_missing_record_says_how_to_make_it(tmp_path):
    with pytest.raises(ValueError, match=r"run: python -m tests\.bench\.sentiment"):
        read(tmp_path / "sentiment.json")


def test_committed_record_is_of_the_whole_measurement():
    settings = read()["settings"]
    assert (tuple(settings["seeds"]), tuple(settings["labels"])) == (SEEDS, COUNTS)


def test_baselines_say_what_they_should():
    reviews = judged_reviews(60)
    labels = np.array([review.label for review in reviews])
    assert majority(reviews, reviews)["accuracy"] == np.bincount(labels).max() / len(labels)
    assert bag_of_words(reviews, reviews)["accuracy"] > majority(reviews, reviews)["accuracy"]
