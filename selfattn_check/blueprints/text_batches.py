"""From texts to batches, as steps.

`tabulate` is `TextClassificationDataset`: go_through with encode, then convert → label_of → entry for every text.
`collate` is `pad_batch`: width → lay → mark → polarity → number, and the labels. Each step is a keyword-only parameter.
The defaults together are the reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["collate", "lay", "tabulate"]

Item = Mapping[str, Any]
Step = Callable[..., Any]


def encode(tokenizer: Any, text: str, max_len: int) -> Any:
    """The tokenizer cuts, and keeps its special tokens."""
    return tokenizer(text, truncation=True, max_length=max_len)


def go_through(texts: Sequence[str], encode: Callable[[Any], Any]) -> Any:
    """The tokenizer gets one text at a time."""
    return [encode(text) for text in texts]


def convert(tokens: Any) -> Any:
    """A tensor of integers, as long as the text."""
    return torch.tensor(tokens, dtype=torch.int64)


def label_of(label: int) -> Any:
    """The label as it is."""
    return label


def entry(input_ids: Any, label: Any, encoded: Any) -> Any:
    """What one item holds."""
    return {"input_ids": input_ids, "label": label}


def tabulate(
    texts: Sequence[str],
    labels: Sequence[int],
    tokenizer: Any,
    max_len: int,
    *,
    encode: Step = encode,
    go_through: Step = go_through,
    convert: Step = convert,
    label_of: Step = label_of,
    entry: Step = entry,
) -> Any:
    """`TextClassificationDataset` as steps; a list is a data set, too."""
    encodings = go_through(texts, lambda text: encode(tokenizer, text, max_len))
    return [
        entry(convert(encoded["input_ids"]), label_of(label), encoded)
        for encoded, label in zip(encodings, labels, strict=True)
    ]


def width(rows: Sequence[Tensor]) -> int:
    """Of the longest row."""
    return max(map(len, rows))


def fill(pad_id: int) -> int:
    """What stands behind the end of a shorter row."""
    return pad_id


def lay(row: Tensor, width: int, filling: int) -> Tensor:
    """The row at the beginning, what fills it up behind."""
    return torch.cat([row[:width], torch.full((max(width - len(row), 0),), filling)])


def token_type(input_ids: Tensor) -> Tensor:
    """Integers, as embeddings want them."""
    return input_ids


def mark(input_ids: Tensor, rows: Sequence[Tensor], pad_id: int, laid: Callable[[Tensor, int], Tensor]) -> Tensor:
    """Ones laid where the tokens are, by their number."""
    return torch.stack([laid(torch.ones_like(row), 0) for row in rows])


def polarity(mask: Tensor) -> Tensor:
    """1 is a token, 0 is padding."""
    return mask


def mask_type(mask: Tensor) -> Tensor:
    """Integers."""
    return mask


def labels_of(items: Sequence[Item]) -> Mapping[str, Any]:
    """One integer for each item, if there are labels."""
    return {"labels": torch.tensor([item["label"] for item in items])} if "label" in items[0] else {}


def label_type(labels: Mapping[str, Any]) -> Mapping[str, Any]:
    """Integers, one axis."""
    return labels


def collate(
    items: Sequence[Item],
    pad_id: int = 0,
    *,
    width: Step = width,
    fill: Step = fill,
    lay: Step = lay,
    token_type: Step = token_type,
    mark: Step = mark,
    polarity: Step = polarity,
    mask_type: Step = mask_type,
    labels_of: Step = labels_of,
    label_type: Step = label_type,
) -> Any:
    """`pad_batch` as steps."""
    rows = [item["input_ids"] for item in items]
    longest, filling = width(rows), fill(pad_id)
    input_ids = torch.stack([lay(row, longest, filling) for row in rows])
    mask = mark(input_ids, rows, filling, lambda row, filling: lay(row, longest, filling))
    marked = {"input_ids": token_type(input_ids), "attention_mask": mask_type(polarity(mask))}
    return marked | dict(label_type(labels_of(items)))
