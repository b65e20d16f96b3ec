"""The learners' kit: what it holds, what it must not hold, and that its wheel works where nothing else is."""

import subprocess
import sys
import zipfile

import pytest

from selfattn_grade.kit import make_kit
from tests.selfattn_grade.a_small_class import RIGHT, ROOT, START, small_class


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = small_class(tmp_path_factory.mktemp("course"), {})
    for name in ("selfattn_ref", "selfattn_check", "pyproject.toml", "LICENSE"):
        (root / name).symlink_to(ROOT / name)
    return root


def test_kit_holds_notebooks_a_wheel_and_a_note_and_nothing_of_the_grader(course, tmp_path):
    archive = make_kit(course)
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path)
    assert f"selfattn-kit/notebooks/{START}/{START}.ipynb" in names
    assert [name.rpartition("/")[0] for name in names if name.endswith((".whl", ".txt"))] == [
        "selfattn-kit",
        "selfattn-kit/wheels",
    ]
    released = ROOT / "notebooks" / START / f"{START}.ipynb"
    assert (tmp_path / f"selfattn-kit/notebooks/{START}/{START}.ipynb").read_bytes() == released.read_bytes()
    (wheel,) = (tmp_path / "selfattn-kit" / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        tops = {name.partition("/")[0] for name in packed.namelist()}
        packed.extractall(tmp_path / "installed")
    assert tops == {"selfattn_check", "selfattn_ref", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    code = f"from selfattn_check import check\n{RIGHT}\nprint(check('double', double, show=False).passed)"
    alone = {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run([sys.executable, "-c", code], env=alone, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr


def test_kit_twice_gives_the_same_bytes(course):
    assert make_kit(course, [START]).read_bytes() == make_kit(course, [START]).read_bytes()


def test_kit_of_what_was_not_released_is_refused(course):
    with pytest.raises(ValueError, match="must have been released, got 99-nothing"):
        make_kit(course, ["99-nothing"])
