"""The kit for learners who work on their own machines: notebooks, wheels of the packages that they call, a note.

`selfattn_check` compares an answer with `selfattn_ref`, so that a kit holds the reference: whoever looks finds right
answers there, as in the book. What earns points is what runs in the grader, where there is no reference.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from selfattn_grade.course import RELEASED
from selfattn_grade.release import assignments

__all__ = ["make_kit"]

_NOTE = """The exercises: how to start

    python -m venv .venv
    .venv/bin/pip install jupyterlab matplotlib wheels/{wheel}
    .venv/bin/jupyter lab notebooks

Chapters 5 to 8 need PyTorch, too: .venv/bin/pip install torch
Hand in the notebook under the name that it has. On Windows write .venv\\Scripts\\ for .venv/bin/.
"""
_TIME = (2026, 1, 1, 0, 0, 0)  # of everything in the archive: the same content gives the same bytes


def make_kit(root: Path, names: Sequence[str] = ()) -> Path:
    """Build the wheel and pack it with the released notebooks.

    Args:
        root: the course's folder.
        names: assignments; none for all of them.

    Returns:
        The archive, `_build/kit/selfattn-kit.zip`.

    Raises:
        ValueError: an assignment was never released.
        RuntimeError: the wheel cannot be built; the message holds the log.
    """
    released = {name: root / RELEASED / name / f"{name}.ipynb" for name in names or assignments(root)}
    for name, path in released.items():
        if not path.exists():
            raise ValueError(f"assignment must have been released, got {name}")
    folder = root / "_build" / "kit"
    shutil.rmtree(folder, ignore_errors=True)
    wheel = _wheel(root, folder)
    archive = folder / "selfattn-kit.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        _put(packed, "README.txt", _NOTE.format(wheel=wheel.name).encode())
        _put(packed, f"wheels/{wheel.name}", wheel.read_bytes())
        for name, path in released.items():
            _put(packed, f"notebooks/{name}/{name}.ipynb", path.read_bytes())
    return archive


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    about = zipfile.ZipInfo(f"selfattn-kit/{name}", _TIME)
    about.external_attr = 0o644 << 16
    packed.writestr(about, content, zipfile.ZIP_DEFLATED)


def _wheel(root: Path, folder: Path) -> Path:
    """A wheel of this project, without the grader."""
    source = folder / "source"
    source.mkdir(parents=True)
    for package in ("selfattn_ref", "selfattn_check"):
        shutil.copytree(root / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "LICENSE"):
        shutil.copy(root / file, source / file)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"},
    )
    shutil.rmtree(source)
    if done.returncode:
        raise RuntimeError(f"the wheel cannot be built\n{done.stderr[-2000:]}")
    return next(folder.glob("*.whl"))
