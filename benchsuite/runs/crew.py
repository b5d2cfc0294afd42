"""Worker processes of this machine, each with one job at a time.

A worker that is lost costs its job another try in a new process, and nothing else. It is lost when
it dies, when a batch takes too long, or when it has no memory left. A job that lost a worker waits
behind all others, and its last try has the machine for itself.
"""

import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final

from benchsuite.errors import BadData, BenchsuiteError, OutOfMemory, placed
from benchsuite.runs.batches import watched

TRIES: Final = 3
"""How often a job is begun. One that is lost each time ends the run with its name."""
LOOK_SECONDS: Final = 1.0
"""How often workers are looked at: a process that one of them started may keep its line open."""
GRACE_SECONDS: Final = 10.0
"""What workers get for their own end when there are no more jobs."""


class _Lost(Exception):
    """A worker is lost; the text says how."""


@dataclass
class _Job:
    """A job, and how the workers that tried it were lost."""

    job: Any
    lost: list[str] = field(default_factory=list)

    @property
    def last(self) -> bool:
        """Whether its next try is the last one."""
        return len(self.lost) == TRIES - 1


@dataclass(frozen=True)
class _Said:
    """What a worker says: that it begins, or begins a batch; that a job is done, or has failed."""

    batch: str = ""
    done: bool = False
    error: BaseException | None = None


@dataclass
class _Worker:
    """A process, the line to it, its job, and its batch with its start on the monotonic clock."""

    process: BaseProcess
    line: "Connection[Any, Any]"
    at: _Job
    began: bool = False
    batch: str = ""
    since: float = 0.0

    def take(self, job: _Job) -> None:
        """Send it a job; that it has died is seen when it is listened to."""
        self.at, self.batch = job, ""
        with suppress(OSError):
            self.line.send(job.job)

    def has_finished(self, timeout: float) -> bool:
        """Hear what it says, if anything. Raises what its job raised, and _Lost."""
        lives = self.process.is_alive()  # asked first: last words are said before the end
        if self.line.poll():
            try:
                said: _Said = self.line.recv()
            except (EOFError, OSError):
                raise _Lost(self._how()) from None
            return self._understood(said)
        if not lives:
            raise _Lost(self._how())
        if self.batch and 0 < timeout < time.monotonic() - self.since:
            raise _Lost(f"gave no predictions within engine.timeout={timeout:g} seconds")
        return False

    def _understood(self, said: _Said) -> bool:
        if isinstance(said.error, OutOfMemory) and not self.at.last:
            raise _Lost("had not enough memory")
        if said.error is not None:
            raise said.error
        self.began, self.batch, self.since = True, said.batch, time.monotonic()
        return said.done

    def _how(self) -> str:
        """How the process ended. Raises BadData where it could not even begin."""
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            name = signal.Signals(-code).name
            of_memory = ", perhaps by the system for want of memory" if name == "SIGKILL" else ""
            return f"was killed by {name}{of_memory}"
        if not self.began:
            raise BadData(
                f"a worker process ended with code {code} before it began: its messages stand "
                "above; a script that asks for workers needs `if __name__ == '__main__':`, and "
                "its model must stand in a module"
            )
        return f"ended with code {code}"

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.line.close()


@dataclass
class Crew:
    """At most `most` processes that do `work` on jobs; `timeout` seconds a batch, or 0."""

    work: Callable[[Any], None]
    most: int
    timeout: float = 0.0
    _idle: list[_Worker] = field(default_factory=list)
    _busy: list[_Worker] = field(default_factory=list)
    _queue: deque[_Job] = field(default_factory=deque)

    def map(self, jobs: Sequence[Any]) -> Iterator[str]:
        """Do the jobs, in any order. Yields for each that is done how it lost workers, or "".

        Raises what `work` raises, and BadData or OutOfMemory for a job that is lost in each try.
        """
        self._queue.extend(_Job(job) for job in jobs)
        try:
            while self._queue or self._busy:
                self._hand_out()
                for worker in [*self._busy]:
                    if self._has_finished(worker):
                        yield "; ".join(worker.at.lost)
            self._dismiss()
        finally:
            for worker in [*self._busy, *self._idle]:
                worker.end()

    def _hand_out(self) -> None:
        """Give jobs to workers, then wait until one of them says something."""
        while self._queue and self._has_room():
            job = self._queue.popleft()
            if job.lost:  # a new process does it, and none that is idle holds memory meanwhile
                self._dismiss()
            worker = self._idle.pop() if self._idle else _started(self.work, job)
            self._busy.append(worker)
            worker.take(job)
        wait([one.line for one in self._busy], min(LOOK_SECONDS, self.timeout or LOOK_SECONDS))

    def _has_room(self) -> bool:
        alone = self._queue[0].last or any(worker.at.last for worker in self._busy)
        return not self._busy or (len(self._busy) < self.most and not alone)

    def _has_finished(self, worker: _Worker) -> bool:
        try:
            finished = worker.has_finished(self.timeout)
        except _Lost as how:
            self._busy.remove(worker)
            worker.end()
            self._queue.append(_lost(worker, str(how)))
            return False
        if finished:
            self._busy.remove(worker)
            self._idle.append(worker)
        return finished

    def _dismiss(self) -> None:
        """Let idle workers end by themselves, so that what they hold is closed."""
        for worker in self._idle:
            worker.line.close()
        while self._idle:
            worker = self._idle.pop()
            worker.process.join(GRACE_SECONDS)
            worker.end()


def _lost(worker: _Worker, how: str) -> _Job:
    """The job of a lost worker, for its next try. Raises BadData if that was the last one."""
    job, batch = worker.at, f", {worker.batch}" if worker.batch else ""
    if job.last:
        raise BadData(
            f"{job.job}{batch}: the worker process {how}, as in {TRIES} tries; what is finished is "
            "kept, and the same command continues"
        )
    job.lost.append(f"{job.job}{batch}: the worker process {how}; the unit was tried again")
    return job


def _started(work: Callable[[Any], None], job: _Job) -> _Worker:
    # Spawned, not forked: a forked torch or BLAS can hang.
    context = get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work))
    process.start()
    theirs.close()
    return _Worker(process, line, job)


def _serve(line: "Connection[Any, Any]", work: Callable[[Any], None]) -> None:
    """Do the jobs that come in, one after another. It is sent `work` once: that has the dataset."""
    begin_worker()
    line.send(_Said())
    # Nobody is there any more to give jobs, or to hear of one.
    with watched(lambda batch: line.send(_Said(batch))), suppress(EOFError, OSError):
        while True:
            line.send(_Said(done=True, error=_error_of(work, line.recv())))


def _error_of(work: Callable[[Any], None], job: Any) -> BaseException | None:
    """What a job raises, as an error that another process can build again; None for nothing."""
    try:
        work(job)
    except (BenchsuiteError, ImportError, MemoryError) as error:
        return error
    except BaseException as error:  # a bug of ours: code of others is `of_others`
        told = RuntimeError(placed(error))
        told.add_note(traceback.format_exc())
        return told
    return None


def begin_worker() -> None:
    """Make this process one that works for its parent, for as long as that lives."""
    # The parent answers Ctrl-C; a worker whose parent was killed must not live on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        threading.Thread(target=_die_with, args=(parent,), daemon=True).start()


def _die_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
