"""Measure, print, and write the file that the book's page of benchmarks reads."""

from __future__ import annotations

import os

from selfattn_grade.atomic_write import write_atomically
from selfattn_ref.figures import fitted_slope
from tests.bench import attention_costs, check_times
from tests.bench.record import (
    BLOCK_SIZE,
    DTYPE,
    FORMS,
    HEAD_DIM,
    RECORD,
    THREADS,
    WINDOW,
    Case,
    CheckTime,
    Record,
    Settings,
    as_text,
    machine,
)

MIB = 2**20


def attention_table(record: Record) -> str:
    """Time, ratio and peak memory of every form; a case that would not fit says what it would need."""
    lines = [f"{'n':>7} {'form':10}{'seconds':>12}{'blockwise / this':>18}{'peak MiB':>12}"]
    lines += [_line(case) for case in sorted(record.cases, key=lambda case: (case.n, FORMS.index(case.form)))]
    peaks = [case.peak_bytes or 0 for case in record.column("blockwise")]
    lines.append(
        f"peak memory of blockwise attention grows with n to the power {fitted_slope(record.lengths, peaks):.2f}"
    )
    return "\n".join(lines)


def _line(case: Case) -> str:
    if case.needed_bytes is not None:
        return f"{case.n:7} {case.form:10}would need {case.needed_bytes / 2**30:.1f} GiB"
    return f"{case.n:7} {case.form:10}{case.seconds:12.4f}{case.ratio:18.2f}{(case.peak_bytes or 0) / MIB:12.1f}"


def check_table(checks: tuple[CheckTime, ...]) -> str:
    """Seconds of every exercise's check; the last column is the ratio to the right answer of the same run."""
    lines = [f"{'seconds a check':32}{'right':>10}{'known':>10}{'unknown':>10}{'unknown/right':>16}"]
    for one in checks:
        ratio = one.unknown / one.right
        lines.append(f"{one.exercise:32}{one.right:10.3f}{one.known:10.3f}{one.unknown:10.3f}{ratio:16.1f}")
    return "\n".join(lines)


def main() -> None:
    """Write the file last, so that an interrupted run leaves the old one."""
    imports = {module: check_times.import_seconds(module) for module in ("numpy", "selfattn_check")}
    print(", ".join(f"import {module} {seconds:.3f} s" for module, seconds in imports.items()))
    settings = Settings(HEAD_DIM, DTYPE, BLOCK_SIZE, WINDOW, THREADS)
    cases = tuple(attention_costs.measure())
    record = Record(machine(), settings, cases, tuple(check_times.measure()))
    print(attention_table(record), check_table(record.checks), sep="\n\n")
    write_atomically(RECORD, as_text(record))
    print(f"\nwritten to {os.path.relpath(RECORD)}; the page book/benchmarks.md shows it")


if __name__ == "__main__":
    main()
