"""Random numbers of PyTorch that repeat, and leave the session's own alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, threads: int = 2) -> Iterator[None]:
    """Torch's random numbers from a seed, and few threads: for small matrices more of them cost more than they save.

    Afterwards the session's own random state and number of threads are back.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(min(threads, before))
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)
