"""selfattn_ref ← selfattn_check ← selfattn_grade: imports go one way only, and importing stays cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("selfattn_ref", "selfattn_check", "selfattn_grade")  # each may import those before it
GRADER_ONLY = {"nbgrader", "dask", "distributed", "jupyter_client"}

# What importing a learner's package may load beside the standard library and the packages to its left.
# selfattn_grade is not listed: it runs on the instructor's machine, where nobody waits for an import.
MAY_LOAD = {"selfattn_ref": {"numpy"}, "selfattn_check": {"numpy"}}
EXISTING = [package for package in MAY_LOAD if (ROOT / package / "__init__.py").exists()]

LIST_LOADED = """
import sys
before = set(sys.modules)
import {package}
known = sys.stdlib_module_names
print(*sorted({{name.partition('.')[0] for name in set(sys.modules) - before}} - known))
"""


def imported_names(source: str) -> set[str]:
    """Top-level names of everything a module imports, at its head or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names |= {str(arg.value).partition(".")[0] for arg in node.args if isinstance(arg, ast.Constant)}
    return names


def wrong_imports(root: Path) -> list[str]:
    """Say "file imports name" for every import against the direction."""
    found = []
    for place, package in enumerate(PACKAGES):
        forbidden = set(PACKAGES[place + 1 :]) | (GRADER_ONLY if package != "selfattn_grade" else set())
        for path in sorted((root / package).rglob("*.py")):
            names = imported_names(path.read_text(encoding="utf-8")) & forbidden
            found += [f"{path.relative_to(root).as_posix()} imports {name}" for name in sorted(names)]
    return found


def loaded_by(package: str, root: Path) -> set[str]:
    """Import a package in a fresh interpreter and list what third-party names came with it."""
    code = f"import sys; sys.path.insert(0, {str(root)!r})" + LIST_LOADED.format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def surplus(package: str, root: Path) -> set[str]:
    """What importing a package loads although it may not."""
    leftwards = PACKAGES[: PACKAGES.index(package) + 1]
    return loaded_by(package, root) - MAY_LOAD[package] - set(leftwards)


def write_package(root: Path, package: str, source: str) -> None:
    (root / package / "inner").mkdir(parents=True)
    (root / package / "__init__.py").write_text("", encoding="utf-8")
    (root / package / "inner" / "offender.py").write_text(source, encoding="utf-8")


def test_packages_import_leftwards_packages_only():
    assert wrong_imports(ROOT) == []


@pytest.mark.parametrize("package", EXISTING)
def test_package_import_loads_no_heavy_library(package):
    assert surplus(package, ROOT) == set()


@pytest.mark.parametrize(
    ("package", "source", "name"),
    [
        ("selfattn_ref", "import selfattn_check", "selfattn_check"),
        ("selfattn_ref", "from selfattn_grade.jobs import run", "selfattn_grade"),
        ("selfattn_check", "def f():\n    import selfattn_grade.jobs as jobs", "selfattn_grade"),
        ("selfattn_check", "if True:\n    from nbgrader import api", "nbgrader"),
        ("selfattn_ref", "import importlib\nimportlib.import_module('selfattn_check.report')", "selfattn_check"),
        ("selfattn_check", "import dask.distributed, numpy", "dask"),
    ],
)
def test_wrong_imports_offending_file_is_found(tmp_path, package, source, name):
    write_package(tmp_path, package, source)
    assert wrong_imports(tmp_path) == [f"{package}/inner/offender.py imports {name}"]


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("selfattn_check", "from selfattn_ref import softmax\nfrom . import selfattn_grade"),
        ("selfattn_grade", "import selfattn_check, selfattn_ref, nbgrader, dask"),
        ("selfattn_ref", "'import selfattn_check'  # said, not done"),
    ],
)
def test_wrong_imports_right_direction_is_accepted(tmp_path, package, source):
    write_package(tmp_path, package, source)
    assert wrong_imports(tmp_path) == []


def test_surplus_heavy_import_is_found(tmp_path):
    (tmp_path / "heavy_stand_in.py").write_text("", encoding="utf-8")
    write_package(tmp_path, "selfattn_ref", "import heavy_stand_in")
    (tmp_path / "selfattn_ref" / "__init__.py").write_text("from selfattn_ref.inner import offender", encoding="utf-8")
    assert surplus("selfattn_ref", tmp_path) == {"heavy_stand_in"}
