"""Time and peak memory of the forms of attention, each measurement in a fresh process."""

from __future__ import annotations

import json
import math
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.bench.memory import EXACT_ALLOCATION, free_bytes
from tests.bench.record import FORMS, LENGTHS, THREADS, Case

ROOT = Path(__file__).parents[2]
ONE_THREAD_POOL = {f"{library}_NUM_THREADS": str(THREADS) for library in ("OMP", "OPENBLAS", "MKL")}


class TooLargeError(Exception):
    """The system ended a measurement for want of memory."""


def measure(lengths: Sequence[int] = LENGTHS) -> list[Case]:
    """Measure every form at every length, the lengths rising."""
    cases: list[Case] = []
    with tqdm(total=len(lengths) * (len(FORMS) + 1), desc="attention", unit="run") as progress:
        for n in lengths:
            peaks, needed = {}, {}
            for form in FORMS:
                progress.set_postfix_str(f"memory of {form}, n = {n}")
                needed[form] = expected_peak(form, n, cases)
                peaks[form] = measured_peak(form, n, needed[form])
                progress.update()
            if peaks["blockwise"] is None:
                sys.exit(
                    f"blockwise attention over {n} tokens needs about {needed['blockwise']} bytes: too little memory"
                )
            progress.set_postfix_str(f"time, n = {n}")
            taken = run("time", n, *(form for form in FORMS if peaks[form] is not None))
            progress.update()
            cases += [case(n, form, peaks[form], needed[form], taken) for form in FORMS]
    return cases


def expected_peak(form: str, n: int, cases: Iterable[Case]) -> int:
    """At most: no form takes more than n², so twice the length takes at most four times the memory."""
    shorter = [(case.n, case.peak_bytes or case.needed_bytes or 0) for case in cases if case.form == form]
    return max((math.ceil(peak * (n / known) ** 2) for known, peak in shorter[-1:]), default=0)


def measured_peak(form: str, n: int, needed: int) -> int | None:
    """Bytes, or None where there is not as much to be had."""
    free = free_bytes()
    if free is not None and needed > free:
        return None
    try:
        return run("memory", form, n)
    except TooLargeError:
        return None


def case(n: int, form: str, peak: int | None, needed: int, taken: dict[str, list[float]]) -> Case:
    """The medians; the ratio is taken within every repetition first, so that a slow moment counts for both."""
    if peak is None:
        return Case(n, form, None, None, None, needed)
    ratios = [first / this for first, this in zip(taken["blockwise"], taken[form], strict=True)]
    return Case(n, form, peak, statistics.median(taken[form]), statistics.median(ratios), None)


def run(*arguments: object) -> Any:
    """Start `tests.bench.worker` and read what it prints."""
    environment = os.environ | ONE_THREAD_POOL | (EXACT_ALLOCATION if arguments[0] == "memory" else {})
    command = [sys.executable, "-m", "tests.bench.worker", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == -signal.SIGKILL:
        raise TooLargeError(*arguments)
    done.check_returncode()
    return json.loads(done.stdout)
