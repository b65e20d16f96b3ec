"""The command line: python -m selfattn_grade release | run | status | demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="python -m selfattn_grade", description=__doc__)
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True)
    releasing = commands.add_parser("release", help="generate the released notebooks from solutions/")
    releasing.add_argument("assignment", nargs="*", help="such as 03a-attention (default: all)")
    commands.add_parser("demo", help="grade a class of five submissions with plain nbgrader")
    running = commands.add_parser("run", help="grade all submissions of an assignment, in a sandbox")
    running.add_argument("assignment", help="such as 03a-attention, in submitted/<student>/<assignment>/")
    running.add_argument("--workers", type=int, default=0, help="how many at a time (default: one on each core)")
    running.add_argument("--unsafe", action="store_true", help="no sandbox: learners' code gets your rights")
    status = commands.add_parser("status", help="the table of the last run")
    status.add_argument("assignment")
    chosen = parser.parse_args(arguments)
    # For a check of addresses, of which notebooks have none, jsonschema would take a second to import it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from selfattn_grade.release import assignments  # noqa: PLC0415 — workers import this module, and need nothing of it

    root = chosen.course.resolve()
    if not assignments(root):
        print(f"{root} must be the course's folder: it has no solutions/<assignment>/<assignment>.py", file=sys.stderr)
        return 2
    if chosen.command == "release":
        return _release(root, chosen.assignment)
    if chosen.command == "run":
        return _run(root, chosen.assignment, chosen.workers, unsafe=chosen.unsafe)
    if chosen.command == "status":
        return _status(root, chosen.assignment)
    from selfattn_grade.demo import demo  # noqa: PLC0415

    return demo(root)


def _release(root: Path, names: list[str]) -> int:
    from selfattn_grade.release import release  # noqa: PLC0415

    try:
        for path in release(root, names):
            print(path.relative_to(root))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(root: Path, assignment: str, workers: int, *, unsafe: bool) -> int:
    from selfattn_grade.bubblewrap import SandboxUnavailable  # noqa: PLC0415
    from selfattn_grade.class_run import run  # noqa: PLC0415
    from selfattn_grade.job_store import StoreInUse  # noqa: PLC0415

    try:
        return run(root, assignment, workers=workers, sandboxed=not unsafe)
    except (SandboxUnavailable, StoreInUse, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _status(root: Path, assignment: str) -> int:
    from selfattn_grade.class_run import ClassRun  # noqa: PLC0415
    from selfattn_grade.overview import as_table, summary  # noqa: PLC0415

    try:
        results = ClassRun(root, assignment).latest()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{as_table(results)}\n\n{summary(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
