"""From labeled texts to batches: tokens of each text, padded to the longest text of its batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from selfattn_ref.tensors import int_tensor
from selfattn_ref.validation import function, integer, integers, iterable, mapping, require, size, string

Tokenizer = Callable[..., Mapping[str, Any]]
Item = Mapping[str, Tensor | int]


class TextClassificationDataset(Dataset):
    """Texts and their labels, each text as tokens, as long as it is and no longer than max_len.

    All texts are tokenized once, when the data set is made: ``tokenizer(text, truncation=True, max_length=max_len)``,
    as a tokenizer of transformers wants it; with its special tokens, without padding. `pad_batch` puts items together.

    Args:
        texts: the texts.
        labels: one integer for each text, from 0.
        tokenizer: called as above; its result holds ``"input_ids"``, a list of integers, among others.
        max_len: largest number of tokens of a text, special ones included.

    Raises:
        TypeError: a text is not a string, a label not an integer, or the tokenizer cannot be called.
        ValueError: not as many labels as texts, a negative label, or max_len below 1.

    >>> def tokenizer(text, truncation, max_length):
    ...     return {"input_ids": [len(word) for word in text.split()][:max_length]}
    >>> data = TextClassificationDataset(["it was good", "no"], [1, 0], tokenizer, max_len=2)
    >>> len(data), data[0]
    (2, {'input_ids': tensor([2, 3]), 'label': 1})
    """

    def __init__(self, texts: Sequence[str], labels: Sequence[int], tokenizer: Tokenizer, max_len: int) -> None:
        require(not isinstance(texts, str), "texts", "be an iterable of strings", "str", TypeError)
        texts = [string(f"texts[{place}]", text) for place, text in enumerate(iterable("texts", texts, "strings"))]
        self.labels = integers("labels", labels)
        require(len(self.labels) == len(texts), "labels", f"be as many as texts, {len(texts)}", len(self.labels))
        negative = [label for label in self.labels if label < 0]
        require(not negative, "labels", "hold no negative label", negative[:3])
        tokenizer = function("tokenizer", tokenizer, "a text")
        options = {"truncation": True, "max_length": size("max_len", max_len, at_least=1)}
        rows = [integers("tokenizer(text)['input_ids']", tokenizer(text, **options)["input_ids"]) for text in texts]
        self.input_ids = [torch.tensor(row, dtype=torch.int64) for row in rows]  # without dtype an empty row is float

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Tensor | int]:
        """Return ``{"input_ids": (seq_len,) int64 tokens, "label": int}``; an IndexError beyond the last text."""
        return {"input_ids": self.input_ids[index], "label": self.labels[index]}


def pad_batch(items: Sequence[Item], pad_id: int = 0) -> dict[str, Tensor]:
    """Put items of different lengths into one batch that is as long as the longest of them.

    The ``collate_fn`` of a ``torch.utils.data.DataLoader``. Padding every text to max_len instead would make a batch of
    short texts cost as much as one of long ones.

    Args:
        items: mappings with "input_ids", (seq_len,) integers, and all or none with "label", an integer.
        pad_id: token behind the end of shorter items.

    Returns:
        "input_ids" (batch, longest) int64; "attention_mask" (batch, longest) int64, 1 for a token, 0 for padding, by
        the lengths, so that a token equal to pad_id within a text counts; and "labels" (batch,) int64 if the items
        have one. These are the names of the arguments of transformers' models.

    Raises:
        TypeError: items are not iterable, an item is not a mapping, its input_ids not a tensor of integers, a label or
            pad_id not an integer.
        ValueError: no item, no input_ids in one, or a label in some of them only.

    >>> items = [{"input_ids": torch.tensor([2, 7, 3]), "label": 1}, {"input_ids": torch.tensor([2, 3]), "label": 0}]
    >>> pad_batch(items)
    {'input_ids': tensor([[2, 7, 3],
            [2, 3, 0]]), 'attention_mask': tensor([[1, 1, 1],
            [1, 1, 0]]), 'labels': tensor([1, 0])}
    """
    pad_id = size("pad_id", pad_id, at_least=0)
    rows = [mapping(f"items[{i}]", item, of="tensors") for i, item in enumerate(iterable("items", items, "mappings"))]
    require(len(rows) > 0, "items", "hold at least one item", "none")
    for i, item in enumerate(rows):
        require("input_ids" in item, f"items[{i}]", "hold input_ids", ", ".join(item) or "nothing")
        int_tensor(f"items[{i}]['input_ids']", item["input_ids"], "(seq_len,)")
    tokens = [item["input_ids"].long() for item in rows]
    batch = {
        "input_ids": pad_sequence(tokens, batch_first=True, padding_value=pad_id),
        "attention_mask": pad_sequence([torch.ones_like(row) for row in tokens], batch_first=True),
    }
    labeled = [item for item in rows if "label" in item]
    require(len(labeled) in (0, len(rows)), "items", "all have a label, or none", f"{len(labeled)} of {len(rows)}")
    if labeled:
        batch["labels"] = torch.tensor([integer(f"items[{i}]['label']", item["label"]) for i, item in enumerate(rows)])
    return batch
