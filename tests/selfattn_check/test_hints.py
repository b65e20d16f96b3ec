"""Hints come one at a time, and stay at the last."""

import pytest

from selfattn_check import EXERCISES, hint
from selfattn_check.hints import _asked


@pytest.fixture(autouse=True)
def nothing_asked_before():
    _asked.clear()
    yield
    _asked.clear()


def test_hints_come_one_after_the_other_and_the_last_again():
    assert [hint("causal_mask").number for _ in range(5)] == [1, 2, 3, 3, 3]


def test_exercises_are_counted_apart():
    hint("causal_mask")
    assert hint("padding_mask").number == 1


def test_asked_number_does_not_count():
    assert hint("causal_mask", 3).text == EXERCISES["causal_mask"].hints[2]
    assert hint("causal_mask").number == 1


def test_hint_says_whether_there_is_another():
    first, last = hint("causal_mask", 1), hint("causal_mask", 3)
    assert str(first).startswith("Hint 1 of 3: ")
    assert "run the cell again" in str(first)
    assert "*Run the cell again" in first._repr_markdown_()
    assert "again" not in str(last).lower()
    assert repr(last) == str(last)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_number_out_of_range_is_refused(number):
    with pytest.raises(ValueError, match=f"number must be between 1 and 3, got {number}"):
        hint("causal_mask", number)


def test_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'causal_mask'"):
        hint("casual_mask")
