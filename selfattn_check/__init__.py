"""Is your attention right, and if not, which mistake is it?

>>> from selfattn_check import check, hint, EXERCISES
>>> report = check("attention_scores", lambda q, k: q @ k.swapaxes(-1, -2), show=False)
>>> report.state, [diagnosis.code for diagnosis in report.diagnoses]
('failed', ['missing-scale'])
"""

from selfattn_check.checking import check
from selfattn_check.diagnosis import Diagnosis
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.exercises import EXERCISES
from selfattn_check.hints import hint
from selfattn_check.once_solved import once_solved
from selfattn_check.probe import Probe
from selfattn_check.report import CheckFailed, Report
from selfattn_check.written import WRITTEN
from selfattn_check.written_task import WrittenTask

__all__ = [
    "EXERCISES",
    "WRITTEN",
    "CheckFailed",
    "Diagnosis",
    "Exercise",
    "Mistake",
    "Probe",
    "Report",
    "WrittenTask",
    "check",
    "hint",
    "once_solved",
]
