"""nbgrader's configuration: `nbgrader generate_assignment`, `autograde`, `generate_feedback`, `export` in this folder.

Run `python -m selfattn_grade release` first; it writes the solved notebooks that nbgrader takes as its source.
Plain nbgrader runs learners' code with your rights, in no sandbox.
"""

import os
from pathlib import Path

try:
    from selfattn_check.checking import SEED_VARIABLE
    from selfattn_grade.course import configure, hidden_seed, put_scripts_on_path
except ImportError as error:
    # An ImportError would only be logged, and nbgrader would go on with settings that are not the course's.
    raise SystemExit(
        f"nbgrader_config.py needs the course's packages: make setup, then .venv/bin/nbgrader ({error})"
    ) from error

root = Path(__file__).resolve().parent
put_scripts_on_path()
configure(get_config(), root)  # noqa: F821 — nbgrader puts it there
# Grading draws numbers that no learner has seen. The seed of the class lies beside the gradebook; delete both together.
os.environ.setdefault(SEED_VARIABLE, str(hidden_seed(root)))
