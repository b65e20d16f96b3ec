"""What nbgrader runs instead of learners' notebooks: `nbgrader autograde` and the form grader's button grade in a room.

nbgrader asks an exporter for the notebook that it writes into `autograded/`. Ours takes the answers in, grades them,
enters the points and gives back the course's notebook with the verdicts in it. No kernel is started.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbgrader.utils import is_solution

__all__ = ["UNSAFE_VARIABLE", "Graded", "SanitizedAnswers"]

UNSAFE_VARIABLE = "SELFATTN_GRADE_UNSAFE"  # set to 1: no sandbox, which is stamped on every report
_HARMLESS = re.compile(r"&lt;(?![A-Za-z/!?])")  # no tag starts like this
_LINKING = re.compile(r"\\(?=href|unicode|style|class|cssId|require|html)")  # MathJax would make HTML of these

_LINK = re.compile(r"\](?=\(|:)(?!.\s*https?://)")  # nbconvert makes a link of [x](javascript:…), too


class NotGraded(ValueError):  # noqa: N818 — says what is the case
    """A submission without a verdict; the message says why. nbgrader reports it and goes on with the next."""


class Graded(NotebookExporter):
    """From a learner's file to the graded notebook."""

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Grade the submission in a file.

        nbgrader asks twice: for the file in `submitted/`, and then for what has been made of it in `autograded/`.

        Raises:
            NotGraded: nothing could be taken from the file, or the grader itself failed.
            SandboxUnavailable: there is no sandbox.
        """
        from selfattn_grade.class_run import ClassRun  # noqa: PLC0415 — it reads the settings that name this class

        about = resources["nbgrader"]
        folder = Path(os.path.abspath(filename)).parents[2]  # links are not followed
        if folder.name == "autograded":
            return super().from_filename(filename, resources, **options)
        sandboxed = os.environ.get(UNSAFE_VARIABLE) != "1"
        run = ClassRun(folder.parent, about["assignment"], sandboxed)
        with run.writing():
            result = run.grade_one(about["student"])
            run.finish(result.student)
        if result.status != "graded":
            raise NotGraded("; ".join([result.status, *(message for _, message in result.flags)]))
        notebook = nbformat.read(run.graded_path(about["student"]), as_version=4)
        return self.from_notebook_node(notebook, resources=resources, **options)


class SanitizedAnswers(SanitizeHTML):
    """nbconvert's sanitizing of HTML, for the cells that a learner wrote and for all outputs.

    The course's own cells are left as they are: every one of them comes from the released notebook.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Sanitize one cell."""
        if cell.cell_type == "code":
            cell.outputs = self.sanitize_code_outputs(cell.outputs)
        elif is_solution(cell):
            cell.source = self.sanitize_html_tags(_LINK.sub("] ", _LINKING.sub("", cell.source)))
        return cell, resources

    def sanitize_html_tags(self, html_str: str) -> str:
        """Escape tags that are not allowed; what merely looks like HTML, as in a < b & c, stays to be read."""
        text: str = super().sanitize_html_tags(html_str)
        return _HARMLESS.sub("<", text.replace("&gt;", ">").replace("&amp;", "&"))
