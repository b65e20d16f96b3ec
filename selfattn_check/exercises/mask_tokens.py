"""Exercise: hide tokens for a model to guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.masked_language import corrupt
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.masking_tokens import MASKING_TOKENS
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import mask_tokens

__all__ = ["MASK_TOKENS"]

Draw = dict[str, Any]

STATEMENT = r"""
Every token that is not special is chosen with probability `rate`, and the model will have to guess the chosen ones.
What becomes of them in the text that it reads:

$$\text{token} \to \begin{cases} \mathtt{mask\_id} & \text{with probability } 0.8 \\
\text{a random token of the whole vocabulary} & \text{with probability } 0.1 \\
\text{itself} & \text{with probability } 0.1 \end{cases}$$

Why not `mask_id` for all? Later the model reads texts without any [MASK]. So some chosen tokens stay, and some become
others: it must not rely on seeing the sign.

| argument | meaning |
|---|---|
| `tokens` | NumPy array `(...)` of integers, int64; not to be changed |
| `special_ids` | list of integers that are never chosen, such as those of [PAD], [CLS] and [SEP] |
| `mask_id` | token that stands for a hidden one |
| `vocab_size` | tokens are 0 to `vocab_size` − 1 |
| `rng` | `np.random.Generator`, the only source of draws |
| `rate` | probability with which a token is chosen, from 0 to 1 |
| returns | `corrupted` and `targets`, both NumPy arrays of int64 in the shape of `tokens` |

`targets` holds the original token wherever it was chosen, also where it stayed as it was, and `-100` elsewhere:
PyTorch's cross-entropy leaves such targets out.

Three draws, each for all tokens, whether it is needed or not, in this order:

1. `rng.random(tokens.shape)`: a token is chosen where it is below `rate`;
2. `kind = rng.random(tokens.shape)`: `mask_id` where `kind < 0.8`, a random token where `0.8 <= kind < 0.9`;
3. `rng.integers(vocab_size, size=tokens.shape)`: the random tokens, special ones and the same one included.

```python
>>> import numpy as np
>>> tokens = np.array([2, 7, 5, 8, 9, 6, 3, 0])          # 2, 3 and 0 are special
>>> corrupted, targets = mask_tokens(tokens, [0, 2, 3], mask_id=4, vocab_size=10,
...                                  rng=np.random.default_rng(0), rate=0.5)
>>> targets.tolist()                                     # three are chosen
[-100, 7, 5, 8, -100, -100, -100, -100]
>>> corrupted.tolist()                                   # one stays, one is random, one is masked
[2, 7, 0, 4, 9, 6, 3, 0]

```
"""

HINTS = (
    "No loop is needed. Make the three arrays of draws first, in their order. Then everything is a choice between two "
    "arrays, place by place: `np.where`.",
    "`chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, special_ids)`. Then `kind`, and the random tokens. "
    "The targets are `np.where(chosen, tokens, -100)`.",
    "`spoiled = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, random, tokens))`, and only the chosen ones are "
    "spoiled: `np.where(chosen, spoiled, tokens)`.",
)


def _text(rng: np.random.Generator, batch: int, length: int, vocab_size: int) -> np.ndarray:
    """Sentences that begin with 2, end with 3, and are padded with 0 behind a length of their own."""
    tokens = rng.integers(5, vocab_size, size=(batch, length))
    tokens[:, 0] = 2
    for row, end in zip(tokens, rng.integers(length // 2, length, size=batch), strict=True):
        row[end], row[end + 1 :] = 3, 0
    return tokens


def _masking(
    batch: int, length: int, vocab_size: int, rate: float | None, keep: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        tokens = keep(_text(rng, batch, length, vocab_size))
        draw: Draw = {"tokens": tokens, "special_ids": [0, 2, 3], "mask_id": 4, "vocab_size": vocab_size}
        draw |= {"rng": np.random.default_rng(int(rng.integers(2**31)))}
        return draw if rate is None else draw | {"rate": rate}

    return build


def _by_hand(rng: np.random.Generator) -> Draw:
    tokens = np.array([2, 7, 5, 8, 9, 6, 3, 0])
    options = {"mask_id": 4, "vocab_size": 10, "rng": np.random.default_rng(0), "rate": 0.5}
    return {"tokens": tokens, "special_ids": [0, 2, 3], **options}


def _other_ids(rng: np.random.Generator) -> Draw:
    tokens = rng.integers(0, 9, size=(2, 3, 12))
    options = {"mask_id": 0, "vocab_size": 9, "rng": np.random.default_rng(int(rng.integers(2**31))), "rate": 0.7}
    return {"tokens": tokens, "special_ids": [8, 5], **options}


PROBES = (
    Probe("by hand", "the example of the statement: you can follow it on paper", _by_hand),
    Probe("batch", "many sentences with padding, and the usual rate", _masking(24, 30, 50, 0.15)),
    Probe("half", "every second token chosen: all three fates occur often", _masking(8, 20, 12, 0.5)),
    Probe("all", "a rate of 1: every token that is not special", _masking(5, 16, 40, 1.0)),
    Probe("none", "a rate of 0: nothing changes and nothing is asked", _masking(3, 9, 11, 0.0)),
    Probe("default rate", "no rate given: 0.15", _masking(24, 30, 50, None)),
    Probe("read-only", "tokens that must not be written to", _masking(6, 14, 17, 0.4, keep=read_only)),
    Probe("with gaps", "tokens in memory with gaps between them", _masking(6, 15, 17, 0.4, keep=strided)),
    Probe("other ids", "three axes, other special tokens, and 0 as mask_id", _other_ids),
)

MASK_TOKENS = Exercise(
    id="mask_tokens",
    assignment="05c-bert",
    chapter=5,
    section="Learning from text without labels",
    anchor="bert-pretraining",
    title="Hide tokens to be guessed",
    minutes=20,
    difficulty=2,
    statement=STATEMENT,
    reference=mask_tokens,
    blueprint=corrupt,
    returns=("corrupted", "targets"),
    probes=PROBES,
    mistakes=MASKING_TOKENS,
    hints=HINTS,
    forbidden=("selfattn_ref.*", "transformers.DataCollatorForLanguageModeling"),
    parts={"values": 3},
    advice={
        "wrong-values": "draw from the argument `rng`, and from nothing else: three times, in the order of the list; "
        "then compare with the statement's example, place by place",
    },
)
