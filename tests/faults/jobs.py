"""Jobs for workers that fail in a way and a number of times; imports next to nothing."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from benchsuite.errors import BadData, OutOfMemory
from benchsuite.runs.batches import say_batch


@dataclass(frozen=True)
class Job:
    """Fails as `how` says in its first `times` tries, which leave marks in `folder`."""

    name: str
    folder: Path
    how: str = ""
    times: int = 1

    def __str__(self) -> str:
        return self.name


held: list[int] = []
"""What this process has not given back."""


def work(job: Job) -> None:
    """Do a job: leave a file of its name."""
    say_batch("batch 0")
    mark(job, "begun")
    held.append(1)
    if job.how == "leaks" and len(held) > 2:
        raise OutOfMemory("batch 0: not enough memory")
    if len(marks(job, "begun")) <= job.times:
        fail(job.how)
    mark(job, "done")
    if job.how == "alone":
        time.sleep(0.2)


def fail(how: str) -> None:
    """Do what `how` says."""
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how in ("exit", "alone"):
        os._exit(3)
    if how == "hang":
        time.sleep(600)
    if how == "memory":
        raise OutOfMemory("batch 0: not enough memory")
    if how == "data":
        raise BadData("batch 0: no")
    if how == "bug":
        raise KeyError(object())


def mark(job: Job, what: str) -> None:
    """Leave a mark that other processes see."""
    (job.folder / f"{job.name}.{what}.{time.time_ns()}.{os.getpid()}").touch()


def marks(job: Job, what: str) -> list[Path]:
    """The marks of a job."""
    return sorted(job.folder.glob(f"{job.name}.{what}.*"))
