"""What a check answers: one frozen record with a text form and an HTML form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from selfattn_check.comparison import Comparison, shown_of
from selfattn_check.diagnosis import Diagnosis
from selfattn_check.report_html import as_html
from selfattn_check.report_text import as_text

__all__ = ["CheckFailed", "Report"]

State = Literal["passed", "failed", "errored", "broken"]


@dataclass(frozen=True)
class Report:
    """The answer to "is my function right, and if not, which mistake is it?".

    Attributes:
        exercise_id: the exercise.
        part: the part that was asked for; None for the whole exercise.
        state: passed; failed (wrong result); errored (the attempt did not return one); broken (our fault).
        diagnoses: what is wrong, most certain first; empty if passed.
        comparisons: attempt against reference, one a probe that was tried.
        points: reachable for this part, or for the whole exercise.
        seconds: how long the check took.
        seed: of the probes' draws.
        trouble: for a broken check, what went wrong in it.
        shown: whether the notebook has displayed it already.
    """

    exercise_id: str
    part: str | None
    state: State
    diagnoses: list[Diagnosis]
    comparisons: tuple[Comparison, ...]
    points: int
    seconds: float
    seed: int = 0
    trouble: str = ""
    shown: bool = False

    @property
    def passed(self) -> bool:
        """Whether the attempt agrees with the reference on every probe."""
        return self.state == "passed"

    @property
    def failures(self) -> list[Comparison]:
        """The comparisons that found a fault."""
        return [comparison for comparison in self.comparisons if not comparison.passed]

    @property
    def example(self) -> Comparison | None:
        """The failure that the report shows."""
        return shown_of(self.comparisons)

    @property
    def text(self) -> str:
        """Plain text, at most eight lines."""
        return as_text(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return as_html(self)

    def _ipython_display_(self) -> None:
        if self.shown:
            return
        from IPython.display import display  # noqa: PLC0415 — only where IPython calls this

        data: dict[str, Any] = {"text/plain": self.text, "text/html": self._repr_html_()}
        display(data, raw=True)


class CheckFailed(Exception):  # noqa: N818 — a contract name
    """The attempt did not pass. In a notebook it prints one line; the report above it says what is wrong."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.text)
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """The report's headline instead of a traceback of the check's own code (IPython asks under this name).

        It names the mistake again, for where the report above it is not shown, as in nbgrader's Validate.
        """
        headline, *others = self.report.text.splitlines()
        ours = f". {others[-1].strip()}" if self.report.state == "broken" else ""
        return [f"CheckFailed: {headline}{ours}"]
