"""Released notebooks: fresh, complete, and without a solution."""

import ast
from pathlib import Path

import nbformat
import pytest

from selfattn_check import EXERCISES, WRITTEN
from selfattn_grade.release import assignments, release

ROOT = Path(__file__).resolve().parents[2]
NAMES = assignments(ROOT)


def read(assignment: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)


def exercises_of(assignment):
    return [exercise for exercise in EXERCISES.values() if exercise.assignment == assignment]


def written_tasks_of(assignment):
    return [task for task in WRITTEN.values() if task.assignment == assignment]


def test_every_assignment_of_a_record_has_a_source_and_a_release():
    assert {exercise.assignment for exercise in EXERCISES.values()} == set(NAMES)
    assert {path.stem for path in (ROOT / "notebooks").glob("*/*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_is_fresh(assignment, tmp_path):
    path = release(ROOT, [assignment], into=tmp_path)[0]
    committed = ROOT / path.relative_to(tmp_path)
    assert path.read_bytes() == committed.read_bytes(), "run: make notebooks"


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_folder_holds_nothing_else(assignment):
    assert [path.name for path in (ROOT / "notebooks" / assignment).iterdir() if not path.name.startswith(".")] == [
        f"{assignment}.ipynb"
    ]


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_holds_no_solution_and_no_hidden_test(assignment):
    text = (ROOT / "notebooks" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8")
    for marker in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TEST", "jupytext"):
        assert marker not in text
    for exercise in exercises_of(assignment):
        answer = next(cell for cell in read(assignment).cells if cell.id == f"{exercise.id}-answer")
        body = ast.parse(answer.source).body[0].body
        kept = [ast.Assign, ast.Raise, ast.Return] if exercise.quiz else [ast.Raise]  # a quiz keeps its list of answers
        assert [type(node) for node in body] == [ast.Expr, *kept]
        assert "    # YOUR CODE HERE\n    raise NotImplementedError()" in answer.source
    for task in written_tasks_of(assignment):
        answer = next(cell for cell in read(assignment).cells if cell.id == f"{task.id}-written")
        assert (answer.cell_type, answer.source) == ("markdown", "YOUR ANSWER HERE")


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_gives_each_exercise_its_cells_in_order(assignment):
    cells = {cell.id: cell for cell in read(assignment).cells}
    order = list(cells)
    needed = []
    for exercise in exercises_of(assignment):
        checks = [f"{exercise.id}-check-{part}" for part in exercise.parts]
        needed += [f"{exercise.id}-{kind}" for kind in ("statement", "answer", "hint")] + checks
        assert exercise.statement.strip() in cells[f"{exercise.id}-statement"].source
        assert exercise.title in cells[f"{exercise.id}-statement"].source
        assert cells[f"{exercise.id}-hint"].source == f'hint("{exercise.id}")'
        for part, id_ in zip(exercise.parts, checks, strict=True):
            named = f', part="{part}"' if len(exercise.parts) > 1 else ""
            assert cells[id_].source == f'check("{exercise.id}", {exercise.id}{named})'
            assert cells[id_].metadata["nbgrader"]["points"] == exercise.parts[part]
    assert [id_ for id_ in order if id_ in needed] == needed


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_nbgrader_marks_fit_the_cells(assignment):
    cells = {cell.id: cell for cell in read(assignment).cells}
    graded = [cell for cell in cells.values() if cell.metadata.get("nbgrader", {}).get("grade")]
    assert sum(cell.metadata["nbgrader"]["points"] for cell in graded) == sum(
        each.points for each in [*exercises_of(assignment), *written_tasks_of(assignment)]
    )
    for id_, cell in cells.items():
        marks = cell.metadata.get("nbgrader")
        if marks is None:
            assert not id_.endswith(("-answer", "-statement"))
            assert "-check-" not in id_
            continue
        assert marks["schema_version"] == 3
        assert marks["grade_id"] == id_
        assert marks["grade"] == ("-check-" in id_ or id_.endswith("-written"))
        assert marks["solution"] == id_.endswith(("-answer", "-written"))
        assert marks["locked"] != marks["solution"]


@pytest.mark.parametrize("assignment", NAMES)
def test_notebook_statement_links_to_a_section_of_the_book(assignment):
    cells = {cell.id: cell for cell in read(assignment).cells}
    for exercise in exercises_of(assignment):
        assert f"book: [{exercise.section}](../../book/" in cells[f"{exercise.id}-statement"].source, exercise.anchor
