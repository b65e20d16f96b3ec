"""The corpus through this grader and through plain nbgrader, side by side: `python -m tests.submissions.acceptance`.

Writes the file that the acceptance table of the instructor's guide is printed from.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.result import Result, to_json
from tests.bench.record import machine
from tests.submissions.case import Case, repeats
from tests.submissions.corpus import CASES, NAME, ROOT, graded_by_us, promised
from tests.submissions.plain_nbgrader import graded_by_nbgrader
from tests.submissions.rows import ROWS

__all__ = ["RECORD", "Outcome", "ours", "plain", "table"]

RECORD = ROOT / "book" / "benchmarks" / "grading_acceptance.json"
AS_REQUIRED = "as required"
REPEATED = "feedback repeats it"
# nbgrader tries an answer before it loads the next: what this spoils for all, it has rightly given marks for by then.
_ONE_AFTER_THE_OTHER = {"replaces-numpy": {"causal_mask"}}


@dataclass(frozen=True)
class Outcome:
    """What came of one case in both graders, in a word or two."""

    row: int
    case: str
    ours: str
    plain: str


def ours(case: Case, result: Result, page: str) -> str:
    """Whether our result is the required one.

    Args:
        case: what was handed in.
        result: what came out.
        page: the notebook that goes back; empty if there is none.
    """
    if repeats(page) or repeats(to_json(result)):
        return REPEATED
    if result.status != case.status or tuple(code for code, _ in result.flags) != case.flags:
        return f"comes out as {result.status}"
    if result.status != "graded":
        return AS_REQUIRED
    return _compared({each.exercise: sum(part.points for part in each.parts) for each in result.exercises}, case)


def plain(case: Case, outcome: Mapping[str, Any]) -> str:
    """Whether nbgrader's outcome is the required one; an error that it tells the instructor of counts as telling."""
    points = outcome["points"]
    if outcome["canaries"]:
        return "harm done"
    if outcome["told"]:
        return REPEATED
    if str(outcome["error"]).startswith("no end"):
        return "does not end"
    if case.status != "graded":
        told = outcome["error"] and not any((points or {}).values())
        return AS_REQUIRED if told or (case.status == "not-submitted" and points is None) else "silent 0"
    if outcome["error"] or points is None:
        return "not graded"
    return _compared(points, case)


def _compared(points: Mapping[str, float], case: Case) -> str:
    wanted = promised(case)
    judged = _ONE_AFTER_THE_OTHER.get(case.name, wanted)
    if any(points.get(name, 0) > wanted[name] for name in judged):
        return "undue marks"
    return AS_REQUIRED if all(points.get(name, 0) >= wanted[name] for name in wanted) else "marks lost"


def table(outcomes: list[Outcome]) -> list[dict[str, object]]:
    """A line for each row: what it is, and how many cases come out as required in each grader, else how."""
    lines: list[dict[str, object]] = []
    for number, row in ROWS.items():
        mine = [outcome for outcome in outcomes if outcome.row == number]
        line: dict[str, object] = {"row": number, **asdict(row), "cases": len(mine)}
        for who in ("ours", "plain"):
            found = Counter(getattr(outcome, who) for outcome in mine)
            line[who] = {"as_required": found.pop(AS_REQUIRED, 0), "else": dict(sorted(found.items()))}
        lines.append(line)
    return lines


def _page(root: Path, student: str) -> str:
    path = root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> None:
    """Run both, print what differs from what is required, and write the record."""
    with tempfile.TemporaryDirectory() as folder:
        results = graded_by_us(Path(folder))
        pages = {case.name: _page(Path(folder), case.name) for case in CASES}
        canaries = {path.name for path in Path(folder).rglob("*canary*")}
    with tempfile.TemporaryDirectory() as folder:
        others = graded_by_nbgrader(Path(folder))
    outcomes = [
        Outcome(
            case.row,
            case.name,
            ours(case, results[case.name], pages[case.name]),
            plain(case, others[case.name]),
        )
        for case in CASES
    ]
    if canaries:
        raise SystemExit(f"an attack left {sorted(canaries)}")
    for outcome in outcomes:
        print(f"{outcome.row:3} {outcome.case:38} {outcome.ours:22} {outcome.plain}")
    content = {"machine": asdict(machine()), "rows": table(outcomes), "cases": [asdict(each) for each in outcomes]}
    write_atomically(RECORD, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    for who in ("ours", "plain"):
        print(f"{who}: {sum(getattr(each, who) == AS_REQUIRED for each in outcomes)} of {len(outcomes)} as required")


if __name__ == "__main__":
    main()
