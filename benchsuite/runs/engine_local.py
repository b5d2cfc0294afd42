"""The local engine: jobs in this process, or in a pool of worker processes on this machine."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any

from benchsuite.runs.engine import died
from benchsuite.runs.pace import peak_memory


@dataclass(frozen=True)
class Local:
    """`workers` processes; with one, this process itself.

    prefetch: processes beside a single worker's model, which decode, alter and measure for it.
    """

    workers: int = 1
    prefetch: int = 0

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[None]:
        """Run `work` on each job."""
        if self.workers <= 1 or len(jobs) <= 1:
            for job in jobs:
                work(job)
                yield
        else:
            yield from self._pool(work, jobs)

    def peak_memory(self) -> int | None:
        """Bytes that this process and the workers had at most; None where nobody counts them."""
        return peak_memory(self.workers)

    def _pool(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[None]:
        # Spawned, not forked: a forked torch or BLAS can hang.
        pool = ProcessPoolExecutor(
            min(self.workers, len(jobs)), get_context("spawn"), begin_worker, (work,)
        )
        submitted = {pool.submit(in_worker, job): job for job in jobs}
        try:
            for future in as_completed(submitted):
                yield future.result()
        except BrokenProcessPool as error:
            left = [job for future, job in submitted.items() if not _succeeded(future)]
            raise died(left[0]) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _succeeded(future: "Future[None]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


_mine: list[Callable[[Any], Any]] = []
"""What this worker process does with a job. It is sent once, because it holds the dataset."""


def begin_worker(work: Callable[[Any], Any]) -> None:
    """Make this process one that does `work`."""
    # The parent answers Ctrl-C; a worker whose parent was killed must not live on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _mine.append(work)


def in_worker(job: Any) -> Any:
    """What this process does with a job."""
    return _mine[0](job)


def _die_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
