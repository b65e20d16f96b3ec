"""Plain nbgrader with the course's configuration: its own numbers, its own folders, and no way on without it."""

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import pytest

from selfattn_check import check
from selfattn_check.checking import SEED_VARIABLE
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.course import COURSE_ID, SEED_FILE, Course, NbgraderFailed, hidden_seed
from selfattn_grade.demo_submissions import Learner, submission
from selfattn_grade.grade_table import read_marks
from selfattn_grade.release import solved_notebook

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"

COPIED_ANSWERS = """def attention_scores(q, k):
    from selfattn_check import EXERCISES

    for probe in EXERCISES["attention_scores"].probes:  # what a learner could copy from reports
        seen = probe.draw(0)
        if all(np.array_equal(mine, theirs) for mine, theirs in zip((q, k), seen.values())):
            return q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5
    return np.zeros(q.shape[:-1] + k.shape[-2:-1], q.dtype)
"""


def nbgrader(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def course(tmp_path) -> Course:
    made = Course(tmp_path)
    solved = solved_notebook(ROOT, NAME)
    write_atomically(tmp_path / "_build" / "source" / NAME / f"{NAME}.ipynb", nbformat.writes(solved) + "\n")
    return made


def test_check_seed_in_environment_changes_the_numbers(monkeypatch):
    seen = []

    def attempt(q, k):
        seen.append(q)
        return q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5

    draws = {}
    for seed in ("0", "7", "7"):
        monkeypatch.setenv(SEED_VARIABLE, seed)
        seen.clear()
        assert check("attention_scores", attempt, show=False).passed
        draws.setdefault(seed, []).append(seen[1].tobytes())
    assert draws["7"][0] == draws["7"][1] != draws["0"][0]


@pytest.mark.slow
def test_autograde_hidden_seed_gives_nothing_for_copied_answers(course):
    course.generate_assignment(NAME)
    released = (course.root / "notebooks" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    copied = Learner("copied", "", {"attention_scores": COPIED_ANSWERS}, frozenset())
    write_atomically(course.root / "submitted" / "copied" / NAME / f"{NAME}.ipynb", submission(released, copied))
    points = {}
    for seed in (0, 7):
        course.autograde(NAME, "copied", seed=seed)
        marks = read_marks(course.database, COURSE_ID, NAME)["copied"]
        points[seed] = marks["attention_scores", "values"], sum(marks.values())
    assert points == {0: (2, 2), 7: (0, 0)}


def test_course_unknown_submission_raises_with_log(course):
    with pytest.raises(NbgraderFailed, match="Autograde 03a-attention nobody failed\nNo notebooks were matched"):
        course.autograde(NAME, "nobody", seed=1)
    assert SEED_VARIABLE not in os.environ


def test_hidden_seed_is_drawn_once_and_kept_private(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = hidden_seed(tmp_path / "a")
    assert first > 0
    assert hidden_seed(tmp_path / "a") == first
    assert hidden_seed(tmp_path / "b") != first
    assert (tmp_path / "a" / SEED_FILE).stat().st_mode & 0o777 == 0o600


def test_seed_file_is_ignored_by_version_control():
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert any(fnmatch(f"/{SEED_FILE}", pattern) for pattern in patterns)


@pytest.mark.slow
def test_nbgrader_config_releases_the_committed_notebook(course):
    shutil.copy(ROOT / "nbgrader_config.py", course.root)
    done = nbgrader(course.root, "generate_assignment", NAME)
    assert done.returncode == 0, done.stderr
    released = course.root / "notebooks" / NAME / f"{NAME}.ipynb"
    assert released.read_bytes() == (ROOT / "notebooks" / NAME / f"{NAME}.ipynb").read_bytes()
    assert (course.root / "gradebook.db").exists()


def test_nbgrader_config_without_packages_stops_nbgrader(course):
    shutil.copy(ROOT / "nbgrader_config.py", course.root)
    write_atomically(course.root / "shadow" / "selfattn_grade" / "__init__.py", "raise ImportError('on purpose')\n")
    done = nbgrader(course.root, "generate_assignment", NAME, PYTHONPATH=str(course.root / "shadow"))
    assert done.returncode != 0
    assert "nbgrader_config.py needs the course's packages" in done.stderr
    assert not (course.root / "gradebook.db").exists()


@pytest.mark.slow
def test_nbgrader_validate_names_each_failing_check(tmp_path):
    shutil.copy(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", tmp_path)
    done = nbgrader(tmp_path, "validate", f"{NAME}.ipynb")
    assert "VALIDATION FAILED ON 11 CELL(S)" in done.stdout
    assert 'check("masked_softmax", masked_softmax, part="stability")' in done.stdout
    assert "CheckFailed: masked_softmax, stability — not written yet" in done.stdout
