"""Mistakes in putting items of different lengths into one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from selfattn_check.blueprints.text_batches import lay
from selfattn_check.exercise import Mistake

__all__ = ["PADDING_BATCHES"]

_WIDTH = "a batch is as long as its longest item: `max(len(item['input_ids']) for item in items)`"
_BEHIND = "tokens come first and padding behind them: `input_ids[row, :length] = tokens`"
_BY_LENGTH = "mark the first `length` places of each row: a token within a text may equal pad_id"
_ONE = "1 stands for a token, 0 for padding"
_INT = "the attention mask is int64, as a tokenizer returns it"
_FILL = "fill with the argument pad_id: not every vocabulary has its padding at 0"
_ASK = 'an item may have no label: ask `if "label" in items[0]` before you look for it'
_LABELS = 'if the items have a "label", the batch has "labels", an int64 tensor (batch,)'


def _lay_on_the_left(row: Tensor, width: int, filling: int) -> Tensor:
    return torch.cat([torch.full((max(width - len(row), 0),), filling), row[:width]])


def _mark_from_the_right(input_ids: Tensor, rows: Sequence[Tensor], pad_id: int, laid: Any) -> Tensor:
    return torch.stack([lay(torch.ones_like(row), input_ids.shape[1], 0) for row in rows])


def _always(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"labels": torch.tensor([item["label"] for item in items])}


def _or_none(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return _always(items) if "label" in items[0] else {"labels": None}


def _in_the_singular(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"label": _always(items)["labels"]} if "label" in items[0] else {}


def _as_column(labels: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: each.unsqueeze(1) for name, each in labels.items()}


PADDING_BATCHES = (
    *(
        Mistake.of(
            "pads-to-fixed-length",
            f"when every batch is {number} tokens long",
            _WIDTH,
            width=lambda rows, number=number: number,
        )
        for number in (32, 48, 64, 128, 256, 512)
    ),
    Mistake.of(
        "cuts-to-shortest",
        "when the batch is as long as its shortest item",
        _WIDTH,
        width=lambda rows: min(map(len, rows)),
    ),
    Mistake.of("pads-on-the-left", "when the padding stands before the tokens", _BEHIND, lay=_lay_on_the_left),
    Mistake.of(
        "pads-on-the-left",
        "when the padding stands before the tokens, but behind them in the mask",
        _BEHIND,
        lay=_lay_on_the_left,
        mark=_mark_from_the_right,
    ),
    Mistake.of(
        "mask-from-pad-id",
        "when the mask asks which tokens differ from pad_id",
        _BY_LENGTH,
        mark=lambda input_ids, rows, pad_id, laid: (input_ids != pad_id).long(),
    ),
    Mistake.of(
        "mask-from-pad-id",
        "when the mask asks which tokens differ from 0",
        _BY_LENGTH,
        mark=lambda input_ids, rows, pad_id, laid: (input_ids != 0).long(),
    ),
    Mistake.of("all-visible", "when the mask is 1 at the padding, too", _ONE, polarity=torch.ones_like),
    Mistake.of(
        "mask-inverted", "when the mask is 1 at the padding and 0 at the tokens", _ONE, polarity=lambda mask: 1 - mask
    ),
    Mistake.of("mask-of-another-type", "when the mask holds booleans", _INT, mask_type=lambda mask: mask.bool()),
    Mistake.of("mask-of-another-type", "when the mask holds floats", _INT, mask_type=lambda mask: mask.float()),
    Mistake.of(
        "tokens-as-floats",
        "when the tokens are floats, as `torch.zeros` makes them",
        "tokens are integers: give `torch.zeros` or `torch.full` the dtype torch.int64",
        token_type=lambda input_ids: input_ids.float(),
    ),
    Mistake.of("ignores-pad-id", "when the rows are filled with 0 whatever pad_id is", _FILL, fill=lambda pad_id: 0),
    Mistake.of("forgets-labels", "when the batch has no labels", _LABELS, labels_of=lambda items: {}),
    Mistake.of("expects-labels", "when items without a label are asked for one", _ASK, labels_of=_always),
    Mistake.of("expects-labels", "when the labels are None where there are none", _ASK, labels_of=_or_none),
    Mistake.of(
        "label-misnamed",
        'when the labels of the batch are called "label"',
        _LABELS,
        labels_of=_in_the_singular,
    ),
    Mistake.of(
        "labels-as-floats",
        "when the labels are floats",
        _LABELS,
        label_type=lambda labels: {name: each.float() for name, each in labels.items()},
    ),
    Mistake.of("labels-as-column", "when the labels are a column (batch, 1)", _LABELS, label_type=_as_column),
)
