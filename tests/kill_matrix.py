"""The kill matrix: is every known mistake rejected and named, and every right variant accepted?

`python -m tests.kill_matrix` prints it; `test_kill_matrix.py` keeps it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import tests.specimens as specimens_package
from selfattn_check import EXERCISES, Report, check
from tests.specimens.specimen import SPECIMENS, Specimen

__all__ = ["Row", "Verdict", "judge", "rows", "specimens", "table"]


@dataclass(frozen=True)
class Verdict:
    """What the check said about a specimen."""

    specimen: Specimen
    report: Report

    @property
    def found(self) -> list[str]:
        """The codes that the check gave."""
        return [diagnosis.code for diagnosis in self.report.diagnoses]

    @property
    def named(self) -> bool:
        """Whether each of the specimen's mistakes is confirmed by its code; a mere symptom must be alone."""
        confirmed = {diagnosis.code for diagnosis in self.report.diagnoses if diagnosis.confirmed}
        symptoms = {diagnosis.code for diagnosis in self.report.diagnoses}
        return set(self.specimen.codes) <= confirmed or set(self.specimen.codes) == symptoms

    @property
    def as_wanted(self) -> bool:
        """Whether a right specimen is accepted, and a wrong one rejected and named."""
        return self.named and not self.report.passed if self.specimen.codes else self.report.passed


@dataclass(frozen=True)
class Row:
    """One exercise of the matrix."""

    exercise_id: str
    rejected: int
    named: int
    wrong: int
    accepted: int
    right: int
    codes: int


def specimens() -> list[Specimen]:
    """All specimens, in the order of the course."""
    for module in pkgutil.iter_modules(specimens_package.__path__):
        importlib.import_module(f"tests.specimens.{module.name}")
    order = list(EXERCISES)
    return sorted(SPECIMENS, key=lambda specimen: order.index(specimen.exercise_id))


def judge(specimen: Specimen) -> Verdict:
    """Run the check on a specimen."""
    return Verdict(specimen, check(specimen.exercise_id, specimen.attempt, show=False))


def rows(verdicts: Iterable[Verdict]) -> Iterator[Row]:
    """The matrix, one row an exercise."""
    verdicts = list(verdicts)
    for exercise_id in EXERCISES:
        mine = [verdict for verdict in verdicts if verdict.specimen.exercise_id == exercise_id]
        wrong = [verdict for verdict in mine if verdict.specimen.codes]
        right = [verdict for verdict in mine if not verdict.specimen.codes]
        yield Row(
            exercise_id,
            rejected=sum(not verdict.report.passed for verdict in wrong),
            named=sum(verdict.named for verdict in wrong),
            wrong=len(wrong),
            accepted=sum(verdict.report.passed for verdict in right),
            right=len(right),
            codes=len({code for verdict in wrong for code in verdict.specimen.codes}),
        )


def table(verdicts: Iterable[Verdict]) -> str:
    """The matrix as text, with each exception below it."""
    verdicts = list(verdicts)
    lines = [f"{'exercise':32}{'rejected':>12}{'named':>12}{'right accepted':>16}{'codes':>8}"]
    lines += [
        f"{row.exercise_id:32}{f'{row.rejected}/{row.wrong}':>12}{f'{row.named}/{row.wrong}':>12}"
        f"{f'{row.accepted}/{row.right}':>16}{row.codes:>8}"
        for row in rows(verdicts)
    ]
    lines += [
        f"! {verdict.specimen.name}: wanted {list(verdict.specimen.codes) or 'passed'}, got {verdict.found or 'passed'}"
        for verdict in verdicts
        if not verdict.as_wanted
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([judge(specimen) for specimen in specimens()]))
