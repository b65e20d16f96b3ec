"""Exercise: put texts of different lengths into one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from selfattn_check.blueprints.text_batches import collate
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.padding_batches import PADDING_BATCHES
from selfattn_check.probe import Probe
from selfattn_ref import pad_batch

__all__ = ["PAD_BATCH"]

Draw = dict[str, Any]

STATEMENT = r"""
Shorter texts are filled up behind their end, as far as the longest text *of this batch* reaches, and a mask says what is
text and what is filling.

$$\mathtt{attention\_mask}_{ij} = \begin{cases} 1 & j < n_i \\ 0 & \text{otherwise} \end{cases} \qquad
n_i = \text{number of tokens of item } i$$

| argument | meaning |
|---|---|
| `items` | list of dicts with `"input_ids"`, an int64 tensor `(seq_len,)`; all or none of them have `"label"`, an integer |
| `pad_id` | token that fills up shorter items |
| returns | a dict of int64 tensors: `"input_ids"` and `"attention_mask"`, both `(batch, longest)`, and `"labels"` `(batch,)` if the items have labels, else no such entry |

The mask goes by the number of tokens: a token within a text may happen to equal `pad_id`, and is a token all the same.
Leave the items as they are.

```python
>>> import torch
>>> items = [{"input_ids": torch.tensor([2, 7, 3]), "label": 1}, {"input_ids": torch.tensor([2, 3]), "label": 0}]
>>> batch = pad_batch(items, pad_id=9)
>>> batch["input_ids"]
tensor([[2, 7, 3],
        [2, 3, 9]])
>>> batch["attention_mask"]
tensor([[1, 1, 1],
        [1, 1, 0]])
>>> batch["labels"]
tensor([1, 0])

```
"""  # noqa: E501 — rows of a table

HINTS = (
    "First the length of the longest item. Then a tensor full of `pad_id` and one full of zeros, into whose rows you "
    "write the tokens and ones.",
    "`torch.full((len(items), longest), pad_id)` and `torch.zeros(len(items), longest, dtype=torch.int64)`. Row i of "
    "an item with n tokens: `input_ids[i, :n] = tokens`, and 1 in the same places of the mask.",
    'Labels: `if "label" in items[0]: batch["labels"] = torch.tensor([item["label"] for item in items])`.',
)


def _drawn(
    lengths: Sequence[int], pad_id: int | None = None, *, labeled: bool = True
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        items = [{"input_ids": torch.from_numpy(rng.integers(1, 9, size=length))} for length in lengths]
        if labeled:
            labels = rng.integers(0, 5, size=len(lengths)).tolist()
            items = [item | {"label": label} for item, label in zip(items, labels, strict=True)]
        return {"items": items} if pad_id is None else {"items": items, "pad_id": pad_id}

    return build


def _by_hand(rng: np.random.Generator) -> Draw:
    rows = [2, 7, 3], [2, 3], [2, 8, 5, 3]
    items = [{"input_ids": torch.tensor(row), "label": label} for row, label in zip(rows, (1, 0, 2), strict=True)]
    return {"items": items, "pad_id": 9}


def _pad_within(rng: np.random.Generator) -> Draw:
    draw = _drawn([5, 3, 6], 4)(rng)
    for item in draw["items"]:
        item["input_ids"][[0, 2]] = torch.tensor([4, 0])
    return draw


PROBES = (
    Probe("by hand", "three short items, padding 9: you can check it on paper", _by_hand),
    Probe("padding 0", "no pad_id given", _drawn([4, 2, 5, 3])),
    Probe("pad within", "texts that hold the tokens pad_id and 0", _pad_within),
    Probe("equal lengths", "nothing to fill up", _drawn([3, 3], 11)),
    Probe("one item", "a batch of one", _drawn([6], 11)),
    Probe("empty text", "an item without any token", _drawn([2, 0, 3], 12)),
    Probe("without labels", "items that have no label", _drawn([4, 1, 2], 10, labeled=False), part="labels"),
    Probe("with labels", "as many items as tokens, and labels up to 4", _drawn([2, 4, 3, 1], 10), part="labels"),
)

PAD_BATCH = Exercise(
    id="pad_batch",
    assignment="05c-bert",
    chapter=5,
    section="From texts to batches",
    anchor="bert-batches",
    title="A batch no longer than it needs to be",
    minutes=15,
    difficulty=2,
    statement=STATEMENT,
    reference=pad_batch,
    blueprint=collate,
    returns=("batch",),
    probes=PROBES,
    mistakes=PADDING_BATCHES,
    hints=HINTS,
    forbidden=(
        "selfattn_ref.*",
        "transformers.DataCollatorWithPadding",
        "transformers.DataCollatorForTokenClassification",
        "transformers.default_data_collator",
    ),
    parts={"values": 2, "labels": 1},
    advice={
        "mutates-input": "write to new tensors, and leave the items as they are: they are padded anew in every batch"
    },
)
