"""Exercise: write a sequence, the likeliest token at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from selfattn_check.blueprints import greedy
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.decoding import CHOOSING, ENDING, MODES
from selfattn_check.module_trial import own_random_state
from selfattn_check.probe import Probe
from selfattn_check.trial import Trial
from selfattn_ref import greedy_decode

__all__ = ["GREEDY_DECODE"]

Draw = dict[str, Any]

STATEMENT = r"""
A trained model says how likely each next token is. Decoding turns that into a sequence. The simplest way takes the
likeliest token, every time:

$$t_0 = \text{bos}, \qquad t_{i+1} = \operatorname*{argmax}_v \; \text{logits}_i[v]$$

where $\text{logits}_i$ is the last row of what the model returns for the tokens $t_0 \dots t_i$.

| argument | meaning |
|---|---|
| `model` | an `nn.Module`; `model(source, tokens)`, tokens `(batch, len)`, returns logits `(batch, len, vocab)` |
| `source` | `(batch, source_len)` integers |
| `bos`, `eos` | tokens that begin and end a sequence; they may be the same token |
| `max_len` | largest length of the result, bos included, at least 1 |
| returns | `(batch, len)` int64 tokens, bos in front |

- Stop when every sequence has written eos, or at `max_len` tokens. No column is added after that.
- A sequence has ended when the model has written eos; the bos in front is no end, even where it is the same token. From
  then on it is filled up with eos, whatever the model says.
- Of equally likely tokens take the lowest.
- The model runs in eval mode and without gradients. Afterwards it is in the mode in which it was.

