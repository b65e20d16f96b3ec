"""Notebooks run from top to bottom: solved, every check passes; untouched, each check fails in one friendly line."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from selfattn_grade.release import assignments, solved_notebook

ROOT = Path(__file__).resolve().parents[2]
NAMES = assignments(ROOT)


def executed(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def kinds(cell):
    return [output.output_type for output in cell.outputs]


@pytest.mark.parametrize("assignment", NAMES)
def test_solved_notebook_passes_every_check(assignment):
    cells = executed(solved_notebook(ROOT, assignment))
    for id_, cell in cells.items():
        assert "error" not in kinds(cell), cell.outputs
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.outputs
        if "-check-" in id_:
            assert kinds(cell) == ["display_data"]
            assert " — passed: " in cell.outputs[0].data["text/plain"]
        if cell.source.rstrip().endswith(")") and "once_solved(" in cell.source:
            assert "image/svg+xml" in cell.outputs[0].data
    assert sum("image/svg+xml" in output.get("data", {}) for cell in cells.values() for output in cell.outputs) >= 3


@pytest.mark.parametrize("assignment", NAMES)
def test_untouched_notebook_fails_each_check_in_one_line(assignment):
    notebook = nbformat.read(ROOT / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)
    cells = executed(notebook)
    for id_, cell in cells.items():
        if "-check-" in id_:
            assert kinds(cell) == ["display_data", "error"]
            report, error = cell.outputs
            assert "not written yet" in report.data["text/plain"]
            assert error.ename == "CheckFailed"
            assert len(error.traceback) == 1
            assert "\n" not in error.traceback[0]
            assert "not written yet" in error.traceback[0]
        else:
            assert "error" not in kinds(cell), cell.outputs
        if "once_solved(" in cell.source:
            assert cell.outputs[0].data["text/markdown"].startswith("*The picture appears here once `")
    assert all(cell.execution_count for cell in cells.values())
