"""A written task, through nbgrader itself: the model answer stays here, and a person is asked for the mark."""

from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry

from selfattn_check import EXERCISES, WRITTEN, WrittenTask
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.cells import with_rubric
from selfattn_grade.course import COURSE_ID, RELEASED, SOLVED, Course
from selfattn_grade.marks import MarkError, read_marked_cells
from selfattn_grade.release import solved_notebook

ROOT = Path(__file__).resolve().parents[2]
NAME = "99-toy"
TASK = WrittenTask(
    id="even_sum",
    assignment=NAME,
    chapter=99,
    section="Sums",
    anchor="sums",
    title="Prove something small",
    minutes=2,
    difficulty=1,
    statement="Prove that $2a + 2b$ is even.",
    rubric={"factors out the 2": 2, "says that a + b is an integer": 1},
)
SOURCE = """\
# %% [markdown] name="overview" kind="overview"

# %% [markdown] exercise="even_sum" kind="statement"

# %% [markdown] exercise="even_sum" kind="written"
# ### BEGIN SOLUTION
# The marmalade proof: $2a + 2b = 2(a + b)$.
# ### END SOLUTION
"""


def solved(folder: Path, source: str = SOURCE) -> nbformat.NotebookNode:
    write_atomically(folder / "solutions" / NAME / f"{NAME}.py", source)
    return solved_notebook(folder, NAME, {}, {TASK.id: TASK})


@pytest.fixture
def course(tmp_path):
    """A class in which the toy assignment has been released."""
    made = Course(tmp_path)
    write_atomically(made.root / SOLVED / NAME / f"{NAME}.ipynb", nbformat.writes(solved(tmp_path)) + "\n")
    made.generate_assignment(NAME)
    return made


def released(course):
    return nbformat.read(course.root / RELEASED / NAME / f"{NAME}.ipynb", as_version=4)


def hand_in(course, student, answer):
    notebook = released(course)
    if answer is not None:
        notebook.cells[2].source = answer
    write_atomically(course.root / "submitted" / student / NAME / f"{NAME}.ipynb", nbformat.writes(notebook) + "\n")
    course.autograde(NAME, student, seed=1)


def test_solved_notebook_has_the_statement_the_model_answer_and_the_rubric(tmp_path):
    overview, statement, answer = solved(tmp_path).cells
    assert "| 1 | Prove something small | ★ | 2 | 3 |" in overview.source
    assert "### Exercise 1: Prove something small ★" in statement.source
    assert "graded by a person · 3 points" in statement.source
    assert TASK.statement in statement.source
    assert "marmalade" in answer.source
    assert "| 2 | factors out the 2 |" in answer.source
    assert answer.source.endswith("\n### END SOLUTION")
    assert answer.metadata.nbgrader == {
        "grade": True,
        "grade_id": "even_sum-written",
        "locked": False,
        "points": 3,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }


def test_released_notebook_has_neither_model_answer_nor_rubric(course):
    cell = released(course).cells[2]
    assert cell.cell_type == "markdown"
    assert cell.source == "YOUR ANSWER HERE"
    text = (course.root / RELEASED / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert "marmalade" not in text
    assert "factors out" not in text


def test_gradebook_asks_a_person_for_the_mark_of_an_answer(course):
    hand_in(course, "ada", "It is 2(a + b).")
    with Gradebook(course.database, COURSE_ID) as gradebook:
        grade = gradebook.find_grade("even_sum-written", NAME, NAME, "ada")
        assert (grade.max_score, grade.auto_score, grade.needs_manual_grade) == (3, None, True)
        assert gradebook.find_submission(NAME, "ada").needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.db.commit()
        assert gradebook.find_submission(NAME, "ada").score == 2.5
    course.autograde(NAME, "ada", seed=1)
    with Gradebook(course.database, COURSE_ID) as gradebook:
        grade = gradebook.find_grade("even_sum-written", NAME, NAME, "ada")
        assert (grade.score, grade.needs_manual_grade) == (2.5, True)  # kept, and shown once more


def test_untouched_answer_gets_no_points_without_a_person(course):
    hand_in(course, "ben", None)
    with Gradebook(course.database, COURSE_ID) as gradebook:
        grade = gradebook.find_grade("even_sum-written", NAME, NAME, "ben")
        assert (grade.score, grade.max_score, grade.needs_manual_grade) == (0, 3, False)
        with pytest.raises(MissingEntry):
            gradebook.find_grade("even_sum-statement", NAME, NAME, "ben")


def test_with_rubric_stays_in_the_region_that_is_cut_out():
    answer = "before\n### BEGIN SOLUTION\nproof\n### END SOLUTION\nafter"
    lines = with_rubric(answer, TASK).splitlines()
    assert lines.index("| 1 | says that a + b is an integer |") < lines.index("### END SOLUTION")
    assert lines[-1] == "after"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind="written"', 'kind="answer"', "the header of a cell of kind answer must be # %% without [markdown]"),
        ('[markdown] exercise="even_sum" kind="wr', 'exercise="even_sum" kind="wr', "must be # %% [markdown]"),
        ("# ### BEGIN SOLUTION\n", "", "must have one line '### BEGIN SOLUTION'"),
        ('"even_sum" kind="written"', '"odd_sum" kind="written"', f"must be one of {NAME} (even_sum), got 'odd_sum'"),
    ],
)  # fmt: skip
def test_written_bad_mark_says_what_is_needed(tmp_path, old, new, message):
    assert old in SOURCE
    with pytest.raises(MarkError) as caught:
        solved(tmp_path, SOURCE.replace(old, new))
    assert message in str(caught.value)


def test_written_missing_answer_names_its_header(tmp_path):
    with pytest.raises(MarkError, match=r'must be a cell with the header # %% .markdown. exercise="even_sum" kind="wr'):
        solved(tmp_path, SOURCE[: SOURCE.index('# %% [markdown] exercise="even_sum" kind="written"')])


def test_check_cells_do_not_fit_a_written_task(tmp_path):
    path = tmp_path / f"{NAME}.py"
    path.write_text(SOURCE + '\n# %% exercise="even_sum" kind="check" part="values"\n', encoding="utf-8")
    with pytest.raises(MarkError, match="exercise must be one of"):
        read_marked_cells(path, {}, {TASK.id: TASK})


@pytest.mark.parametrize("task", WRITTEN.values(), ids=lambda task: task.id)
def test_task_of_the_course_has_everything(task):
    assert WRITTEN[task.id] is task
    assert task.id not in EXERCISES
    assert task.assignment.startswith(f"{task.chapter:02}")
    assert 1 <= task.minutes <= 60
    assert 1 <= task.difficulty <= 3
    assert task.stars == "★" * task.difficulty
    assert task.statement.strip()
    assert len(task.rubric) >= 3
    assert all(points > 0 for points in task.rubric.values())
    assert not any(criterion in task.statement for criterion in task.rubric)


@pytest.mark.parametrize("task", WRITTEN.values(), ids=lambda task: task.id)
def test_task_of_the_course_is_explained_in_the_book_and_written_in_its_notebook(task):
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").rglob("*.md")))
    assert f"({task.anchor})=\n" in pages
    assert f"# {task.section}\n" in pages
    notebook = nbformat.read(ROOT / RELEASED / task.assignment / f"{task.assignment}.ipynb", as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    assert task.statement.strip() in cells[f"{task.id}-statement"].source
    assert cells[f"{task.id}-written"].source == "YOUR ANSWER HERE"
    assert cells[f"{task.id}-written"].metadata.nbgrader["points"] == task.points
