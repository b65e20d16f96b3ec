"""Workers: results of all jobs, whatever becomes of a worker."""

import os
import socket
import ssl

import pytest

from selfattn_grade.demo_submissions import Learner
from selfattn_grade.workers import Cluster, NoCluster, cluster, graded
from tests.selfattn_grade.a_class import job
from tests.selfattn_grade.odd_work import counts_and_dies, dies_once, dies_or_raises, waits, works

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair():
    with cluster(2) as started:
        yield started


def jobs(*names):
    return [job(Learner(name, "", {}, frozenset())) for name in names]


def test_graded_gives_every_result_once_in_other_processes(pair):
    names = [str(number) for number in range(20)]
    results = list(graded(jobs(*names), pair, work=works))
    assert sorted(result.student for result in results) == sorted(names)
    seen = {result.code_hash for result in results}
    assert str(os.getpid()) not in seen
    assert len(seen) == 2


def test_graded_takes_jobs_as_they_are_needed(pair):
    taken = []

    def source():
        for given in jobs(*"abcdefghijklmnop"):
            taken.append(given.student)
            yield given

    next(results := graded(source(), pair, work=works))
    assert len(taken) == 2
    results.close()


def test_graded_worker_that_dies_once_costs_nothing(pair, tmp_path):
    given = [job(Learner(name, "", {}, frozenset()), test_hash=str(tmp_path / "mark")) for name in "abc"]
    results = list(graded(given, pair, work=dies_once))
    assert sorted((result.student, result.status) for result in results) == [(name, "graded") for name in "abc"]


def test_graded_job_that_kills_workers_is_a_grader_error_and_the_rest_is_graded(pair):
    results = {result.student: result for result in graded(jobs("a", "raises", "dies", "b"), pair, work=dies_or_raises)}
    assert {name: result.status for name, result in results.items()} == {
        "a": "graded",
        "raises": "grader-error",
        "dies": "grader-error",
        "b": "graded",
    }
    assert results["dies"].flags == (
        ("grader-error", "the worker died each time: the grading was tried again three times"),
    )
    assert results["raises"].flags == (("grader-error", "ValueError: on purpose"),)
    assert results["dies"].points is None


def test_graded_tries_again_three_times_at_most(pair, tmp_path):
    mark = tmp_path / "mark"
    given = [job(Learner("a", "", {}, frozenset()), test_hash=str(mark))]
    (result,) = graded(given, pair, work=counts_and_dies)
    assert result.status == "grader-error"
    assert 2 <= len(mark.read_text(encoding="utf-8")) <= 4  # a try may be spent on a worker that is about to end


def test_graded_is_alive_while_nothing_is_ready(pair, tmp_path):
    mark, seen = tmp_path / "mark", []

    def alive():
        seen.append(1)
        if len(seen) == 2:
            mark.touch()

    given = [job(Learner("a", "", {}, frozenset()), test_hash=str(mark))]
    (result,) = graded(given, pair, work=waits, alive=alive)
    assert result.status == "graded"
    assert len(seen) >= 2


def test_cluster_speaks_only_to_who_holds_its_key(pair):
    address = pair.client.scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = address.removeprefix("tls://").split(":")
    with (
        socket.create_connection((host, int(port))) as plain,
        pytest.raises((ssl.SSLError, ConnectionError), match=r"certificate required|reset"),
        context.wrap_socket(plain) as without_key,
    ):
        without_key.recv(1)


def test_cluster_unsandboxed_opens_no_port_for_work_and_runs_here():
    with cluster(2, sandboxed=False) as alone:
        assert isinstance(alone, Cluster)
        assert alone.client.scheduler.address.startswith("inproc://")
        assert alone.workers == 1
        results = list(graded(jobs("a", "b"), alone, work=works))
    assert {result.code_hash for result in results} == {str(os.getpid())}


def test_cluster_elsewhere_needs_a_sandbox_and_an_answer(monkeypatch):
    with pytest.raises(NoCluster, match="must grade in a sandbox"), cluster(1, "tcp://127.0.0.1:1", sandboxed=False):
        pass
    monkeypatch.setattr("selfattn_grade.workers._START_SECONDS", 1)
    with pytest.raises(NoCluster, match="no cluster with a worker at tcp"), cluster(1, "tcp://127.0.0.1:1"):
        pass
