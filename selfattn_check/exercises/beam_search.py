"""Exercise: search for the likeliest sequence with a beam."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from selfattn_check.blueprints import beams
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.searching import ANSWERING, KEEPING, SUMMING
from selfattn_check.probe import Probe
from selfattn_ref import beam_search

__all__ = ["BEAM_SEARCH"]

Draw = dict[str, Any]
Table = Mapping[tuple[int, ...], Sequence[float]]  # tokens behind bos → probabilities of the next one

STATEMENT = r"""
The likeliest next token does not always lead to the likeliest sequence. Beam search keeps several prefixes, the *beam*,
and decides later.

$$\operatorname{score}(t_1 \dots t_n) = \sum_{i=1}^{n} \log p(t_i \mid \text{bos}, t_1, \dots, t_{i-1})$$

At first the beam holds one prefix, `[bos]`, with score 0. Then come at most `max_len` rounds. In each of them:

1. Continue every prefix of the beam by every token with a probability above 0.
2. Of all these continuations together keep the `beam_size` best, best first. Of equals, the continuation of the prefix
   that stands earlier in the beam comes first, then the lower token.
3. Those that end in eos are finished and leave the beam. The others are the next beam, which may be smaller for that.
   Stop if it is empty.

| argument | meaning |
|---|---|
| `step` | `step(tokens)`, tokens a list of ints from bos on, returns the log-probabilities `(vocab,)` of the next one |
| `bos`, `eos` | tokens that begin and end a sequence |
| `beam_size` | how many continuations are kept, at least 1 |
| `max_len` | largest number of tokens after bos, eos included, at least 1 |
| returns | `(tokens, score)`: a list of ints (or a tuple, or an array) with bos and eos, and its score, a float |

`step` returns a NumPy array, with −∞ where a probability is 0. Return the finished sequence with the highest score, of
equals the one found first. There is no normalization by length. If nothing is finished after `max_len` rounds, return
the best prefix of the beam, which has no eos.

