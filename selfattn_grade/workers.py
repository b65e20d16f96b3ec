"""Grading several submissions at a time, in processes; a process that dies is replaced and its work done again."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_end

from selfattn_grade.grading import Job, grade
from selfattn_grade.result import Result

__all__ = ["graded"]

_TRIES = 3
_ALIVE_SECONDS = 1.0


def graded(
    jobs: Iterable[Job],
    workers: int,
    *,
    work: Callable[[Job], Result] = grade,
    alive: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """The results of all jobs, in the order in which they are ready.

    Args:
        jobs: what to grade; taken one by one, so that a large class needs no more memory than a small one.
        workers: how many at a time.
        work: what a worker does with a job.
        alive: called once a second while nothing is ready.
    """
    waiting: deque[tuple[Job, int]] = deque()
    source = iter(jobs)
    pool = _pool(workers)
    running: dict[Future[Result], tuple[Job, int]] = {}
    try:
        while True:
            while len(running) < (1 if _suspects(running, waiting) else 2 * workers):
                entry = waiting.popleft() if waiting else _next(source)
                if entry is None:
                    break
                try:
                    running[pool.submit(work, entry[0])] = entry
                except BrokenProcessPool:  # while it was idle; what runs, if anything, tells below
                    waiting.appendleft(entry)
                    if not running:
                        pool = _pool(workers)
                    break
            if not running and waiting:
                continue
            if not running:
                return
            done, _ = wait(running, timeout=_ALIVE_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                alive()
                continue
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                yield from _survivors(running, waiting)
                running = {}
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(workers)
                continue
            for future in done:
                job, _ = running.pop(future)
                error = future.exception()
                yield future.result() if error is None else _failed(job, f"{type(error).__name__}: {error}")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _suspects(running: dict[Future[Result], tuple[Job, int]], waiting: deque[tuple[Job, int]]) -> bool:
    """Whether a job is left that ran when a worker died: it runs alone then, so that it alone is blamed."""
    return any(tries > 1 for _, tries in (*running.values(), *waiting))


def _next(source: Iterator[Job]) -> tuple[Job, int] | None:
    job = next(source, None)
    return None if job is None else (job, 1)


def _survivors(running: dict[Future[Result], tuple[Job, int]], waiting: deque[tuple[Job, int]]) -> Iterator[Result]:
    """After a worker died: what was finished, and what was tried too often; the rest waits again."""
    for future, (job, tries) in running.items():
        if future.done() and future.exception() is None:
            yield future.result()
        elif tries >= _TRIES:
            yield _failed(job, f"the worker died {tries} times")
        else:
            waiting.append((job, tries + 1))


def _failed(job: Job, trouble: str) -> Result:
    code, tests, seed, sandbox = job.key
    flags = (*job.flags, ("grader-error", trouble[:500]))
    return Result(job.student, job.assignment, "grader-error", flags, (), sandbox, code, tests, seed)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # nothing of this process, its open files included
    return ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent)


def end_with_parent() -> None:
    """Let this worker end when the process that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait_for_end([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
