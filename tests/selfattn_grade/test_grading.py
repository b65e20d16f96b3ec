"""Grading one submission: marks only for agreement on every probe, and our own faults are no verdict."""

import json
from dataclasses import replace

import nbformat
import numpy as np
import pytest

from selfattn_check import EXERCISES
from selfattn_grade import grading
from selfattn_grade.demo_submissions import Learner
from selfattn_grade.given import Given, given_by
from selfattn_grade.grading import code_hash, grade
from selfattn_grade.intake import answer_cells
from selfattn_grade.libraries import used_by
from selfattn_grade.release import assignments, solved_notebook
from selfattn_grade.result import from_json, to_json
from tests.selfattn_grade.a_class import MINE, PROMISED, ROOT, job, people
from tests.selfattn_grade.sandbox import need_sandbox

PEOPLE = {learner.name: learner for learner in people()}


@pytest.fixture(autouse=True)
def sandbox():
    need_sandbox()


def only(name: str, source: str) -> Learner:
    return Learner("one", "", {name: source}, frozenset())


def exercise(result, name):
    return next(each for each in result.exercises if each.exercise == name)


@pytest.mark.parametrize("name", PROMISED)
def test_grade_gives_the_marks_that_the_records_promise(name):
    learner = PEOPLE[name]
    result = grade(job(learner))
    assert (result.status, result.points, result.sandbox) == ("graded", PROMISED[name], "bubblewrap")
    for each in result.exercises:
        assert (each.state == "passed") is (each.exercise not in learner.wrong)
        assert bool(each.findings) is (each.exercise in learner.wrong)


def test_grade_names_the_mistake_and_the_kind_of_probe_without_numbers():
    result = exercise(grade(job(PEOPLE["two-mistakes"])), "attention_scores")
    assert [(finding.code, finding.confirmed) for finding in result.findings] == [("missing-scale", True)]
    assert result.parts[0].failed_on
    assert all(": " in kind for kind in result.parts[0].failed_on)


def test_grade_twice_gives_equal_hashes_and_other_seeds_other_ones():
    first, second = grade(job(PEOPLE["crashes"])), grade(job(PEOPLE["crashes"]))
    assert first.hash == second.hash
    assert first.key == second.key == job(PEOPLE["crashes"]).key
    assert grade(job(PEOPLE["crashes"], seed=8)).key != first.key


def test_grade_unsafe_is_stamped_on_the_result():
    assert grade(job(PEOPLE["half-done"], sandboxed=False)).sandbox == "none"


def test_grade_a_part_that_fails_costs_its_points_alone():
    source = """
def masked_softmax(scores, mask=None):
    mask = np.ones(scores.shape[-2:], bool) if mask is None else mask
    exponentials = np.where(mask, np.exp(scores), 0)
    sums = exponentials.sum(-1, keepdims=True)
    return (exponentials / np.where(sums == 0, 1, sums)).astype(scores.dtype)
"""
    result = exercise(grade(job(only("masked_softmax", source))), "masked_softmax")
    assert {part.part: part.points for part in result.parts} == {"values": 2, "masks": 2, "stability": 0}
    assert result.state == "failed"


def test_hidden_numbers_differ_between_learners_and_exercises_and_repeat():
    seeds = {
        (name, one.id): grading._seed(job(PEOPLE[name]), one) for name in ("perfect", "empty") for one in MINE.values()
    }
    assert len(set(seeds.values())) == len(seeds)
    assert grading._seed(job(PEOPLE["perfect"]), MINE["causal_mask"]) == seeds["perfect", "causal_mask"]


def test_hidden_numbers_are_others_for_other_answers():
    """What a report gave away of the numbers of one submission is worth nothing for the next."""
    first = job(PEOPLE["perfect"])
    changed = replace(first, answers={**first.answers, "causal_mask-answer": "pass"})
    assert grading._seed(changed, MINE["masked_softmax"]) != grading._seed(first, MINE["masked_softmax"])


def test_grade_probe_that_was_not_tried_gives_no_points(monkeypatch):
    examine = grading.examine

    def forgetful(exercise, attempt, **options):
        report = examine(exercise, attempt, **options)
        return replace(report, comparisons=report.comparisons[:-1], state="passed")

    monkeypatch.setattr(grading, "examine", forgetful)
    result = grade(job(PEOPLE["perfect"]))
    assert all(any(part.points == 0 for part in each.parts) for each in result.exercises)


def test_grade_without_any_comparison_gives_no_points(monkeypatch):
    examine = grading.examine
    monkeypatch.setattr(
        grading, "examine", lambda *given, **options: replace(examine(*given, **options), comparisons=(), diagnoses=[])
    )
    assert grade(job(PEOPLE["perfect"])).points == 0


def broken_reference(*arguments):
    raise OSError("the reference is broken")


@pytest.mark.parametrize("fault", ["reference", "input", "imports", "exception"])
def test_grade_fault_of_ours_is_no_verdict(monkeypatch, fault):
    changed = MINE["causal_mask"]
    given = job(PEOPLE["perfect"])
    if fault == "reference":
        changed = replace(changed, reference=broken_reference)
    elif fault == "input":
        probe = replace(changed.probes[0], build=lambda rng: {"q_len": np.array([object()])})
        changed = replace(changed, probes=[probe])
    elif fault == "imports":
        given = replace(given, given=Given("import not_there"))
    else:
        monkeypatch.setattr(grading, "findings", lambda report: 1 / 0)
    monkeypatch.setattr(grading, "EXERCISES", MINE | {"causal_mask": changed})
    result = grade(given)
    assert (result.status, result.points) == ("grader-error", None)
    assert exercise(result, "causal_mask").state == "grader-error"
    assert exercise(result, "causal_mask").trouble


def test_result_is_the_same_after_it_was_written():
    result = grade(job(PEOPLE["two-mistakes"]))
    assert from_json(to_json(result)) == result
    with pytest.raises(ValueError, match="must be a line written by this grader"):
        from_json(json.dumps({"student": "a"}))


def test_code_hash_changes_with_any_answer():
    hashes = {code_hash({}), code_hash({"a": "b"}), code_hash({"a": "c"}), code_hash({"b": "b"})}
    assert len(hashes) == 4
    assert code_hash({"a": "1", "b": "2"}) == code_hash({"b": "2", "a": "1"})


@pytest.mark.parametrize("assignment", assignments(ROOT))
def test_grade_every_solution_gets_full_marks_in_the_room(assignment):
    """What the answers of a notebook need is there, and what they must not see is not needed."""
    released = nbformat.read(ROOT / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)
    solved = {cell.id: cell.source for cell in solved_notebook(ROOT, assignment).cells}
    answers = {answer.id: solved[answer.id] for answer in answer_cells(released)}
    nobody = Learner("solution", "", {}, frozenset())
    given = given_by(released)
    about = {"assignment": assignment, "answers": answers, "given": given, "libraries": used_by(given.source)}
    result = grade(job(nobody, **about))
    assert [(each.exercise, each.findings, each.trouble) for each in result.exercises if each.state != "passed"] == []
    assert result.points == sum(each.points for each in EXERCISES.values() if each.assignment == assignment)
