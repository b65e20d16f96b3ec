"""The command line: python -m selfattn_grade release | demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from selfattn_grade.release import assignments, release

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="python -m selfattn_grade", description=__doc__)
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True)
    releasing = commands.add_parser("release", help="generate the released notebooks from solutions/")
    releasing.add_argument("assignment", nargs="*", help="such as 03a-attention (default: all)")
    commands.add_parser("demo", help="grade a class of five submissions with plain nbgrader")
    chosen = parser.parse_args(arguments)
    root = chosen.course.resolve()
    if not assignments(root):
        print(f"{root} must be the course's folder: it has no solutions/<assignment>/<assignment>.py", file=sys.stderr)
        return 2
    if chosen.command == "release":
        return _release(root, chosen.assignment)
    from selfattn_grade.demo import demo  # noqa: PLC0415 — a release needs nothing of it

    return demo(root)


def _release(root: Path, names: list[str]) -> int:
    try:
        for path in release(root, names):
            print(path.relative_to(root))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