```python
>>> import math
>>> import numpy as np
>>> after = {3: [0.1, 0.5, 0.4], 1: [0.5, 0.25, 0.25], 2: [0.9, 0.05, 0.05]}     # what follows bos = 3, 1 and 2
>>> step = lambda tokens: np.log(after[tokens[-1]])
>>> tokens, score = beam_search(step, bos=3, eos=0, beam_size=1, max_len=5)
>>> tokens, round(math.exp(score), 2)                                             # greedy: 0.5 · 0.5
([3, 1, 0], 0.25)
>>> tokens, score = beam_search(step, bos=3, eos=0, beam_size=2, max_len=5)
>>> tokens, round(math.exp(score), 2)                                             # better: 0.4 · 0.9
([3, 2, 0], 0.36)

```
"""

HINTS = (
    "Keep pairs of tokens and score in two lists: the beam, and what is finished. Each round builds one long list of "
    "all continuations of all prefixes.",
    "Python's `sorted` is stable: if the continuations are made in the order of the beam and of the tokens, a sort by "
    "falling score breaks ties as asked. Cut to beam_size *before* you part those that end from the others.",
    "`grown = [(tokens + [t], score + row[t]) for tokens, score in beam for row in [step(tokens)] for t in "
    "range(len(row)) if row[t] > -np.inf]`, `kept = sorted(grown, key=lambda pair: -pair[1])[:beam_size]`; at the end "
    "`max(finished or beam, key=lambda pair: pair[1])`.",
)


class Language:
    """Log-probabilities that hang on the whole prefix; a function that remembers nothing."""

    def __init__(self, rng: np.random.Generator, vocab_size: int, *, eos: int, ending: float, grid: float) -> None:
        self.seed = int(rng.integers(2**31))
        self.vocab_size, self.eos, self.ending, self.grid = vocab_size, eos, ending, grid

    def __call__(self, tokens: Sequence[int]) -> np.ndarray:
        """Log-probabilities of what follows: (vocab,)."""
        if len(tokens) > 12:
            raise ValueError("step was asked about more than 12 tokens")
        draw = np.random.default_rng([self.seed, *(int(token) for token in tokens)])
        logits = 1.5 * draw.normal(size=self.vocab_size)
        logits[self.eos] += self.ending
        row = logits - np.log(np.exp(logits).sum())
        return np.minimum(np.round(row / self.grid) * self.grid, 0.0) if self.grid else row

    def __repr__(self) -> str:
        return f"a language of {self.vocab_size} tokens"


class Given(Language):
    """A language written down: prefix behind bos → probabilities; elsewhere eos is certain."""

    def __init__(self, table: Table, eos: int) -> None:
        self.table, self.eos = table, eos

    def __call__(self, tokens: Sequence[int]) -> np.ndarray:
        """Log-probabilities of what follows: (vocab,)."""
        size = len(next(iter(self.table.values())))
        certain = [float(token == self.eos) for token in range(size)]
        with np.errstate(divide="ignore"):
            return np.log(np.array(self.table.get(tuple(int(each) for each in tokens[1:]), certain)))

    def __repr__(self) -> str:
        return "a language of a few sequences"


def _drawn(
    vocab_size: int,
    beam_size: int,
    max_len: int,
    *,
    ending: float = 0.0,
    grid: float = 0.0,
    eos: int = 0,
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        step = Language(rng, vocab_size, eos=eos, ending=ending, grid=grid)
        bos = int(rng.integers(vocab_size, 2 * vocab_size))
        return {"step": step, "bos": bos, "eos": eos, "beam_size": beam_size, "max_len": max_len}

    return build


def _given(
    table: Table, beam_size: int, max_len: int, bos: int = 3, eos: int = 0
) -> Callable[[np.random.Generator], Draw]:
    step = Given(table, eos)
    return lambda rng: {"step": step, "bos": bos, "eos": eos, "beam_size": beam_size, "max_len": max_len}


_LATE: Table = {(): [0.1, 0.5, 0.4], (1,): [0.5, 0.25, 0.25], (2,): [0.9, 0.05, 0.05]}
_LONG_IS_LIKELY: Table = {(): [0.3, 0.7, 0.0], (1,): [0.1, 0.0, 0.9], (1, 2): [0.9, 0.1, 0.0]}
_SHORT_IS_LIKELY: Table = {(): [0.4, 0.3, 0.3], (1,): [0.0, 1.0, 0.0], (2,): [1.0, 0.0, 0.0]}
_EQUAL: Table = {(): [0.0, 0.5, 0.5], (1,): [0.5, 0.5, 0.0], (2,): [0.5, 0.0, 0.5], (1, 1): [1.0, 0.0, 0.0]}
_ENDS_LOW: Table = {(): [0.2, 0.45, 0.35], (1,): [0.3, 0.35, 0.35], (2,): [0.5, 0.3, 0.2]}
_NARROW: Table = {
    **{(): [0.0, 0.55, 0.45], (1,): [0.1, 0.5, 0.4], (2,): [0.2, 0.45, 0.35]},
    **{(1, 1): [0.3, 0.35, 0.35], (1, 2): [0.3, 0.35, 0.35]},
}
_UNFINISHED: Table = {(): [0.3, 0.7, 0.0], (1,): [0.1, 0.9, 0.0]}
_EQUAL_AT_THE_CUT: Table = {(): [0.0, 0.25, 0.25, 0.25, 0.25]}
_ONE_WAY: Table = {(): [0.0, 1.0, 0.0], (1,): [0.0, 0.0, 1.0], (1, 2): [0.0, 1.0, 0.0]}
_ENDS_ONCE: Table = {
    **{(): [0.2, 0.45, 0.35], (1,): [0.0, 0.5, 0.5], (2,): [0.0, 0.65, 0.35]},
    **{(1, 1): [0.1, 0.45, 0.45], (2, 1): [0.1, 0.45, 0.45]},
}
_OVERTAKEN: Table = {
    **{(): [0.2, 0.1, 0.7], (1,): [0.2, 0.1, 0.7], (2,): [0.1, 0.5, 0.4]},
    **{(1, 1): [0.0, 0.4, 0.6], (1, 2): [0.1, 0.4, 0.5], (2, 1): [0.3, 0.4, 0.3], (2, 2): [0.1, 0.3, 0.6]},
}

PROBES = (
    Probe("by hand", "the better sequence begins with the second-best token", _given(_LATE, 2, 5)),
    Probe("beam of one", "greedy decoding", _given(_LATE, 1, 5)),
    Probe("long", "the sequence that ends first is not the best", _given(_LONG_IS_LIKELY, 2, 5)),
    Probe("short", "a short sequence is better in sum, not in mean", _given(_SHORT_IS_LIKELY, 3, 4)),
    Probe("ends low", "eos is possible at once, but not among the best", _given(_ENDS_LOW, 2, 4)),
    Probe("narrow", "a wider beam would find something better", _given(_NARROW, 2, 5)),
    Probe("drawn", "a drawn language, in which everything hangs on the whole prefix", _drawn(5, 3, 5)),
    Probe("wide", "a beam wider than the vocabulary", _drawn(3, 6, 5, ending=-0.5)),
    Probe("eager", "sequences that like to end", _drawn(6, 4, 6, ending=1.5, eos=4)),
    Probe("slow", "sequences that seldom end", _drawn(4, 3, 6, ending=-1.5)),
    Probe("equals", "many equal scores", _drawn(4, 3, 5, grid=1.0), part="ends"),
    Probe(
        "equal sequences", "sequences of the same score, found at different lengths", _given(_EQUAL, 4, 4), part="ends"
    ),
    Probe("one way", "all but one continuation are impossible", _given(_ONE_WAY, 2, 2), part="ends"),
    Probe("places", "what has ended takes no place in the next rounds", _given(_ENDS_ONCE, 3, 5), part="ends"),
    Probe(
        "overtaken",
        "what ended first is the best, although others were likelier",
        _given(_OVERTAKEN, 2, 4),
        part="ends",
    ),
    Probe("equal at the cut", "more equals than places in the beam", _given(_EQUAL_AT_THE_CUT, 2, 4, 7), part="ends"),
    Probe("out of steps", "at the end, what has not ended is likelier", _given(_UNFINISHED, 2, 2), part="ends"),
    Probe("no end", "nothing ends within max_len", _drawn(4, 2, 4, ending=-30.0), part="ends"),
    Probe("one step", "max_len=1", _drawn(5, 3, 1, ending=-1.0), part="ends"),
    Probe("one likely step", "max_len=1, where eos is likely", _drawn(5, 3, 1, ending=2.0), part="ends"),
)


def tried(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What it returns; of two results, the tokens as a list, which is compared as a whole."""
    returned = function(*arguments.values())
    if not (isinstance(returned, tuple) and len(returned) == 2):
        return returned
    tokens, score = returned
    if isinstance(tokens, np.ndarray) and tokens.ndim == 1 and tokens.dtype.kind in "iu":
        tokens = tokens.tolist()
    if isinstance(tokens, list | tuple):
        return [int(each) if isinstance(each, np.integer) else each for each in tokens], score
    return tokens, score


BEAM_SEARCH = Exercise(
    id="beam_search",
    assignment="05b-transformer",
    chapter=5,
    section="Beam search",
    anchor="beam-search",
    title="Beam search",
    minutes=25,
    difficulty=2,
    statement=STATEMENT,
    reference=beam_search,
    blueprint=beams.beam_search,
    returns=("tokens", "score"),
    probes=PROBES,
    mistakes=(*SUMMING, *KEEPING, *ANSWERING),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2, "ends": 1},
    run=tried,
)
