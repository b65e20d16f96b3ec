"""How fast does a check answer? `make bench` prints it; no test depends on it.

Each exercise is checked three times as a learner would meet it: right, wrong in one way, and wrong in a way that
no single mistake explains, so that every pair is replayed (the slowest path). The last column is the ratio to the
right answer of the same run.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

import numpy as np
from tqdm import tqdm

from selfattn_check import EXERCISES, check
from tests.kill_matrix import specimens

REPEATS = 7


def seconds(exercise_id: str, attempt: object) -> float:
    """Median of some checks, after one to warm up."""
    times = [check(exercise_id, attempt, show=False).seconds for _ in range(REPEATS + 1)]
    return statistics.median(times[1:])


def slowest(exercise_id: str) -> tuple[float, float, float]:
    """Right, the slowest known mistake, and an answer that nothing explains."""
    mine = [specimen for specimen in specimens() if specimen.exercise_id == exercise_id]
    right = seconds(exercise_id, next(specimen.attempt for specimen in mine if not specimen.codes))
    ready_made = [s for s in mine if s.codes and "ready-made" not in s.codes]
    known = max(check(exercise_id, specimen.attempt, show=False).seconds for specimen in ready_made)
    return right, known, seconds(exercise_id, _unexplained(exercise_id))


def _unexplained(exercise_id: str) -> object:
    """The reference with every number a little off: right type and shape, no known mistake."""
    reference = EXERCISES[exercise_id].replay()

    def attempt(*arguments: object) -> object:
        return _off(reference(*arguments))

    return attempt


def _off(result: object) -> object:
    if isinstance(result, tuple):
        return tuple(_off(part) for part in result)
    if isinstance(result, dict):
        return {name: _off(part) for name, part in result.items()}
    array = np.asarray(result)
    return (
        ~array
        if array.dtype == bool
        else array + np.linspace(0.1, 0.2, array.size, dtype=array.dtype).reshape(array.shape)
    )


def import_seconds(module: str) -> float:
    """Time of `import module` in a fresh interpreter, without its start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Print the table."""
    print(
        f"import numpy {import_seconds('numpy'):.3f} s, import selfattn_check {import_seconds('selfattn_check'):.3f} s"
    )
    print(f"{'seconds a check':32}{'right':>10}{'known':>10}{'unknown':>10}{'unknown/right':>16}")
    for exercise_id in tqdm(EXERCISES, leave=False):
        right, known, unknown = slowest(exercise_id)
        tqdm.write(f"{exercise_id:32}{right:10.3f}{known:10.3f}{unknown:10.3f}{unknown / right:16.1f}")


if __name__ == "__main__":
    main()
