"""What pretraining is worth, by number of labels: measure, print, and write the file that the page on BERT reads.

Run with `python -m tests.bench.sentiment`. Every seed has its own unlabeled texts, labels, weights and masks; all are
judged on the same reviews.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from selfattn_grade.atomic_write import write_atomically
from selfattn_ref import classification_report, evaluate
from selfattn_ref.checkpoints import load_classifier
from selfattn_ref.corpora.reviews import LABELS, Review, labeled_reviews, unlabeled_texts
from selfattn_ref.sentiment import as_dataset, batches_of, fine_tune
from selfattn_ref.small_bert import STEPS, pretrain
from tests.bench.record import machine

RECORD = Path(__file__).parents[2] / "book" / "benchmarks" / "sentiment.json"
SEEDS, COUNTS, TEXTS, JUDGED = (0, 1, 2), (16, 64, 256, 1024, 4096), 20_000, 2000
MODELS = ("fine-tuned", "from scratch", "bag of words", "majority")


def judged_reviews(count: int = JUDGED) -> list[Review]:
    """The held-out reviews, the same for every model and seed; from a stream of their own."""
    return labeled_reviews(count, np.random.default_rng(20261123))


def bag_of_words(train: list[Review], test: list[Review]) -> Any:
    """Scores of a logistic regression on word counts."""
    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=2000))
    model.fit([review.text for review in train], [review.label for review in train])
    return _scores(test, model.predict([review.text for review in test]))


def majority(train: list[Review], test: list[Review]) -> Any:
    """Scores of always saying the most frequent label."""
    label = Counter(review.label for review in train).most_common(1)[0][0]
    return _scores(test, np.full(len(test), label))


def _scores(test: list[Review], predictions: Any) -> Any:
    return classification_report(np.array([review.label for review in test]), predictions.astype(np.int64))


def learned(folder: str, train: list[Review], test: list[Review], seed: int) -> Any:
    """Scores of a classifier that starts from a checkpoint."""
    tokenizer, model = load_classifier(folder, len(LABELS), seed)
    fine_tune(model, tokenizer, train, np.random.default_rng(seed))
    return evaluate(model, batches_of(as_dataset(test, tokenizer), tokenizer, np.random.default_rng(0)))


def measure(
    seeds: tuple[int, ...] = SEEDS,
    counts: tuple[int, ...] = COUNTS,
    texts: int = TEXTS,
    steps: int = STEPS,
    test: list[Review] | None = None,
) -> dict[str, Any]:
    """Everything that the record holds, the machine aside."""
    test = test or judged_reviews()
    runs, losses, seconds = [], [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        unlabeled, pool = unlabeled_texts(texts, rng), labeled_reviews(max(counts), rng)
        with tempfile.TemporaryDirectory() as pretrained, tempfile.TemporaryDirectory() as untrained:
            start = time.process_time()
            losses.append(pretrain(unlabeled, pretrained, seed, steps, progress=False))
            seconds.append(time.process_time() - start)
            pretrain(unlabeled, untrained, seed, steps=0, progress=False)
            for count in counts:
                train = pool[:count]
                scores = {
                    "fine-tuned": learned(pretrained, train, test, seed),
                    "from scratch": learned(untrained, train, test, seed),
                    "bag of words": bag_of_words(train, test),
                    "majority": majority(train, test),
                }
                for model, found in scores.items():
                    f1 = {LABELS[label]: each for label, each in found["per_class"].items()}
                    runs.append(
                        {
                            "seed": seed,
                            "labels": count,
                            "model": model,
                            "accuracy": found["accuracy"],
                            "macro_f1": found["macro_f1"],
                            "per_class": f1,
                        }
                    )
                    print(f"seed {seed} {count:5} labels  {model:13} {found['accuracy']:.3f}", flush=True)
    settings = {"seeds": list(seeds), "labels": list(counts), "texts": texts, "steps": steps, "judged": len(test)}
    return {"settings": settings, "pretraining": {"losses": losses, "cpu_seconds": seconds}, "runs": runs}


def read(path: Path = RECORD) -> dict[str, Any]:
    """Read a record; a ValueError says what is wrong with it and how to make it."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        wanted = {(s, n, m) for s in record["settings"]["seeds"] for n in record["settings"]["labels"] for m in MODELS}
        found = [(run["seed"], run["labels"], run["model"]) for run in record["runs"]]
        if sorted(found) != sorted(wanted) or not all(0 <= run["accuracy"] <= 1 for run in record["runs"]):
            raise ValueError("runs must hold every model once for every seed and number of labels")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is missing or damaged: {error}; run: python -m tests.bench.sentiment") from error
    return record


def column(record: dict[str, Any], model: str, score: str = "accuracy") -> np.ndarray:
    """(seeds, label counts) scores of one model."""
    seeds, counts = record["settings"]["seeds"], record["settings"]["labels"]
    known = {(run["seed"], run["labels"]): run[score] for run in record["runs"] if run["model"] == model}
    return np.array([[known[seed, count] for count in counts] for seed in seeds])


def main() -> None:
    """Write the file last, so that an interrupted run leaves the old one."""
    torch.set_num_threads(1)
    record = {"machine": asdict(machine()), **measure()}
    write_atomically(RECORD, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
