"""Workers: results of all jobs, whatever becomes of a worker."""

import os
import signal

import pytest

from selfattn_grade.demo_submissions import Learner
from selfattn_grade.result import Result
from selfattn_grade.workers import graded
from tests.selfattn_grade.a_class import job

pytestmark = pytest.mark.slow


def jobs(*names):
    return [job(Learner(name, "", {}, frozenset())) for name in names]


def works(given):
    return Result(given.student, given.assignment, "graded", code_hash=str(os.getpid()))


def dies_or_raises(given):
    if given.student == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if given.student == "raises":
        raise ValueError("on purpose")
    return works(given)


def dies_once(given):
    mark = given.test_hash
    if given.student == "b" and not os.path.exists(mark):
        open(mark, "w", encoding="utf-8").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return works(given)


def test_graded_gives_every_result_once_in_other_processes():
    names = [str(number) for number in range(20)]
    results = list(graded(jobs(*names), 2, work=works))
    assert sorted(result.student for result in results) == sorted(names)
    assert str(os.getpid()) not in {result.code_hash for result in results}


def test_graded_takes_jobs_as_they_are_needed():
    taken = []

    def source():
        for given in jobs(*"abcdefghijklmnop"):
            taken.append(given.student)
            yield given

    first = next(results := graded(source(), 1, work=works))
    assert (first.student, len(taken)) == ("a", 2)
    results.close()


def test_graded_worker_that_dies_once_costs_nothing(tmp_path):
    given = [job(Learner(name, "", {}, frozenset()), test_hash=str(tmp_path / "mark")) for name in "abc"]
    results = list(graded(given, 1, work=dies_once))
    assert sorted((result.student, result.status) for result in results) == [(name, "graded") for name in "abc"]


def test_graded_job_that_kills_workers_is_a_grader_error_and_the_rest_is_graded():
    results = {result.student: result for result in graded(jobs("a", "raises", "dies", "b"), 1, work=dies_or_raises)}
    assert {name: result.status for name, result in results.items()} == {
        "a": "graded",
        "raises": "grader-error",
        "dies": "grader-error",
        "b": "graded",
    }
    assert results["dies"].flags == (("grader-error", "the worker died 3 times"),)
    assert results["raises"].flags == (("grader-error", "ValueError: on purpose"),)
    assert results["dies"].points is None
