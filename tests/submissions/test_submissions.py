"""The corpus through the real grader: what must come out for each fault and attack does come out.

All submissions are one class, graded in one run, so that a hostile one has the chance to spoil its neighbors.
"""

from collections import Counter

import pytest

from selfattn_grade.course import Course
from selfattn_grade.settings import settings
from tests.selfattn_grade.sandbox import need_sandbox
from tests.submissions.attacks import ATTACKS
from tests.submissions.case import repeats
from tests.submissions.corpus import CASES, NAME, graded_by_us, promised
from tests.submissions.faults import FAULTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course's folder after the run, and the results by student."""
    need_sandbox()
    root = tmp_path_factory.mktemp("class")
    return root, graded_by_us(root)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.row}-{case.name}" for case in CASES])
def test_submission_comes_out_as_required(graded, case):
    result = graded[1][case.name]
    assert result.status == case.status, [each.trouble for each in result.exercises]
    assert tuple(code for code, _ in result.flags) == case.flags
    if case.status != "graded":
        assert result.points is None
        return
    assert {each.exercise: sum(part.points for part in each.parts) for each in result.exercises} == promised(case)
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
        assert not repeats(text), path
        outputs = text.replace("np.zeros((7731, 4242", "")
        assert "(7731" not in outputs, path  # a hash may hold the number itself


@pytest.mark.parametrize("name", ["raises-a-telling-class", "returns-telling-keys", "prints-hidden-values"])
def test_no_hidden_value_is_on_the_learners_page(graded, name):
    root, results = graded
    Course(root, settings(root)).generate_feedback(NAME, name)
    page = (root / "feedback" / name / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert f"causal_mask, values: 0 of {results[name].exercises[2].parts[0].of} points" in page
    assert not repeats(page)


def test_corpus_names_are_unique_and_rows_known():
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    assert {case.row for case in CASES} <= set(range(1, 48))
    assert (len(FAULTS), len(ATTACKS)) >= (50, 40)