```python
>>> import torch
>>> class CountDown(torch.nn.Module):                                    # the next token is one below the last one
...     def forward(self, source, tokens):
...         return torch.nn.functional.one_hot((tokens - 1).clamp(min=0), 10).float()
>>> greedy_decode(CountDown(), torch.ones(2, 1).long(), bos=3, eos=1, max_len=9).tolist()
[[3, 2, 1], [3, 2, 1]]
>>> greedy_decode(CountDown(), torch.ones(2, 1).long(), bos=9, eos=1, max_len=4).tolist()
[[9, 8, 7, 6], [9, 8, 7, 6]]

```
"""

HINTS = (
    "A loop that makes `tokens` one column wider each time. It needs one more thing: which of the sequences have "
    "ended, a boolean for each.",
    "`chosen = model(source, tokens)[:, -1].argmax(-1)`. Where a sequence has ended, eos comes in its place; then look "
    "which have ended now; then `torch.cat`.",
    "`tokens = torch.full((len(source), 1), bos)`, `ended = torch.zeros(len(source), dtype=torch.bool)`; while "
    "`tokens.shape[1] < max_len and not ended.all()`: choose, `chosen = chosen.masked_fill(ended, eos)`, "
    "`ended = ended | (chosen == eos)`, `tokens = torch.cat([tokens, chosen[:, None]], dim=1)`.",
)


class Playback(nn.Module):
    """Says what stands in the source, a token a row, whatever it has said itself; in training mode it says nothing."""

    def __init__(self, vocab_size: int, *, training: bool) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.dropout = nn.Dropout(1.0)
        self.asked: list[str] = []
        self.train(training)

    def forward(self, source: Tensor, tokens: Tensor) -> Tensor:
        """Logits (batch, len, vocab)."""
        self.asked.append("with gradients" if torch.is_grad_enabled() else "without gradients")
        length = tokens.shape[1]
        following = source[:, :length] if source.shape[1] >= length else source.repeat(1, length)[:, :length]
        return self.dropout(nn.functional.one_hot(following.long(), self.vocab_size).float())

    def __repr__(self) -> str:
        return "a model that says what stands in the source"


class Chatter(Playback):
    """Its scores are small whole numbers, so that some are equal, and hang on the source and on all tokens so far."""

    def __init__(self, vocab_size: int, rng: np.random.Generator, *, training: bool = False) -> None:
        super().__init__(vocab_size, training=training)
        self.table = torch.from_numpy(rng.integers(0, 3, size=(16, 16, vocab_size)))

    def forward(self, source: Tensor, tokens: Tensor) -> Tensor:
        """Logits (batch, len, vocab)."""
        self.asked.append("with gradients" if torch.is_grad_enabled() else "without gradients")
        so_far = (tokens * torch.arange(1, tokens.shape[1] + 1)).cumsum(1) % 16
        return self.dropout(self.table[(source.sum(1, keepdim=True) + 2 * so_far) % 16, so_far].float())

    def __repr__(self) -> str:
        return "a model with scores 0, 1 and 2"


def _played(
    rows: list[list[int]], *, max_len: int, training: bool = False, bos: int = 1, eos: int = 2
) -> Callable[[np.random.Generator], Draw]:
    """Each row says when its sequence ends; −1 stands for any other token."""

    def build(rng: np.random.Generator) -> Draw:
        source = np.array(rows)
        source = np.where(source < 0, rng.integers(3, 9, size=source.shape), source)
        model = Playback(9, training=training)
        return {"model": model, "source": torch.from_numpy(source), "bos": bos, "eos": eos, "max_len": max_len}

    return build


def _chatted(batch: int, *, max_len: int, vocab_size: int = 5, eos: int = 2) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        source = torch.from_numpy(rng.integers(0, vocab_size, size=(batch, 3)))
        return {"model": Chatter(vocab_size, rng), "source": source, "bos": 1, "eos": eos, "max_len": max_len}

    return build


_UNEVEN = [[-1, -1, 2, -1, -1, -1], [2, -1, -1, -1, -1, -1], [-1, -1, -1, 2, -1, -1]]

PROBES = (
    Probe("one", "one sequence, which ends", _played([[-1, -1, 2, -1]], max_len=9)),
    Probe("uneven", "sequences that end at different places", _played(_UNEVEN, max_len=9)),
    Probe("full", "no sequence ends before max_len", _played([[-1] * 6, [-1] * 6], max_len=5)),
    Probe("at once", "every sequence ends at once", _played([[2, -1], [2, -1]], max_len=4)),
    Probe("last place", "a sequence ends at max_len exactly", _played([[-1, -1, 2, -1], [-1, 2, -1, -1]], max_len=4)),
    Probe("no room", "max_len=1: bos, and nothing else", _played([[-1, 2], [-1, 2]], max_len=1)),
    Probe("same token", "bos and eos are the same token", _played([[-1, 1, -1], [-1, -1, 1]], max_len=6, bos=1, eos=1)),
    Probe("equals", "scores that hang on all tokens so far, many of them equal", _chatted(7, max_len=8)),
    Probe("no end", "the same, with an eos that cannot come", _chatted(4, max_len=7, eos=6)),
    Probe(
        "from training",
        "the model is in training mode, where its dropout drops everything",
        _played(_UNEVEN, max_len=9, training=True),
        part="modes",
    ),
    Probe("from eval", "the model is in eval mode before and after", _played(_UNEVEN, max_len=9), part="modes"),
)


def tried(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Trial:
    """What the function returns, and what it has done to the model."""
    model: Playback = arguments["model"]
    training = model.training  # a replay gets the model of the replay before
    model.asked = []
    try:
        with own_random_state():
            returned = function(*arguments.values())
        modes = {"training" if part.training else "eval" for part in model.modules()}
        then = {"mode of the model afterwards": " and ".join(sorted(modes))}
        recorded = "with gradients" in model.asked  # how often it is asked is free
        then["calls of the model"] = "with gradients" if recorded else "without gradients"
    finally:
        model.train(training)
    return Trial({}, returned, then)


GREEDY_DECODE = Exercise(
    id="greedy_decode",
    assignment="05b-transformer",
    chapter=5,
    section="Decoding: one token at a time",
    anchor="greedy-decoding",
    title="Greedy decoding",
    minutes=20,
    difficulty=2,
    statement=STATEMENT,
    reference=greedy_decode,
    blueprint=greedy.greedy_decode,
    returns=("tokens",),
    probes=PROBES,
    mistakes=(*MODES, *CHOOSING, *ENDING),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2, "modes": 1},
    run=tried,
)
