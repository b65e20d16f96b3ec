"""The course's nbgrader settings as its nbgrader_config.py has them, and the grader plugged into nbgrader.

A configuration that is not loaded leaves nbgrader with its own defaults: no sandbox, and full marks for a test cell
that ends without an error. So whoever needs the settings asks here, and gets an error in that case.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from traitlets.config import Config, PyFileConfigLoader

from selfattn_grade.course import configure

__all__ = ["plug_in", "settings", "shown"]

_FILE = "nbgrader_config.py"
_EXPORTER = "selfattn_grade.nbgrader_plugin.Graded"
_SANITIZER = "selfattn_grade.nbgrader_plugin.SanitizedAnswers"
_RENDERER = "selfattn_grade.learners_markdown.rendered"


def plug_in(config: Config, root: Path) -> Config:
    """Let `nbgrader autograde` and the form grader's button grade as `python -m selfattn_grade run` does.

    Args:
        config: nbgrader's, which is changed and returned.
        root: the course's folder.
    """
    config.Autograde.exporter_class = _EXPORTER
    config.Autograde.sanitize_preprocessors = []  # the notebook is the course's own, with the answers in it
    config.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.AssignLatePenalties"]  # nothing is executed
    # Further files of a submission, links above all, are not copied. The pattern holds for these folders alone.
    config.CourseDirectory.ignore = [*_IGNORED, str(root.resolve() / "submitted" / "*" / "*" / "*")]
    config.HTMLExporter.preprocessors = [_SANITIZER]  # of the form grader and of the feedback
    config.HTMLExporter.filters = {"markdown2html": _RENDERER}
    return config


_IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")  # nbgrader's own


def settings(root: Path) -> Config:
    """The settings in the course's nbgrader_config.py; without that file, the course's own.

    Raises:
        ValueError: the file leaves the grader out.
    """
    if not (root / _FILE).exists():
        return plug_in(configure(Config(), root), root)
    config = PyFileConfigLoader(_FILE, path=str(root)).load_config()
    sanitized = config.HTMLExporter.get("filters", {}).get("markdown2html") == _RENDERER
    sanitized = sanitized and _SANITIZER in config.HTMLExporter.get("preprocessors", ())
    if config.Autograde.get("exporter_class") != _EXPORTER or not sanitized:
        raise ValueError(f"{_FILE} must plug the grader in: plug_in(configure(get_config(), root), root)")
    return config


def shown(database: str) -> str:
    """The address of a gradebook without its password."""
    return make_url(database).render_as_string(hide_password=True).removeprefix("sqlite:///")
