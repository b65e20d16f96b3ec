"""The command line: python -m selfattn_grade release | run | regrade | status | deadline | export | kit | demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all went well."""
    chosen = _parser().parse_args(arguments)
    # For a check of addresses, of which notebooks have none, jsonschema would take a second to import it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from selfattn_grade.release import assignments  # noqa: PLC0415 — workers import this module, and need nothing of it

    root = chosen.course.resolve()
    if not assignments(root):
        print(f"{root} must be the course's folder: it has no solutions/<assignment>/<assignment>.py", file=sys.stderr)
        return 2
    chosen.course = root
    try:
        return int(_COMMANDS[chosen.command](chosen))
    except _refusals() as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m selfattn_grade", description=__doc__)
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about)
        if name not in ("release", "demo", "kit"):
            made.add_argument("assignment", help="such as 03a-attention")
        return made

    command("release", "generate the released notebooks from solutions/").add_argument("assignment", nargs="*")
    command("demo", "grade a class of five submissions with plain nbgrader")
    for name, about in {
        "run": "grade all of submitted/<student>/<assignment>/, in a sandbox",
        "regrade": "grade again after a test was fixed, and show the difference",
    }.items():
        made = command(name, about)
        made.add_argument("--workers", type=int, default=0, help="how many at a time (default: one on each core)")
        made.add_argument("--scheduler", default="", help="address of a Dask cluster, tls://… or tcp://…")
        made.add_argument("--unsafe", action="store_true", help="no sandbox: learners' code gets your rights")
        if name == "regrade":
            made.add_argument("--all", action="store_true", help="also what was graded with these tests")
    command("status", "the table of the last run")
    deadline = command("deadline", "set the deadline, or a learner's extension; `run` then finds the penalties anew")
    deadline.add_argument("--due", default="", help='such as "2026-12-01 12:00 UTC"')
    deadline.add_argument("--student", default="", help="who gets an extension")
    deadline.add_argument("--hours", type=float, default=None, help="of the extension; 0 takes it back")
    export = command("export", "write the grades for another system")
    export.add_argument("--to", choices=("canvas", "moodle", "csv"), default="csv")
    export.add_argument("--output", type=Path, default=None, help="file (default: <assignment>.<to>.csv)")
    command("kit", "the notebooks and wheels that learners need, in _build/kit").add_argument("assignment", nargs="*")
    return parser


def _refusals() -> tuple[type[Exception], ...]:
    """Errors that are told in a line; asked for only when there is an error."""
    from selfattn_grade.bubblewrap import SandboxUnavailable  # noqa: PLC0415
    from selfattn_grade.cluster_key import NoKey  # noqa: PLC0415
    from selfattn_grade.job_store import StoreInUse  # noqa: PLC0415
    from selfattn_grade.workers import NoCluster  # noqa: PLC0415

    return ValueError, SandboxUnavailable, StoreInUse, NoCluster, NoKey


def _release(chosen: Any) -> int:
    from selfattn_grade.release import release  # noqa: PLC0415

    for path in release(chosen.course, chosen.assignment):
        print(path.relative_to(chosen.course))
    return 0


def _run(chosen: Any) -> int:
    from selfattn_grade.class_run import run  # noqa: PLC0415

    places = {"workers": chosen.workers, "scheduler": chosen.scheduler}
    return run(chosen.course, chosen.assignment, **places, sandboxed=not chosen.unsafe)


def _regrade(chosen: Any) -> int:
    from selfattn_grade.regrade import regrade  # noqa: PLC0415

    places = {"workers": chosen.workers, "scheduler": chosen.scheduler}
    return regrade(chosen.course, chosen.assignment, **places, sandboxed=not chosen.unsafe, everything=chosen.all)


def _status(chosen: Any) -> int:
    from selfattn_grade.class_run import ClassRun  # noqa: PLC0415
    from selfattn_grade.overview import as_table, summary  # noqa: PLC0415

    results = ClassRun(chosen.course, chosen.assignment).latest()
    print(f"{as_table(results)}\n\n{summary(results)}")
    return 0


def _deadline(chosen: Any) -> int:
    from selfattn_grade.deadlines import set_deadline  # noqa: PLC0415

    for line in set_deadline(chosen.course, chosen.assignment, chosen.due, chosen.student, chosen.hours):
        print(line)
    return 0


def _export(chosen: Any) -> int:
    from selfattn_grade.exports import export  # noqa: PLC0415

    path = chosen.output or Path(f"{chosen.assignment}.{chosen.to}.csv")
    for line in export(chosen.course, chosen.assignment, chosen.to, path):
        print(line)
    return 0


def _kit(chosen: Any) -> int:
    from selfattn_grade.kit import make_kit  # noqa: PLC0415

    print(make_kit(chosen.course, chosen.assignment))
    return 0


def _demo(chosen: Any) -> int:
    from selfattn_grade.demo import demo  # noqa: PLC0415

    return demo(chosen.course)


_COMMANDS = {
    "release": _release,
    "run": _run,
    "regrade": _regrade,
    "status": _status,
    "deadline": _deadline,
    "export": _export,
    "kit": _kit,
    "demo": _demo,
}

if __name__ == "__main__":
    sys.exit(main())
