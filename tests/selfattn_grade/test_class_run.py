"""A class in one command: the same results whatever the number of workers, and whatever happened to the run before."""

import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from selfattn_grade import zygote
from selfattn_grade.__main__ import main
from selfattn_grade.class_run import ClassRun, run
from selfattn_grade.course import COURSE_ID, Course
from selfattn_grade.grade_table import read_marks
from selfattn_grade.intake import answer_cells, transplant
from selfattn_grade.overview import as_csv, as_table
from selfattn_grade.result import Result
from tests.selfattn_grade.a_class import NAME, PROMISED, ROOT, hand_in, make_class, people
from tests.selfattn_grade.sandbox import need_sandbox

SEED = "gradebook.db.seed"


def graded(root: Path, **options) -> dict[str, Result]:
    need_sandbox()
    run(root, NAME, workers=options.pop("workers", 1), say=lambda text: None, **options)
    return results(root)


def results(root: Path) -> dict[str, Result]:
    return {result.student: result for result in ClassRun(root, NAME).latest()}


def marks(root: Path) -> dict[str, float]:
    return {
        student: sum(points.values()) for student, points in read_marks(Course(root).database, COURSE_ID, NAME).items()
    }


@pytest.mark.slow
def test_run_grades_the_class_enters_the_marks_and_writes_feedback(tmp_path, capsys):
    root = make_class(tmp_path)
    (root / "submitted" / "absent").mkdir()
    (root / "submitted" / "torn" / NAME).mkdir(parents=True)
    (root / "submitted" / "torn" / NAME / f"{NAME}.ipynb").write_text("{", encoding="utf-8")
    hand_in(root, people()[0], no_text := "a\udcff")  # a byte that is no UTF-8; it comes first
    (root / "submitted" / "grades.zip").write_text("", encoding="utf-8")
    need_sandbox()
    assert main(["--course", str(root), "run", NAME, "--workers", "2"]) == 0
    printed = capsys.readouterr()
    assert "8 submissions: 5 graded, 1 not-submitted, 2 unreadable" in printed.out
    assert "8/8" in printed.err
    not_graded = dict.fromkeys(("absent", "torn", no_text))
    assert {name: result.points for name, result in results(root).items()} == PROMISED | not_graded
    assert marks(root) == PROMISED

    rows = list(csv.DictReader((root / "grading" / f"{NAME}.csv").read_text(encoding="utf-8").splitlines()))
    states = {row["student"]: (row["status"], row["points"]) for row in rows}
    assert states["empty"] == ("graded", "0")
    assert states["absent"] == ("not-submitted", "")
    assert states["torn"] == states["a?"] == ("unreadable", "")
    assert len(states) == 8

    Course(root).generate_feedback(NAME, "two-mistakes")
    page = (root / "feedback" / "two-mistakes" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "without dividing the scores by √head_dim" in page
    assert main(["--course", str(root), "status", NAME]) == 0
    assert "5 graded" in capsys.readouterr().out
    assert main(["--course", str(root), "export", NAME, "--output", str(tmp_path / "grades.csv")]) == 0
    assert "5 graded, 1 not-submitted, 2 unreadable" in capsys.readouterr().out


@pytest.mark.slow
def test_run_one_worker_and_three_give_equal_results(tmp_path):
    one, three = make_class(tmp_path / "one"), make_class(tmp_path / "three")
    for root in (one, three):
        (root / SEED).write_text("77\n", encoding="utf-8")
    first, second = graded(one, workers=1), graded(three, workers=3)
    assert {name: result.hash for name, result in first.items()} == {name: each.hash for name, each in second.items()}


@pytest.mark.slow
def test_run_again_grades_only_what_changed_and_keeps_history(tmp_path, monkeypatch):
    root = make_class(tmp_path)
    first = graded(root)
    learner = next(each for each in people() if each.name == "perfect")
    hand_in(root, learner, "empty")
    second = graded(root)
    assert second["empty"].points == 21
    assert {name for name in first if first[name] != second[name]} == {"empty"}
    assert [each.points for each in ClassRun(root, NAME).store.history("empty")] == [0, 21]
    assert marks(root)["empty"] == 21
    monkeypatch.setattr(ClassRun, "_jobs", refuse_jobs(ClassRun._jobs))
    assert graded(root) == second


def refuse_jobs(jobs):
    def none_left(self, students, keep, **options):
        for given in jobs(self, students, keep, **options):
            pytest.fail(f"{given.student} is graded again")
        yield from ()

    return none_left


@pytest.mark.slow
def test_run_keeps_marks_given_by_hand_and_withdraws_what_is_unreadable_now(tmp_path):
    root = make_class(tmp_path)
    graded(root)
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        gradebook.find_grade("causal_mask-check-values", NAME, NAME, "empty").manual_score = 1.5
        gradebook.db.commit()
    (root / "submitted" / "perfect" / NAME / f"{NAME}.ipynb").write_text("{", encoding="utf-8")
    graded(root)
    assert marks(root)["empty"] == 1.5
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        grades = gradebook.find_submission(NAME, "perfect").notebooks[0].grades
        assert {grade.auto_score for grade in grades} == {None}
        assert all(grade.needs_manual_grade for grade in grades)


@pytest.mark.slow
def test_run_written_answers_wait_for_a_mark_by_hand(tmp_path):
    need_sandbox()
    name = "04a-derivation"
    released = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
    task = next(answer.id for answer in answer_cells(released) if not answer.defines)
    texts = {"writes": "<b>Because</b> of the chain rule.", "silent": None}
    for path, text in {"notebooks": None, **{f"submitted/{who}": text for who, text in texts.items()}}.items():
        made = transplant(released, {} if text is None else {task: text})
        (tmp_path / path / name).mkdir(parents=True)
        nbformat.write(made, tmp_path / path / name / f"{name}.ipynb")
    run(tmp_path, name, workers=1, say=lambda text: None)
    with Gradebook(Course(tmp_path).database, COURSE_ID) as gradebook:
        found = {who: gradebook.find_grade(task, name, name, who) for who in texts}
        waits = {who: (grade.auto_score, grade.needs_manual_grade) for who, grade in found.items()}
    assert waits == {"writes": (None, True), "silent": (0, False)}
    page = (tmp_path / "autograded" / "writes" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "of the chain rule" in page


@pytest.mark.slow
def test_run_killed_at_random_moments_ends_like_a_run_that_was_not(tmp_path, rng):
    need_sandbox()
    whole, killed = make_class(tmp_path / "whole"), make_class(tmp_path / "killed")
    for root in (whole, killed):
        (root / SEED).write_text("77\n", encoding="utf-8")
    expected = {name: result.hash for name, result in graded(whole, workers=2).items()}
    for seconds in rng.uniform(0.5, 12, size=4):
        kill_after(killed, seconds)
    graded(killed, workers=2)
    assert {name: result.hash for name, result in results(killed).items()} == expected
    assert marks(killed) == marks(whole)
    assert all(len(ClassRun(killed, NAME).store.history(name)) == 1 for name in expected)


def kill_after(root: Path, seconds: float) -> None:
    """Start a run and kill it, its workers not included: they have to notice."""
    command = [sys.executable, "-m", "selfattn_grade", "--course", str(root), "run", NAME, "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | here())
    timer = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])
    timer.start()
    process.wait()
    timer.cancel()


@pytest.mark.slow
def test_run_on_a_cluster_of_separate_processes_gives_equal_results(tmp_path):
    here_, there = make_class(tmp_path / "here"), make_class(tmp_path / "there")
    for root in (here_, there):
        (root / SEED).write_text("77\n", encoding="utf-8")
    expected = {name: result.hash for name, result in graded(here_, workers=1).items()}
    with a_cluster() as scheduler:
        found = {name: result.hash for name, result in graded(there, scheduler=scheduler).items()}
    assert found == expected
    assert marks(there) == marks(here_) == PROMISED


@contextmanager
def a_cluster() -> Iterator[str]:
    """A scheduler and two workers, each started as somebody would on a machine of its own."""
    options = ["--host", "127.0.0.1", "--no-dashboard"]
    about = {"env": os.environ | here(), "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *options]
    started = [subprocess.Popen(command, **about)]
    try:
        line = next(line for line in started[0].stderr if "Scheduler at:" in line)
        scheduler = line.split()[-1]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", *options]
        started += [subprocess.Popen(command, **(about | {"stderr": subprocess.DEVNULL})) for _ in range(2)]
        yield scheduler
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()
        started[0].stderr.close()


def here() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def test_run_without_sandbox_refuses_and_grades_nothing(tmp_path, monkeypatch, capsys):
    root = make_class(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(zygote, "_running", {})
    assert main(["--course", str(root), "run", NAME]) == 2
    assert "the sandbox needs bubblewrap" in capsys.readouterr().err
    assert not (root / "grading").exists()
    assert not (root / "gradebook.db").exists()


@pytest.mark.slow
def test_run_unsafe_is_stamped_on_every_report(tmp_path, monkeypatch, capsys):
    root = make_class(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--course", str(root), "run", NAME, "--unsafe", "--workers", "1"]) == 0
    assert "UNSAFE" in capsys.readouterr().out
    assert {result.sandbox for result in results(root).values()} == {"none"}
    assert ",none," in (root / "grading" / f"{NAME}.csv").read_text(encoding="utf-8")
    for name in PROMISED:
        assert "UNSAFE" in (root / "autograded" / name / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")


def test_run_assignment_that_was_not_released_is_refused(tmp_path, capsys):
    root = make_class(tmp_path)
    assert main(["--course", str(root), "run", "99-nothing", "--unsafe"]) == 2
    assert "must have been released" in capsys.readouterr().err


def test_overview_hostile_names_stay_in_their_cells():
    names = ["=cmd()", "a,b", 'q"q', "new\nline", "中文", "-x"]
    given = [Result(name, NAME, "graded") for name in names]
    rows = list(csv.reader(as_csv(given).splitlines(keepends=True)))
    assert [row[0] for row in rows[1:]] == ["'=cmd()", "a,b", 'q"q', "new\nline", "中文", "'-x"]
    assert len(as_table(given).splitlines()) == len(names) + 1
