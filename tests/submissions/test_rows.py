"""Every row of the acceptance table is shown by something, and the guide's record says what the table needs."""

import ast
import json
from collections import Counter

import pytest

from selfattn_grade.result import Result
from tests.submissions.acceptance import RECORD, Outcome, ours, plain, table
from tests.submissions.case import Case, answer
from tests.submissions.corpus import CASES, ROOT, promised
from tests.submissions.rows import ROWS


def missing(rows, cases) -> list[int]:
    """Rows with neither a case nor a test."""
    by_row = Counter(case.row for case in cases)
    return [number for number, row in rows.items() if not (by_row[number] or row.shown_by)]


def test_every_row_has_a_case_or_a_test_of_an_event():
    assert list(ROWS) == list(range(1, 48))
    assert missing(ROWS, CASES) == []
    assert missing(ROWS, []) != []


@pytest.mark.parametrize("number", [number for number, row in ROWS.items() if row.shown_by])
def test_row_is_shown_by_tests_that_exist(number):
    for name in ROWS[number].shown_by:
        file, _, function = name.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, name


def test_record_has_every_row_and_nothing_that_is_not_as_required_here():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert [row["row"] for row in record["rows"]] == list(ROWS)
    assert {case["case"] for case in record["cases"]} <= {case.name for case in CASES}
    assert [case for case in record["cases"] if case["ours"] != "as required"] == []


CASE = answer(11, "loops", "while True: pass")
TORN = Case(7, "torn", lambda n: b"{", status="unreadable", flags=("unreadable",))


@pytest.mark.parametrize(
    ("case", "outcome", "expected"),
    [
        (CASE, {"points": promised(CASE)}, "as required"),
        (CASE, {"points": dict.fromkeys(promised(CASE), 2)}, "undue marks"),
        (CASE, {"points": dict.fromkeys(promised(CASE), 0)}, "marks lost"),
        (CASE, {"points": promised(CASE), "canaries": ["canary"]}, "harm done"),
        (CASE, {"points": promised(CASE), "told": True}, "feedback repeats it"),
        (CASE, {"points": None, "error": "no end in 90 s"}, "does not end"),
        (CASE, {"points": dict.fromkeys(promised(CASE), 0), "error": "ValueError"}, "not graded"),
        (TORN, {"points": dict.fromkeys(promised(TORN), 0), "error": "ValueError"}, "as required"),
        (TORN, {"points": dict.fromkeys(promised(TORN), 0)}, "silent 0"),
    ],
)
def test_plain_outcome_in_a_word(case, outcome, expected):
    assert plain(case, {"points": None, "error": "", "canaries": [], "told": False} | outcome) == expected


def test_our_outcome_in_a_word():
    unreadable = Result("torn", "a", "unreadable", (("unreadable", "why"),))
    assert ours(TORN, unreadable, "") == "as required"
    assert ours(TORN, Result("torn", "a", "graded"), "") == "comes out as graded"
    assert ours(CASE, Result("loops", "a", "graded"), "") == "marks lost"


def test_our_outcome_that_repeats_hidden_values_is_not_as_required_as_little_as_plain_nbgraders():
    told = "the word LEAKED stands in the notebook that goes back"
    flag = (("unreadable", "LEAKED"),)
    plainly = ("unreadable", "why")
    assert ours(TORN, Result("torn", "a", "unreadable", (plainly,)), told) == "feedback repeats it"
    assert ours(TORN, Result("torn", "a", "unreadable", flag), "") == "feedback repeats it"


def test_table_counts_cases_and_says_how_the_others_come_out():
    outcomes = [Outcome(11, "a", "as required", "undue marks"), Outcome(11, "b", "as required", "as required")]
    line = next(line for line in table(outcomes) if line["row"] == 11)
    assert (line["cases"], line["ours"]) == (2, {"as_required": 2, "else": {}})
    assert line["plain"] == {"as_required": 1, "else": {"undue marks": 1}}
