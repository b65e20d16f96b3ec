import datetime
import re

import numpy as np
import pytest

from selfattn_ref.corpora.date_phrases import FIRST, FORMS, LAST, SOURCE, TARGET, Example, draw, example, split_dates

ALL_DAYS = [FIRST + datetime.timedelta(days=day) for day in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def every_phrase():
    return [(example(day, form), day) for day in ALL_DAYS for form in FORMS]


def test_every_phrase_has_one_reading(every_phrase):
    meaning = {}
    for each, _ in every_phrase:
        assert meaning.setdefault(each.phrase, each.iso) == each.iso


def test_iso_is_the_date(every_phrase):
    assert all(datetime.date.fromisoformat(each.iso) == day for each, day in every_phrase)


def test_every_phrase_can_be_cut_into_known_pieces_and_no_piece_is_idle(every_phrase):
    used = set()
    for each, _ in every_phrase[::29]:
        pieces = SOURCE.cut(each.phrase)
        assert "".join(pieces) == each.phrase.replace(" ", "")
        used |= set(pieces)
    assert used == set(SOURCE.pieces)


def test_pieces_keep_the_phrases_apart(every_phrase):
    """What two phrases mean must be found in their tokens, not only in their letters."""
    sample = every_phrase[::17]
    meaning = {}
    for each, _ in sample:
        assert meaning.setdefault(tuple(SOURCE.encode(each.phrase)), each.iso) == each.iso


def test_iso_survives_the_vocabulary():
    for day in ALL_DAYS[::997]:
        assert TARGET.decode([1, *TARGET.encode(day.isoformat()), 2]) == day.isoformat()


@pytest.mark.parametrize(
    ("form", "phrase"),
    [
        ("en-words", "May twenty-first, twenty twenty-six"),
        ("en-of", "the twenty-first of May 2026"),
        ("en-of-words", "the twenty-first of May, twenty twenty-six"),
        ("en-year-first", "in 2026, on May 21"),
        ("en-weekday", "Thursday, May 21, 2026"),
        ("en-short", "May 21, 2026"),
        ("en-digits", "5/21/2026"),
        ("de-words", "am einundzwanzigsten Mai zweitausendsechsundzwanzig"),
        ("de-ordinal", "am einundzwanzigsten Mai 2026"),
        ("de-year-first", "im Jahr 2026 am 21. Mai"),
        ("de-weekday", "Donnerstag, 21. Mai 2026"),
        ("de-short", "21. Mai 2026"),
        ("de-digits", "21.5.2026"),
    ],
)
def test_form_of_a_date(form, phrase):
    assert example(datetime.date(2026, 5, 21), form) == Example(phrase, "2026-05-21")


def test_separator_tells_the_order_of_digits():
    assert example(datetime.date(1987, 3, 4), "en-digits").phrase == "3/4/1987"
    assert example(datetime.date(1987, 4, 3), "de-digits").phrase == "3.4.1987"


def test_split_shares_no_date_and_loses_none():
    train, held_out = split_dates(np.random.default_rng(3), 500)
    assert len(held_out) == 500
    assert sorted(train + held_out) == ALL_DAYS


def test_draw_takes_all_forms_and_only_the_given_dates(rng):
    days = ALL_DAYS[5:9]
    drawn = draw(rng, days, 600)
    assert {each.iso for each in drawn} == {day.isoformat() for day in days}
    assert {each.phrase for each in drawn} == {example(day, form).phrase for day in days for form in FORMS}


def test_same_seed_draws_the_same():
    assert draw(np.random.default_rng(7), ALL_DAYS, 9) == draw(np.random.default_rng(7), ALL_DAYS, 9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: example(datetime.date(1899, 12, 31), "en-of"), "day must lie between 1900-01-01 and 2099-12-31"),
        (lambda: example(FIRST, "fr-of"), "form must be one of en-words, .*, got 'fr-of'"),
        (lambda: split_dates(np.random.default_rng(0), len(ALL_DAYS)), "held_out must be below 73049"),
        (lambda: draw(np.random.default_rng(0), [], 3), "days must hold at least one date"),
        (lambda: draw(np.random.default_rng(0), ALL_DAYS, 0), "count must be at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_phrases_hold_no_iso_date(every_phrase):
    assert not any(re.search(r"\d{4}-\d", each.phrase) for each, _ in every_phrase[::31])
