"""The kill matrix: is every known mistake rejected and named, and every right variant accepted?

`python -m tests.kill_matrix` prints it and records it for the book's page; `test_kill_matrix.py` keeps both.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

import tests.specimens as specimens_package
from selfattn_check import EXERCISES, Report, check
from selfattn_grade.atomic_write import write_atomically
from tests.specimens.specimen import SPECIMENS, Specimen

__all__ = ["RECORD", "Row", "Verdict", "as_json", "judge", "rows", "specimens", "table"]

RECORD = Path(__file__).parents[1] / "book" / "benchmarks" / "kill_matrix.json"


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
    assignment: str
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
            EXERCISES[exercise_id].assignment,
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


def as_json(matrix: Sequence[Row]) -> str:
    """The matrix as the book's page reads it: one object an exercise."""
    return json.dumps([asdict(row) for row in matrix], indent=1) + "\n"


if __name__ == "__main__":
    judged = [judge(specimen) for specimen in tqdm(specimens(), unit="attempt", leave=False)]
    print(table(judged))
    write_atomically(RECORD, as_json(list(rows(judged))))
