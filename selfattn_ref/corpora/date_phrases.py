"""Dates as people say and write them, in English and German, and the same dates as ISO 8601: 1987-03-04.

Every phrase has one reading. Dates in digits are told apart by their separator: 3/4/1987 is the fourth of March
(English, month first), 3.4.1987 the third of April (German, day first).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from selfattn_ref.corpora.number_words import english_ordinal, english_year, german_ordinal, german_year, words
from selfattn_ref.corpora.pieces import Pieces
from selfattn_ref.validation import require, size

FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)

_MONTHS = words("January February March April May June July August September October November December")
_SHORT = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_WEEKDAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MONATE = words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
_KURZ = words("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.")
_WOCHENTAGE = words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag")

Day = datetime.date

FORMS: Mapping[str, Callable[[Day], str]] = MappingProxyType(
    {
        "en-words": lambda d: f"{_MONTHS[d.month - 1]} {english_ordinal(d.day)}, {english_year(d.year)}",
        "en-of": lambda d: f"the {english_ordinal(d.day)} of {_MONTHS[d.month - 1]} {d.year}",
        "en-of-words": lambda d: f"the {english_ordinal(d.day)} of {_MONTHS[d.month - 1]}, {english_year(d.year)}",
        "en-year-first": lambda d: f"in {d.year}, on {_MONTHS[d.month - 1]} {d.day}",
        "en-weekday": lambda d: f"{_WEEKDAYS[d.weekday()]}, {_MONTHS[d.month - 1]} {d.day}, {d.year}",
        "en-short": lambda d: f"{_SHORT[d.month - 1]} {d.day}, {d.year}",
        "en-digits": lambda d: f"{d.month}/{d.day}/{d.year}",
        "de-words": lambda d: f"am {german_ordinal(d.day)} {_MONATE[d.month - 1]} {german_year(d.year)}",
        "de-ordinal": lambda d: f"am {german_ordinal(d.day)} {_MONATE[d.month - 1]} {d.year}",
        "de-year-first": lambda d: f"im Jahr {d.year} am {d.day}. {_MONATE[d.month - 1]}",
        "de-weekday": lambda d: f"{_WOCHENTAGE[d.weekday()]}, {d.day}. {_MONATE[d.month - 1]} {d.year}",
        "de-short": lambda d: f"{d.day}. {_KURZ[d.month - 1]} {d.year}",
        "de-digits": lambda d: f"{d.day}.{d.month}.{d.year}",
    }
)

_ENGLISH_PIECES = words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety twent thirt ieth hundred thousand oh th "
    "first second third fifth eighth ninth twelfth the of in on"
)
_GERMAN_PIECES = words(
    "ein eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend und ten sten "
    "ersten dritten siebten achten am im Jahr"
)
# dict.fromkeys: April is there once, in both languages
SOURCE = Pieces(
    list(
        dict.fromkeys(
            [*"0123456789", *",./-", *_ENGLISH_PIECES, *_GERMAN_PIECES]
            + [*_MONTHS, *_SHORT, *_WEEKDAYS, *_MONATE, *_WOCHENTAGE]
            + [short.removesuffix(".") for short in _KURZ]
        )
    )
)
TARGET = Pieces("0123456789-")


@dataclass(frozen=True)
class Example:
    """A phrase, and the date that it means."""

    phrase: str
    iso: str


def example(day: Day, form: str) -> Example:
    """A date in one of the forms.

    Args:
        day: the date, from 1900 to 2099.
        form: a key of `FORMS`.

    Raises:
        ValueError: another date, or no such form.

    >>> example(datetime.date(1987, 3, 4), "de-words")
    Example(phrase='am vierten März neunzehnhundertsiebenundachtzig', iso='1987-03-04')
    """
    require(FIRST <= day <= LAST, "day", f"lie between {FIRST} and {LAST}", day)
    require(form in FORMS, "form", f"be one of {', '.join(FORMS)}", repr(form))
    return Example(FORMS[form](day), day.isoformat())


def split_dates(rng: np.random.Generator, held_out: int = 2000) -> tuple[list[Day], list[Day]]:
    """All dates in two parts that share none: one to train on, one held out.

    Args:
        rng: makes one permutation of all dates.
        held_out: how many dates are in the second part.

    Returns:
        The dates of both parts, in the order of the permutation.

    Raises:
        ValueError: held_out is below 1, or leaves nothing to train on.

    >>> train, test = split_dates(np.random.default_rng(0))
    >>> len(train), len(test), set(train) & set(test)
    (71049, 2000, set())
    """
    days = (LAST - FIRST).days + 1
    held_out = size("held_out", held_out, at_least=1)
    require(held_out < days, "held_out", f"be below {days}, the number of all dates", held_out)
    order = [FIRST + datetime.timedelta(days=int(day)) for day in rng.permutation(days)]
    return order[held_out:], order[:held_out]


def draw(rng: np.random.Generator, days: Sequence[Day], count: int) -> list[Example]:
    """Examples, each a date of `days` in one of the forms, both drawn with equal chance.

    Args:
        rng: draws the places of all dates first, then all forms.
        days: to choose from.
        count: how many examples.

    Raises:
        ValueError: there are no days, or count is below 1.

    >>> train, _ = split_dates(np.random.default_rng(0))
    >>> [each.iso for each in draw(np.random.default_rng(0), train, 2)]
    ['2075-03-31', '2006-07-03']
    """
    require(len(days) > 0, "days", "hold at least one date", "none")
    count = size("count", count, at_least=1)
    places, forms = rng.integers(len(days), size=count), rng.integers(len(FORMS), size=count)
    names = list(FORMS)
    return [example(days[place], names[form]) for place, form in zip(places, forms, strict=True)]
