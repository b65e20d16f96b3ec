"""The record of the grader's throughput: its ratio, its table, its classes. No test depends on a time."""

import json

import nbformat
import pytest

from selfattn_grade.course import RELEASED
from tests.bench.grading import RECORD, SETTINGS, Throughput, make_class, table


def test_ratio_is_that_of_the_same_round():
    measured = Throughput(SETTINGS[0], [2.0, 30.0, 4.0], [0.2, 2.0, 0.5], {"fork its room": 0.01})
    assert measured.ratio == 10
    lines = table([measured]).splitlines()
    assert lines[1].split() == ["03a-attention", "4.000", "0.500", "10.0", "8"]
    assert lines[-1].split() == ["fork", "its", "room", "10.0", "ms"]


def test_class_has_perfect_and_unfinished_submissions(tmp_path):
    names = make_class(tmp_path, "03a-attention", 4)
    stub = nbformat.read(tmp_path / RELEASED / "03a-attention" / "03a-attention.ipynb", as_version=4)
    untouched = []
    for name in names:
        handed_in = nbformat.read(tmp_path / "submitted" / name / "03a-attention" / "03a-attention.ipynb", as_version=4)
        cells = zip(handed_in.cells, stub.cells, strict=True)
        untouched.append(
            sum(cell.id.endswith("-answer") and cell.source == as_released.source for cell, as_released in cells)
        )
    assert untouched[0] == 0
    assert all(0 < each < 7 for each in untouched[1:])


def test_record_reached_what_is_wanted():
    if not RECORD.exists():
        pytest.skip("nothing measured yet: make bench-grade")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert record["sandbox"] == "bubblewrap"
    assert {one["setting"]["library"]: one["ratio"] >= one["setting"]["wanted"] for one in record["assignments"]} == {
        "NumPy": True,
        "torch": True,
    }
