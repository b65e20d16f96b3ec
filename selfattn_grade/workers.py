"""Grading several submissions at a time: Dask hands bytes to workers and brings bytes back.

The workers are processes of this machine, or those of a cluster. A worker that dies is replaced and its work done
again, at most three times; then that submission is a grader-error, which is no 0.
"""

from __future__ import annotations

import logging
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import dask
from dask.distributed import Client, Future, LocalCluster, wait
from distributed.scheduler import KilledWorker

from selfattn_grade.cluster_key import own_key
from selfattn_grade.grading import Job, grade
from selfattn_grade.result import Result, from_json, to_json

__all__ = ["Cluster", "NoCluster", "cluster", "graded"]

_ALIVE_SECONDS = 1.0
_RETRIES = 1  # after a worker died: once in company, then alone once more and again once, three in all
_START_SECONDS = 60
_PATIENCE = 120  # times that we look in vain for any worker


class NoCluster(RuntimeError):  # noqa: N818 — says what is the case
    """There is nobody to grade; the message says where we looked."""


class Cluster:
    """Workers that wait for work.

    Attributes:
        client: Dask's.
        workers: how many jobs run at a time.
    """

    def __init__(self, client: Client, workers: int) -> None:
        self.client = client
        self.workers = workers


@contextmanager
def cluster(workers: int = 1, scheduler: str = "", *, sandboxed: bool = True) -> Iterator[Cluster]:
    """Workers for the length of the block.

    Args:
        workers: processes on this machine, if there is no scheduler.
        scheduler: address of a running cluster, `tcp://…` or `tls://…`.
        sandboxed: False grades one at a time in this process. Dask's port takes Python objects from whoever holds
            the key, and code with your rights can read the key, so that no port is opened beside such code.

    Raises:
        NoCluster: there is no such scheduler, or it has no worker; or a scheduler is to be used without a sandbox.
    """
    if scheduler and not sandboxed:
        raise NoCluster("a cluster must grade in a sandbox: --scheduler and --unsafe do not go together")
    with _started(workers, scheduler, sandboxed=sandboxed) as client:
        yield Cluster(client, sum(client.nthreads().values()))


@contextmanager
def _started(workers: int, scheduler: str, *, sandboxed: bool) -> Iterator[Client]:
    if scheduler:
        try:
            with Client(scheduler, timeout=_START_SECONDS) as client:
                client.wait_for_workers(1, timeout=_START_SECONDS)
                yield client
        except (OSError, TimeoutError, ValueError) as error:
            raise NoCluster(f"no cluster with a worker at {scheduler} ({error})") from error
        return
    options: dict[str, Any] = {"threads_per_worker": 1, "silence_logs": logging.CRITICAL}
    # Every part of Dask starts a web server, by default for all the world: here for this machine, and with no pages.
    options |= dict.fromkeys(("dashboard_address", "worker_dashboard_address"), "127.0.0.1:0")
    settings = {
        "distributed.scheduler.allowed-failures": _RETRIES,
        "distributed.worker.daemon": False,  # a worker starts processes of its own
        "distributed.deploy.lost-worker-timeout": "1h",  # else one that is slow to come back is given up for good
        "distributed.admin.system-monitor.gil.enabled": False,
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(settings), ExitStack() as stack:
        if sandboxed:
            security = stack.enter_context(own_key())
            options |= {"n_workers": workers, "host": "127.0.0.1", "protocol": "tls://", "security": security}
        else:
            options |= {"n_workers": 1, "processes": False, "protocol": "inproc://"}
        local = stack.enter_context(LocalCluster(memory_limit=0, **options))
        yield stack.enter_context(Client(local))


def graded(
    jobs: Iterable[Job],
    on: Cluster,
    *,
    work: Callable[[Job], Result] = grade,
    alive: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """The results of all jobs, in the order in which they are ready.

    Args:
        jobs: what to grade; taken one by one, so that a large class needs no more memory than a small one.
        on: who does it.
        work: what a worker does with a job.
        alive: called once a second while nothing is ready.
    """
    source = iter(jobs)
    suspects: deque[Job] = deque()  # were with a worker that died: they go last, alone, so that only one is blamed
    running: dict[Future, Job] = {}
    exhausted = False
    while True:
        while not exhausted and len(running) < on.workers:
            job = next(source, None)
            exhausted = job is None
            if job is not None:
                running[_submit(on.client, work, job)] = job
        alone = not running and bool(suspects)
        if alone:
            job = suspects.popleft()
            running[_submit(on.client, work, job)] = job
        if not running:
            return
        for future in _ready(running, on.client, alive):
            job = running.pop(future)
            error = future.exception()
            if error is None:
                yield from_json(future.result().decode())
            elif isinstance(error, KilledWorker) and not alone:
                suspects.append(job)
            else:
                yield _failed(job, _trouble(error))
            future.release()


def _submit(client: Client, work: Callable[[Job], Result], job: Job) -> Future:
    return client.submit(_graded_bytes, work, pickle.dumps(job), pure=False)


def _graded_bytes(work: Callable[[Job], Result], job: bytes) -> bytes:
    return to_json(work(pickle.loads(job))).encode()


def _ready(running: dict[Future, Job], client: Client, alive: Callable[[], None]) -> list[Future]:
    """Those of the futures that are done; waits for the first."""
    without = 0
    while True:
        try:
            return list(wait(list(running), timeout=_ALIVE_SECONDS, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            alive()
            without = 0 if client.nthreads() else without + 1
            if without >= _PATIENCE:
                raise NoCluster(
                    f"for {_PATIENCE} s there has been no worker; run again, what is done is kept"
                ) from None


def _trouble(error: BaseException) -> str:
    if isinstance(error, KilledWorker):
        return "the worker died each time: the grading was tried again three times"
    return f"{type(error).__name__}: {error}"


def _failed(job: Job, trouble: str) -> Result:
    code, tests, seed, sandbox = job.key
    flags = (*job.flags, ("grader-error", trouble[:500]))
    return Result(job.student, job.assignment, "grader-error", flags, (), sandbox, code, tests, seed)
