"""What the probes about texts are drawn from: sentences, and a small tokenizer that behaves as transformers' do."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from selfattn_check.wording import kind_of

__all__ = ["WordTokenizer", "sentences"]

_WORDS = ("it", "was", "not", "a", "good", "film", "but", "the", "end", "dull", "and", "long", "though", "I", "liked")
PAD, CLS, SEP, FIRST_WORD = 0, 2, 3, 5


def sentences(rng: np.random.Generator, lengths: Sequence[int]) -> list[str]:
    """Texts of so many words."""
    return [" ".join(rng.choice(_WORDS, size=length)) for length in lengths]


class Encoded(dict[str, Any]):
    """What a tokenizer returns: entries by name, and as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class WordTokenizer:
    """One token a word, between [CLS] = 2 and [SEP] = 3; [PAD] = 0.

    Takes the options of a tokenizer of transformers that concern cutting, padding and tensors, with its defaults:
    nothing is cut unless `max_length` is given. It takes one text or several, unless it is `single`.
    """

    pad_token_id, cls_token_id, sep_token_id, mask_token_id = PAD, CLS, SEP, 4

    def __init__(self, *, single: bool = False) -> None:
        self.single = single

    def __repr__(self) -> str:
        return "a tokenizer of words" + (", one text at a time" if self.single else "")

    def __call__(
        self,
        text: str | Sequence[str],
        *,
        add_special_tokens: bool = True,
        padding: bool | str = False,
        truncation: bool | str | None = None,
        max_length: int | None = None,
        return_tensors: str | None = None,
        **others: Any,
    ) -> Encoded:
        """Encode one text, or several at once."""
        several = not isinstance(text, str)
        if several and self.single:
            raise TypeError(f"the tokenizer must be given one text, got {kind_of(text)} of {len(text)}")
        cut = max_length if truncation or (truncation is None and not padding) else None
        rows = [_row(each, add_special_tokens, cut) for each in ([text] if isinstance(text, str) else text)]
        length = 0 if not padding else max_length if padding == "max_length" else max(map(len, rows))
        missing = [max((length or 0) - len(row), 0) for row in rows]
        table = {
            "input_ids": [row + n * [PAD] for row, n in zip(rows, missing, strict=True)],
            "token_type_ids": [(len(row) + n) * [0] for row, n in zip(rows, missing, strict=True)],
            "attention_mask": [len(row) * [1] + n * [0] for row, n in zip(rows, missing, strict=True)],
        }
        if return_tensors is not None:
            make: Any = torch.tensor if return_tensors == "pt" else np.array
            return Encoded({name: make(table_rows) for name, table_rows in table.items()})
        return Encoded(table if several else {name: table_rows[0] for name, table_rows in table.items()})

    def encode(self, text: str, **options: Any) -> Any:
        """Only the tokens."""
        return self(text, **options)["input_ids"]


def _row(text: str, special: bool, max_length: int | None) -> list[int]:
    """The tokens of a text; special ones are kept when it is cut."""
    words = [FIRST_WORD + zlib.crc32(word.encode()) % 90 for word in text.split()]
    room = None if max_length is None else max(max_length - 2 * special, 0)
    return [CLS, *words[:room], SEP] if special else words[:room]
