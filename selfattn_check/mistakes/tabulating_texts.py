"""Mistakes in turning labeled texts into items of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from selfattn_check.exercise import Mistake

__all__ = ["TABULATING_TEXTS"]

_CALL = "let the tokenizer cut: `tokenizer(text, truncation=True, max_length=max_len)`"
_LENGTH = "each text stays as long as it is: no padding here, `pad_batch` sees to it"
_ONE_AXIS = "an item is one text: a tensor (seq_len,), without a batch axis"
_INTEGERS = "tokens are integers: `torch.tensor(tokens, dtype=torch.int64)`"
_ITEM = 'an item is `{"input_ids": …, "label": …}`, and nothing else'
_LABEL = "the label is a Python integer, as it was given"


def _cut_afterwards(tokenizer: Any, text: str, max_len: int) -> Any:
    return {name: row[:max_len] for name, row in tokenizer(text).items()}


def _without_special(tokenizer: Any, text: str, max_len: int) -> Any:
    return tokenizer(text, truncation=True, max_length=max_len, add_special_tokens=False)


def _everything(input_ids: Tensor, label: Any, encoded: Any) -> Any:
    others = {name: torch.tensor(row) for name, row in encoded.items() if name != "input_ids"}
    return {"input_ids": input_ids, **others, "label": label}


def _mask_too(input_ids: Tensor, label: Any, encoded: Any) -> Any:
    mask = torch.tensor(encoded["attention_mask"])
    return {"input_ids": input_ids, "attention_mask": mask, "label": label}


def _as_it_comes(input_ids: Tensor, label: Any, encoded: Any) -> Any:
    return {**encoded, "label": label}


def _all_at_once(texts: Sequence[str], encode: Callable[[Any], Any]) -> Any:
    table = encode(list(texts))
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


TABULATING_TEXTS = (
    Mistake.of(
        "all-texts-at-once",
        "when the tokenizer gets all texts at once",
        "give the tokenizer one text at a time: `tokenizer(text, truncation=True, max_length=max_len)`",
        go_through=_all_at_once,
    ),
    Mistake.of(
        "no-truncation",
        "when texts keep all their tokens, however many",
        _CALL,
        encode=lambda tokenizer, text, max_len: tokenizer(text),
    ),
    Mistake.of(
        "special-tokens-uncounted",
        "when max_len counts words only, and the two special tokens come on top",
        "max_len counts the special tokens, too: pass it on as it is",
        encode=lambda tokenizer, text, max_len: tokenizer(text, truncation=True, max_length=max_len + 2),
    ),
    *(
        Mistake.of(
            "drops-special-tokens",
            "when the tokenizer leaves out its special tokens",
            "keep the special tokens: the model has learned to find [CLS] at the beginning and [SEP] at the end",
            encode=_without_special,
            **more,
        )
        for more in ({}, {"convert": torch.tensor})  # which makes floats of a text without any token
    ),
    Mistake.of(
        "cuts-off-the-end-mark",
        "when the tokens are cut after they were made, so that a long text loses its last special token",
        _CALL,
        encode=_cut_afterwards,
    ),
    Mistake.of(
        "cuts-characters",
        "when the text is cut to max_len characters",
        _CALL,
        encode=lambda tokenizer, text, max_len: tokenizer(text[:max_len]),
    ),
    Mistake.of(
        "pads-to-fixed-length",
        "when every text is padded to max_len",
        _LENGTH,
        encode=lambda tokenizer, text, max_len: tokenizer(
            text, truncation=True, padding="max_length", max_length=max_len
        ),
    ),
    Mistake.of(
        "batch-axis-kept",
        'when the batch axis of `return_tensors="pt"` is still there',
        _ONE_AXIS,
        convert=lambda tokens: torch.tensor([tokens]),
    ),
    Mistake.of(
        "tokens-as-floats",
        "when the tokens are floats",
        _INTEGERS,
        convert=lambda tokens: torch.tensor(tokens, dtype=torch.float32),
    ),
    Mistake.of(
        "keeps-every-entry",
        "when an item holds everything that the tokenizer returns",
        _ITEM,
        entry=_everything,
    ),
    *(
        Mistake.of("keeps-every-entry", "when an item holds everything that the tokenizer returns", _ITEM, entry=entry)
        for entry in (
            lambda input_ids, label, encoded: {**encoded, "input_ids": input_ids, "label": label},  # the others: lists
            _as_it_comes,
        )
    ),
    Mistake.of("keeps-every-entry", "when an item holds the attention mask, too", _ITEM, entry=_mask_too),
    Mistake.of(
        "forgets-labels",
        "when an item has no label",
        _ITEM,
        entry=lambda input_ids, label, encoded: {"input_ids": input_ids},
    ),
    Mistake.of(
        "label-misnamed",
        'when the label is called "labels"',
        'one item has one "label"; a batch will have "labels"',
        entry=lambda input_ids, label, encoded: {"input_ids": input_ids, "labels": label},
    ),
    Mistake.of("label-as-tensor", "when the label is a tensor", _LABEL, label_of=torch.tensor),
    Mistake.of(
        "label-as-tensor", "when the label is a tensor (1,)", _LABEL, label_of=lambda label: torch.tensor([label])
    ),
    Mistake.of("labels-as-floats", "when the label is a float", _LABEL, label_of=float),
    Mistake.of(
        "labels-as-floats",
        "when the label is a tensor of a float",
        _LABEL,
        label_of=lambda label: torch.tensor(label, dtype=torch.float32),
    ),
)
