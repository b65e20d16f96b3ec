"""Short film reviews and what their writers think, from a grammar in which counting words is not enough.

A review is one opinion, and in three of ten an aside before or behind it, each a sentence. A word of a polarity is
one of `WORDS`, a degree one of `DEGREES`; −s is the other of positive and negative.

| part | form | it says |
|---|---|---|
| statement s | thing "was" word s, mostly with the degree of s before it | s |
| | thing "was" word s "and" another word s; thing "was" negation word −s | s |
| | thing "was not" word −s "but" word s | s |
| opinion s | statement s | s |
| | statement −s ", but" statement s | s |
| | "Although" statement −s "," statement s | s |
| | statement s ", although" statement −s | s |
| | thing "was" neutral word | neutral |
| aside | somebody "found" thing word; another film "was" word; "We saw it in" place | nothing |
| judgment | one word, or "In short:" and the word | its word's |

So a negation turns a word round, the main clause decides and not the one that concedes, and neither what others think
nor what another film was like counts: the words of an aside are drawn without regard to the opinion. A neutral review
may have no opinion at all, only asides.

In texts without labels most writers close with a judgment. In labeled reviews none does: the label must be read from
the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from selfattn_ref.validation import generator, probability, size

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
LABELS = ("negative", "neutral", "positive")
SHARES = (0.4, 0.2, 0.4)  # of the labels

WORDS = {
    NEGATIVE: ("dull", "boring", "clumsy", "silly", "weak"),
    NEUTRAL: ("ordinary", "average"),
    POSITIVE: ("gripping", "moving", "funny", "clever", "charming"),
}
DEGREES = {NEGATIVE: "painfully", POSITIVE: "wonderfully"}
JUDGMENTS = {NEGATIVE: "disappointing", NEUTRAL: "undecided", POSITIVE: "recommended"}
THINGS = ("the acting", "the plot", "the ending", "the music", "it")
NEGATIONS = ("not", "never", "hardly")
OTHERS = ("my sister", "one critic", "a friend")
OTHER_FILMS = ("the book", "the first part", "the old version")
PLACES = ("Rome", "Lisbon", "Berlin", "Kyoto", "Oslo", "Nairobi", "Lima", "Dakar", "Prague", "Seville", "Montreal")


@dataclass(frozen=True)
class Review:
    """A text, and what its writer thinks of the film: 0 negative, 1 neutral, 2 positive."""

    text: str
    label: int


def labeled_reviews(count: int, rng: np.random.Generator) -> list[Review]:
    """Write reviews without a closing judgment, each with its label.

    Args:
        count: number of reviews.
        rng: source of all choices.

    Returns:
        The reviews. 40 % are negative, 20 % neutral, 40 % positive, up to chance.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: count is below 1.

    >>> labeled_reviews(1, np.random.default_rng(3))
    [Review(text='The acting was painfully weak.', label=0)]
    """
    pen = _Pen(generator("rng", rng))
    return [pen.review(closing=0.0) for _ in range(size("count", count, at_least=1))]


def unlabeled_texts(count: int, rng: np.random.Generator, closing: float = 0.95) -> list[str]:
    """Write reviews of which most close with a judgment in one word, without labels.

    Args:
        count: number of texts.
        rng: source of all choices.
        closing: probability of a closing judgment.

    Returns:
        The texts.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: count is below 1, or closing outside [0, 1].

    >>> unlabeled_texts(1, np.random.default_rng(4))
    ['The plot was boring, but it was not weak. In short: recommended.']
    """
    pen, closing = _Pen(generator("rng", rng)), probability("closing", closing)
    return [pen.review(closing).text for _ in range(size("count", count, at_least=1))]


class _Pen:
    """Follows the grammar, one choice after the other."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def happens(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def form(self, *shares: float) -> int:
        """The number of a form, drawn with these probabilities."""
        return int(self.rng.choice(len(shares), p=shares))

    def review(self, closing: float) -> Review:
        label = self.form(*SHARES)
        silent = label == NEUTRAL and self.happens(0.5)
        sentences = [self.aside() if silent else self.opinion(label)]
        if self.happens(0.3):
            sentences.insert(int(self.rng.integers(2)), self.aside())
        if self.happens(closing):
            sentences.append(("in short: " if self.happens(0.5) else "") + JUDGMENTS[label])
        return Review(" ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences), label)

    def opinion(self, label: int) -> str:
        if label == NEUTRAL:
            return f"{self.one_of(THINGS)} was {self.one_of(WORDS[NEUTRAL])}"
        form = self.form(0.5, 0.3, 0.1, 0.1)
        decides = self.statement(label)
        if form == 0:
            return decides
        concedes = self.statement(_opposite(label))
        return (f"{concedes}, but {decides}", f"although {concedes}, {decides}", f"{decides}, although {concedes}")[
            form - 1
        ]

    def statement(self, label: int) -> str:
        thing, word, other = (self.one_of(each) for each in (THINGS, WORDS[label], WORDS[_opposite(label)]))
        form = self.form(0.3, 0.3, 0.25, 0.15)
        if form == 0:
            return f"{thing} was {DEGREES[label]} {word}" if self.happens(0.8) else f"{thing} was {word}"
        if form == 1:
            return f"{thing} was {word} and {self.one_of([each for each in WORDS[label] if each != word])}"
        if form == 2:
            return f"{thing} was {self.one_of(NEGATIONS)} {other}"
        return f"{thing} was not {other} but {word}"

    def aside(self) -> str:
        word = self.one_of(WORDS[self.form(*SHARES)])
        form = self.form(0.45, 0.45, 0.1)
        if form == 0:
            return f"{self.one_of(OTHERS)} found {self.one_of(THINGS)} {word}"
        if form == 1:
            return f"{self.one_of(OTHER_FILMS)} was {word}"
        return f"we saw it in {self.one_of(PLACES)}"


def _opposite(label: int) -> int:
    return NEGATIVE + POSITIVE - label
