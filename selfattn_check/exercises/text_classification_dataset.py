"""Exercise: labeled texts as a data set of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from selfattn_check.blueprints.text_batches import tabulate
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.text_inputs import WordTokenizer, sentences
from selfattn_check.mistakes.tabulating_texts import TABULATING_TEXTS
from selfattn_check.model_trial import read_items
from selfattn_check.probe import Probe
from selfattn_ref import TextClassificationDataset

__all__ = ["TEXT_CLASSIFICATION_DATASET"]

Draw = dict[str, Any]

STATEMENT = r"""
A *data set* holds one item for every text. Whoever makes batches asks it for two things: `len(data)`, how many items there
are, and `data[i]`, the item with a number. PyTorch's `Dataset` needs no `super().__init__()`: it remembers nothing.

$$\text{text}_i,\ \text{label}_i \;\to\; \text{item}_i = \{\mathtt{input\_ids}: (t_1, \dots, t_n),\ \text{label}\},
\qquad n \le \mathtt{max\_len}$$

| argument | meaning |
|---|---|
| `texts` | list of strings |
| `labels` | list of integers, one for each text |
| `tokenizer` | is called with one text at a time, as those of the library `transformers` can be: `tokenizer(text, truncation=True, max_length=max_len)` returns a dict whose `"input_ids"` are a list of integers, special tokens included |
| `max_len` | largest number of tokens of an item, special ones included |
| returns | of `len(data)`: the number of texts; of `data[i]`: `{"input_ids": int64 tensor (seq_len,), "label": int}` |

Each item is as long as its text: no padding, that is for the batch to decide. Nothing else is in it. An item has one
`label`; a batch will have `labels`. Whether you
tokenize in the constructor or when an item is asked for is up to you.

```python
>>> def tokenizer(text, truncation, max_length):         # the length of each word, say
...     return {"input_ids": [len(word) for word in text.split()][:max_length]}
>>> data = TextClassificationDataset(["it was good", "no"], [1, 0], tokenizer, max_len=2)
>>> len(data)
2
>>> data[0]
{'input_ids': tensor([2, 3]), 'label': 1}

```
"""  # noqa: E501 — a row of a table

HINTS = (
    "Three methods: the constructor keeps what it gets, or what it has made of it; `__len__` counts; `__getitem__` "
    "returns the item with that number.",
    '`tokenizer(text, truncation=True, max_length=max_len)` returns a dict of lists. Of it you need `["input_ids"]`, '
    "as a tensor.",
    'An item is `{"input_ids": torch.tensor(tokens), "label": self.labels[index]}`, with '
    '`tokens = self.tokenizer(self.texts[index], truncation=True, max_length=self.max_len)["input_ids"]`.',
)


def _drawn(lengths: Sequence[int], max_len: int, *, single: bool = False) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        labels = rng.integers(0, 3, size=len(lengths)).tolist()
        return {
            "texts": sentences(rng, lengths),
            "labels": labels,
            "tokenizer": WordTokenizer(single=single),
            "max_len": max_len,
        }

    return build


def _by_hand(rng: np.random.Generator) -> Draw:
    texts = ["a good film", "the end was dull and long"]
    return {"texts": texts, "labels": [1, 0], "tokenizer": WordTokenizer(), "max_len": 6}


PROBES = (
    Probe("by hand", "three words with room to spare, and six that must be cut to four", _by_hand),
    Probe("short", "no text reaches max_len", _drawn([3, 5, 1], 12)),
    Probe("long", "every text is cut", _drawn([9, 14, 8, 11], 7)),
    Probe("just fits", "texts one token below, at and above max_len", _drawn([4, 5, 6], 7)),
    Probe("no words", "an empty text has its special tokens only", _drawn([0, 2], 5)),
    Probe("one at a time", "a tokenizer that takes a single text, no list", _drawn([3, 8], 6, single=True)),
    Probe("one text", "a data set of a single text", _drawn([4], 9)),
)

TEXT_CLASSIFICATION_DATASET = Exercise(
    id="TextClassificationDataset",
    assignment="05c-bert",
    chapter=5,
    section="From texts to batches",
    anchor="bert-batches",
    title="A data set of labeled texts",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=TextClassificationDataset,
    blueprint=tabulate,
    returns=("data",),
    probes=PROBES,
    mistakes=TABULATING_TEXTS,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    run=read_items,
    parts={"values": 2},
    advice={
        "wrong-type": 'an item is a dict: `{"input_ids": torch.tensor(tokens), "label": label}`, with an int as label',
        "wrong-values": "`len(data)` is the number of texts, and `data[i]` holds the tokens and the label of text i",
    },
)
