"""The page of errata has every one of them, and leads to exercises that exist."""

import re
from pathlib import Path

from selfattn_check import EXERCISES, WRITTEN
from selfattn_ref.errata import ERRATA_QUESTIONS

TEXT = (Path(__file__).parents[1] / "book" / "errata.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]
TAUGHT = ROWS[:14]  # of the chapters with exercises


def test_all_seventeen_are_there_in_order():
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, 18))


def test_every_question_of_the_quiz_stands_with_one_of_them():
    in_code = [name for row in TAUGHT for name in re.findall(r"`(\w+)`", row.split("|")[4])]
    assert sorted(name for name in in_code if name in ERRATA_QUESTIONS) == sorted(ERRATA_QUESTIONS)
    assert set(in_code) <= {*ERRATA_QUESTIONS, *EXERCISES, *WRITTEN}


def test_each_leads_to_the_book_and_to_the_notebooks_of_its_exercises():
    for row in TAUGHT:
        shown, turn = row.split("|")[3:5]
        assert "{ref}`" in shown
        for names, notebook in re.findall(r"\[([^]]+)\]\(\.\./notebooks/[\w-]+/([\w-]+)\)", turn):
            for name in re.findall(r"\w+", names):
                assert {**EXERCISES, **WRITTEN}[name].assignment == notebook
