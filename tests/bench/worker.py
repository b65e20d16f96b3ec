"""One measurement in a process of its own; prints JSON.

python -m tests.bench.worker memory FORM N      peak bytes
python -m tests.bench.worker time N FORM …      seconds of every repetition, by form
"""

from __future__ import annotations

import json
import sys
import time

import torch

from tests.bench.forms import forms, inputs
from tests.bench.memory import peak_bytes
from tests.bench.record import THREADS

WARM_UP = 64  # tokens of a first call, so that libraries have loaded and reserved what they keep


def memory(form: str, n: int) -> int:
    """Peak of one call."""
    forms(*inputs(WARM_UP))[form]()
    return peak_bytes(forms(*inputs(n))[form])


def seconds(n: int, names: list[str]) -> dict[str, list[float]]:
    """Interleaved: in every repetition each form runs once, and each repetition starts with another form."""
    work = forms(*inputs(n))
    taken: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        work[name]()
    for repetition in range(min(21, max(5, 2**16 // n))):
        start_with = repetition % len(names)
        for name in names[start_with:] + names[:start_with]:
            start = time.perf_counter()
            work[name]()
            taken[name].append(time.perf_counter() - start)
    return taken


def main(arguments: list[str]) -> None:
    """Do what the command line asks for."""
    torch.set_num_threads(THREADS)
    match arguments:
        case ["memory", form, n]:
            print(json.dumps(memory(form, int(n))))
        case ["time", n, *names]:
            print(json.dumps(seconds(int(n), names)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
