"""How fast does a check answer?

Each exercise is checked three times as a learner would meet it: right, wrong in one way, and wrong in a way that
no single mistake explains, so that every pair is replayed (the slowest path).
"""

from __future__ import annotations

import inspect
import math
import statistics
import subprocess
import sys
from typing import Any

import numpy as np
from tqdm import tqdm

from selfattn_check import EXERCISES, check
from selfattn_check.checking import examine
from selfattn_check.tensors import is_module, is_tensor
from tests.bench.record import CheckTime
from tests.kill_matrix import specimens

REPEATS = 5


def measure() -> list[CheckTime]:
    """Time the checks of every exercise."""
    return [_measured(exercise_id) for exercise_id in tqdm(EXERCISES, desc="checks", unit="exercise")]


def import_seconds(module: str) -> float:
    """Time of `import module` in a fresh interpreter, without its start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


def _measured(exercise_id: str) -> CheckTime:
    mine = [specimen for specimen in specimens() if specimen.exercise_id == exercise_id]
    right = _seconds(exercise_id, next(specimen.attempt for specimen in mine if not specimen.codes))
    wrong = [specimen.attempt for specimen in mine if specimen.codes and "ready-made" not in specimen.codes]
    known = max(check(exercise_id, attempt, show=False).seconds for attempt in wrong)
    return CheckTime(exercise_id, right, known, _seconds(exercise_id, _unexplained(exercise_id)))


def _seconds(exercise_id: str, attempt: object) -> float:
    """Median of some checks, after one to warm up."""
    times = [examine(EXERCISES[exercise_id], attempt).seconds for _ in range(REPEATS + 1)]
    return statistics.median(times[1:])


def _unexplained(exercise_id: str) -> object:
    """The reference with every number a little off: right type and shape, no known mistake."""
    reference: Any = EXERCISES[exercise_id].replay()
    if inspect.isclass(reference):
        method = "forward" if is_module(reference) else "__getitem__"
        right = getattr(reference, method)
        return type(exercise_id, (reference,), {method: lambda *arguments: _off(right(*arguments))})

    def attempt(*arguments: object) -> object:
        return _off(reference(*arguments))

    return attempt


def _off(result: Any) -> object:
    if result is None:
        return 1
    if isinstance(result, tuple):
        return tuple(_off(part) for part in result)
    if isinstance(result, list):
        return [_off(part) for part in result]
    if isinstance(result, dict):
        return {name: _off(part) for name, part in result.items()}
    if isinstance(result, int):
        return result + 1
    if is_tensor(result) and result.is_floating_point():
        return result + result.new_tensor(_small(result.shape))
    array = result if is_tensor(result) else np.asarray(result)
    if str(array.dtype).endswith("bool"):
        return ~array
    return array + 1 if "int" in str(array.dtype) else array + _small(array.shape).astype(array.dtype)


def _small(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers between 0.1 and 0.2, all different."""
    return np.linspace(0.1, 0.2, math.prod(shape)).reshape(shape)
