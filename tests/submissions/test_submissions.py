"""The corpus through the real grader: what must come out for each fault and attack does come out.

All submissions are one class, graded in one run, so that a hostile one has the chance to spoil its neighbors.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from selfattn_check import EXERCISES
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.class_run import ClassRun, run
from selfattn_grade.release import solved_notebook
from tests.selfattn_grade.sandbox import MIB, need_sandbox
from tests.submissions.attacks import ATTACKS
from tests.submissions.faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"
CASES = [*FAULTS, *ATTACKS]
MINE = [exercise for exercise in EXERCISES.values() if exercise.assignment == NAME]
# Attention is put together from the softmax: who gets that wrong gets both wrong.
FOLLOWS = {"masked_softmax": {"scaled_dot_product_attention"}}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course's folder after the run, and the results by student."""
    need_sandbox()
    root = tmp_path_factory.mktemp("class")
    released = ROOT / "notebooks" / NAME / f"{NAME}.ipynb"
    place = root / "notebooks" / NAME / f"{NAME}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_bytes(released.read_bytes())
    for case in CASES:
        hand_in(root, case, perfect(json.loads(released.read_text(encoding="utf-8"))))
    limits = Limits(call_seconds=4, memory=400 * MIB)
    run(root, NAME, workers=2, limits=limits, say=lambda text: None)
    return root, {result.student: result for result in ClassRun(root, NAME).latest()}


def perfect(notebook):
    solved = {cell.id: cell.source for cell in solved_notebook(ROOT, NAME).cells}
    for cell in notebook["cells"]:
        if cell["id"].endswith("-answer"):
            cell["source"] = solved[cell["id"]]
    return notebook


def hand_in(root, case, notebook):
    folder = root / "submitted" / case.name / NAME
    folder.mkdir(parents=True)
    made = case.make(notebook)
    if isinstance(made, dict):
        made = json.dumps(made).encode()
    if made is not None:
        (folder / (case.file or f"{NAME}.ipynb")).write_bytes(made.replace(b"@TRIAL@", os.fsencode(root)))


@pytest.mark.parametrize("case", CASES, ids=[f"{case.row}-{case.name}" for case in CASES])
def test_submission_comes_out_as_required(graded, case):
    result = graded[1][case.name]
    assert result.status == case.status, [each.trouble for each in result.exercises]
    assert tuple(code for code, _ in result.flags) == case.flags
    if case.status != "graded":
        assert result.points is None
        return
    wrong = case.wrong.union(*(FOLLOWS.get(name, set()) for name in case.wrong))
    points = {each.exercise: sum(part.points for part in each.parts) for each in result.exercises}
    assert points == {each.id: 0 if each.id in wrong else each.points for each in MINE}
    if case.findings:
        found = [finding.code for each in result.exercises if each.exercise in case.wrong for finding in each.findings]
        assert tuple(found) == case.findings


def test_no_attack_left_a_trace(graded):
    root, _ = graded
    assert not list(root.rglob("canary*"))
    assert (root / "gradebook.db").read_bytes().startswith(b"SQLite format 3")


def test_no_hidden_value_is_told(graded):
    root, _ = graded
    told = [path for name in ("grading", "autograded") for path in (root / name).rglob("*") if path.is_file()]
    assert len(told) > len(CASES)
    for path in told:
        text = path.read_text(encoding="utf-8")
        assert "LEAKED" not in text, path
        outputs = text.replace("np.zeros((7731, 4242", "")
        assert "(7731" not in outputs, path  # a hash may hold the number itself


def test_corpus_names_are_unique_and_rows_known():
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    assert {case.row for case in CASES} <= set(range(1, 48))
    assert (len(FAULTS), len(ATTACKS)) >= (50, 40)
