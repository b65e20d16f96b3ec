"""The release: the same bytes each time, whatever happens while it is written, and only what learners may see."""

import json
import shutil
from pathlib import Path

import pytest

from selfattn_grade import atomic_write
from selfattn_grade.__main__ import main
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.release import assignments, release

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"


def copied_course(folder: Path) -> Path:
    shutil.copytree(ROOT / "solutions" / NAME, folder / "solutions" / NAME)
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("_static", "_ext"))
    return folder


def test_release_changed_source_changes_notebook(tmp_path):
    course = copied_course(tmp_path)
    first = release(course, [NAME])[0].read_bytes()
    source = course / "solutions" / NAME / f"{NAME}.py"
    source.write_text(
        source.read_text(encoding="utf-8").replace("# ## What you have built", "# ## What you built"), "utf-8"
    )
    second = release(course, [NAME])[0].read_bytes()
    assert first == (ROOT / "notebooks" / NAME / f"{NAME}.ipynb").read_bytes()
    assert second == first.replace(b"## What you have built", b"## What you built")
    assert second != first


def test_release_leaves_only_notebooks_without_pairing_metadata(tmp_path):
    course = copied_course(tmp_path)
    before = {path for path in course.rglob("*") if path.is_file()}
    release(course)
    made = {path.relative_to(course).as_posix() for path in course.rglob("*") if path.is_file()} - {
        path.relative_to(course).as_posix() for path in before
    }
    for path in made:
        assert set(json.loads((course / path).read_text(encoding="utf-8"))["metadata"]) == {
            "kernelspec",
            "language_info",
        }
    assert made == {f"_build/source/{NAME}/{NAME}.ipynb", f"notebooks/{NAME}/{NAME}.ipynb"}


def test_release_unknown_assignment_names_the_known():
    with pytest.raises(ValueError, match=f"assignment must be one of .*{NAME}.*, got '99-nothing'"):
        release(ROOT, ["99-nothing"])


def test_assignments_lists_sources():
    assert NAME in assignments(ROOT)


def test_command_bad_mark_prints_message_and_fails(tmp_path, capsys):
    source = tmp_path / "solutions" / NAME / f"{NAME}.py"
    write_atomically(source, '# %% name="setup" kind="answers"\nimport numpy\n')
    assert main(["--course", str(tmp_path), "release"]) == 2
    printed = capsys.readouterr()
    assert "cell 1 (line 1): kind must be one of" in printed.err
    assert "Traceback" not in printed.err
    assert not (tmp_path / "notebooks").exists()


def test_command_outside_a_course_says_so(tmp_path, capsys):
    assert main(["--course", str(tmp_path), "release"]) == 2
    assert "must be the course's folder" in capsys.readouterr().err


def test_write_atomically_failure_keeps_old_file(tmp_path, monkeypatch):
    path = tmp_path / "notebook.ipynb"
    write_atomically(path, "old")

    def stop(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(atomic_write.os, "replace", stop)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["notebook.ipynb"]
