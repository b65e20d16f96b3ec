"""Decoders of other libraries: entities from tags (seqeval, transformers), what may be drawn next (transformers)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from selfattn_ref import decode_bio, sample_next
from selfattn_ref.sampling import truncated
from tests.conformance.authority import Authority, Case, OutOfScope, agree

LENGTH = 4
TAGS = ("O", "B-X", "I-X", "B-Y-Z", "I-Y-Z")


def seqeval_cases() -> Iterator[Case]:
    """All sequences of four tags of two labels, in seqeval's default mode."""
    for tags in product(TAGS, repeat=LENGTH):
        yield Case(" ".join(tags), partial(run_seqeval, tags))


def run_seqeval(tags: tuple[str, ...]) -> None:
    from seqeval.metrics.sequence_labeling import get_entities

    theirs = [(label, start, end + 1) for label, start, end in get_entities(list(tags))]  # its end is the last token
    assert decode_bio(tags) == theirs


def grouping_cases() -> Iterator[Case]:
    """All sequences of four tags, grouped by the pipeline for token classification."""
    for tags in product(TAGS, repeat=LENGTH):
        yield Case(" ".join(tags), partial(run_grouping, tags))


def run_grouping(tags: tuple[str, ...]) -> None:
    from transformers import TokenClassificationPipeline

    words = SimpleNamespace(convert_tokens_to_string=" ".join)  # all that is asked of the tokenizer
    pipeline = SimpleNamespace(tokenizer=words)
    for method in ("get_tag", "group_sub_entities"):
        setattr(pipeline, method, partial(getattr(TokenClassificationPipeline, method), pipeline))
    tokens = [{"entity": tag, "score": 1.0, "word": "w", "start": i, "end": i + 1} for i, tag in enumerate(tags)]
    groups = TokenClassificationPipeline.group_entities(pipeline, tokens)
    theirs = [(g["entity_group"], g["start"], g["end"]) for g in groups if g["entity_group"] != "O"]
    assert decode_bio(tags) == theirs


def warper_cases() -> Iterator[Case]:
    """Temperature, then top-k, then top-p: the distribution that is left."""
    for ties in (False, True):
        for options in product((0.5, 1.0, 1.7), (1, 3, 8, 99), (0.2, 0.75, 1.0)):
            yield Case(f"temperature, top_k, top_p = {options}, ties={ties}", partial(run_warpers, *options, ties))


def run_warpers(temperature: float, top_k: int, top_p: float, ties: bool) -> None:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    if ties:
        raise OutOfScope("transformers keeps all that equal the k-th; here exactly k stay, of equal ones the first")
    logits = np.random.default_rng(5).normal(size=11)
    rest: Any = torch.tensor(logits)[None]
    for warper in (TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k), TopPLogitsWarper(top_p)):
        rest = warper(None, rest)
    agree(truncated(logits, temperature, top_k, top_p), rest.softmax(-1)[0].numpy(), "probabilities")


def choice_cases() -> Iterator[Case]:
    """NumPy's own choice with the same stream: the same draws."""
    for seed in range(5):
        yield Case(f"seed {seed}", partial(run_choice, seed))


def run_choice(seed: int) -> None:
    logits = np.random.default_rng(5).normal(size=11)
    mine, theirs = np.random.default_rng(seed), np.random.default_rng(seed)
    expected = [theirs.choice(11, p=truncated(logits, 0.8, 7, 0.9)) for _ in range(100)]
    assert [sample_next(logits, 0.8, 7, 0.9, mine) for _ in range(100)] == expected


AUTHORITIES = [
    Authority("seqeval get_entities", "seqeval", seqeval_cases),
    Authority("transformers grouping of tags", "transformers", grouping_cases),
    Authority("transformers temperature, top-k, top-p", "transformers", warper_cases),
    Authority("NumPy Generator.choice", "numpy", choice_cases),
]
