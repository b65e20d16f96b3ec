"""nbgrader's own commands with the grader plugged in: nothing is executed, nothing copied, and pages are sanitized."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course, put_scripts_on_path
from selfattn_grade.gradebook_entry import prepare
from selfattn_grade.intake import answer_cells, transplant
from selfattn_grade.nbgrader_plugin import SanitizedAnswers
from selfattn_grade.overview import as_csv
from selfattn_grade.settings import plug_in, settings, shown
from tests.selfattn_grade.a_small_class import RIGHT, ROOT, START, WRONG, made_up, small_class
from tests.selfattn_grade.sandbox import need_sandbox

HOSTILE = """<script>alert(1)</script> [link](javascript:alert(2)) [a][b] <img src=x onerror=alert(3)>
<a href="javascript:alert(4)">x</a> <javascript:alert(5)> $\\href{javascript:alert(6)}{x}$
<iframe src="x"></iframe> <svg onload=alert(7)> &lt;script&gt;alert(8)
[c](&#106;avascript:alert(9)) [d]( <javascript:alert(10)>) [site](https://example.org)

[b]: javascript:alert(11)

**bold**, $a < b$ & c > d
"""


def nbgrader(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    put_scripts_on_path()
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "nbgrader", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def known(root: Path, assignment: str = START) -> ClassRun:
    """What `run` or `generate_assignment` did before: the assignment is in the gradebook."""
    run = ClassRun(root, assignment)
    prepare(run.course.database, assignment, run.released)
    return run


def scores(root: Path) -> dict[str, float]:
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(START)}


@pytest.mark.slow
def test_nbgrader_autograde_grades_in_a_room_copies_nothing_and_reports_what_is_unreadable(tmp_path):
    need_sandbox()
    mark = tmp_path / "outside"
    escapes = f"open({str(mark)!r}, 'w').close()\n{RIGHT}"
    answers = {"right": RIGHT, "wrong": WRONG, "escapes": escapes, "torn": RIGHT, "linked": WRONG}
    root = small_class(tmp_path / "course", {name: {"double-answer": source} for name, source in answers.items()})
    folder = root / "submitted" / "right" / START
    (folder / "link.txt").symlink_to(root / "gradebook.db.seed")
    (folder / "deep").mkdir()
    (folder / "deep" / "data.csv").write_text("1", encoding="utf-8")
    (root / "submitted" / "torn" / START / f"{START}.ipynb").write_text("{", encoding="utf-8")
    linked = root / "submitted" / "linked" / START / f"{START}.ipynb"
    linked.unlink()
    linked.symlink_to(folder / f"{START}.ipynb")
    run = known(root)

    done = nbgrader(root, "autograde", START)
    assert "not JSON" in done.stderr
    assert "or is a link" in done.stderr
    assert done.returncode == 1  # torn and linked are told of
    assert scores(root) == {"right": 1, "wrong": 0, "escapes": 0, "torn": 0, "linked": 0}
    assert run.table.read_text(encoding="utf-8") == as_csv(run.latest()).replace("\r\n", "\n")
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        for name in ("torn", "linked"):
            assert gradebook.find_submission(START, name).needs_manual_grade  # no silent 0
            assert not (root / "autograded" / name / START).exists()
        assert not gradebook.find_submission(START, "wrong").needs_manual_grade
    assert not mark.exists()
    assert sorted(path.name for path in (root / "autograded" / "right" / START).rglob("*")) == [f"{START}.ipynb"]
    assert {result.student: result.status for result in run.latest()}["torn"] == "unreadable"

    done = nbgrader(root, "generate_feedback", START)
    assert done.returncode == 0, done.stderr
    page = (root / "feedback" / "wrong" / START / f"{START}.html").read_text(encoding="utf-8")
    assert "0 of 1 points" in page


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Object of type <Submitted")  # nbgrader's own queries
def test_form_graders_button_grades_in_a_room(tmp_path):
    need_sandbox()
    root = small_class(tmp_path, {"right": {"double-answer": RIGHT}})
    known(root)
    config = settings(root)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    answer = api.autograde(START, "right")
    assert answer["success"], answer
    assert scores(root) == {"right": 1}
    assert ClassRun(root, START).store.latest("right").sandbox == "bubblewrap"


@pytest.mark.slow
def test_nbgrader_autograde_without_sandbox_refuses_unless_told_and_stamps_it(tmp_path):
    root = small_class(tmp_path, {"right": {"double-answer": RIGHT}})
    known(root)
    # bwrap is not on this path; alembic, which nbgrader asks for, is
    refused = nbgrader(root, "autograde", START, PATH=os.path.dirname(sys.executable))
    assert refused.returncode == 1
    assert "the sandbox needs bubblewrap" in refused.stderr
    assert not (root / "autograded" / "right" / START).exists()
    done = nbgrader(root, "autograde", START, PATH=os.path.dirname(sys.executable), SELFATTN_GRADE_UNSAFE="1")
    assert done.returncode == 0, done.stderr
    assert "UNSAFE" in (root / "autograded" / "right" / START / f"{START}.ipynb").read_text(encoding="utf-8")


def test_settings_that_leave_the_grader_out_are_refused(tmp_path):
    root = small_class(tmp_path, {})
    (root / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must plug the grader in"):
        ClassRun(root, START)
    (root / "nbgrader_config.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError):
        ClassRun(root, START)


def test_settings_own_gradebook_is_used_and_its_password_not_shown(tmp_path):
    root = small_class(tmp_path, {})
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as stream:
        stream.write("\nc.CourseDirectory.db_url = 'postgresql://ada:secret@db.example/gradebook'\n")
    run = ClassRun(root, START)
    assert run.course.database == "postgresql://ada:secret@db.example/gradebook"
    assert shown(run.course.database) == "postgresql://ada:***@db.example/gradebook"


def written(source: str) -> nbformat.NotebookNode:
    released = nbformat.read(ROOT / "notebooks" / "04a-derivation" / "04a-derivation.ipynb", as_version=4)
    task = next(answer.id for answer in answer_cells(released) if not answer.defines)
    return transplant(released, {task: source})


def assert_harmless(page: str) -> None:
    bold = page.index("<strong>bold</strong>")
    answer = page[bold - 1_500 : bold + 200]
    for bad in ("<script>alert", "<img src=x", "<iframe", "<svg", '"javascript:', "<javascript:", "\\href{"):
        assert bad not in answer, bad
    assert re.findall(r"<a [^>]*href=\"([^\"#]*)\"", answer) == ["https://example.org"]


def test_written_answers_are_sanitized_in_the_feedback_and_for_whoever_marks_them(tmp_path):
    name = "04a-derivation"
    task = next(answer.id for answer in answer_cells(written("")) if not answer.defines)
    root = small_class(tmp_path, {"ada": {task: HOSTILE}}, name)
    run = ClassRun(root, name)
    run.store.add(made_up(run, "ada"))
    run.enter(run.latest())
    run.course.generate_feedback(name, "ada")
    assert_harmless((root / "feedback" / "ada" / name / f"{name}.html").read_text(encoding="utf-8"))
    form_grader = HTMLExporter(config=plug_in(Config(), root))  # with a template of its own, which shows the same
    assert_harmless(form_grader.from_filename(str(run.graded_path("ada")))[0])


def test_sanitizing_leaves_the_courses_own_cells_and_mathematics():
    notebook = written(HOSTILE)
    before = {cell.id: cell.source for cell in notebook.cells}
    after = SanitizedAnswers().preprocess(notebook, {})[0]
    changed = [cell for cell in after.cells if cell.source != before[cell.id]]
    assert len(changed) == 1
    assert "$a < b$ & c > d" in changed[0].source


def test_sanitizing_drops_scripts_from_outputs():
    cell = nbformat.v4.new_code_cell("1")
    data = {"text/html": "<script>alert(1)</script>", "application/javascript": "alert(2)", "image/svg+xml": "<svg/>"}
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    after = SanitizedAnswers().preprocess(nbformat.v4.new_notebook(cells=[cell]), {})[0]
    assert json.dumps(after.cells[0].outputs[0].data) == '{"text/html": "&lt;script>alert(1)&lt;/script>"}'
