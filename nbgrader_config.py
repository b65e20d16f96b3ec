"""nbgrader's configuration: `nbgrader autograde`, `generate_feedback`, `export` and the form grader in this folder.

Run `python -m selfattn_grade release` first; it writes the solved notebooks that nbgrader takes as its source.
Learners' code runs in the grader's sandbox; where there is none, grading refuses and says what to do.
"""

from pathlib import Path

try:
    from selfattn_grade.course import configure, put_scripts_on_path
    from selfattn_grade.settings import plug_in
except ImportError as error:
    # An ImportError would only be logged, and nbgrader would go on with settings that are not the course's.
    raise SystemExit(
        f"nbgrader_config.py needs the course's packages: make setup, then .venv/bin/nbgrader ({error})"
    ) from error

root = Path(__file__).resolve().parent
put_scripts_on_path()
c = plug_in(configure(get_config(), root), root)  # noqa: F821 — nbgrader puts it there

# Late submissions: "none", "zero", or a plug-in of your own (AssignLatePenalties.plugin_class).
c.LateSubmissionPlugin.penalty_method = "none"
# A gradebook for several machines: c.CourseDirectory.db_url = "postgresql://user@host/gradebook"
