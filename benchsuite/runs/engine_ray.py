"""The Ray engine: jobs in actors of a cluster, which is there already or is started here.

Ray places the actors, starts a dead one again, and gives it its job anew. What remains to be done
here is to hand out one job at a time to each actor that is ready, so that none waits in a queue.
"""

import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchsuite.errors import NotAvailable, WrongCall, flat, needing
from benchsuite.runs.batches import limited
from benchsuite.runs.engine import died

RETRIES: Final = 2
"""How often a job is begun again whose actor died."""
PATIENCE: Final = 600.0
"""Seconds in which a cluster has to make room for the first actor. A new machine takes minutes."""


@dataclass(frozen=True)
class Ray:
    """Actors on a cluster. Each holds the model, and runs one job at a time.

    workers     actors at most; 0: as many as the cluster has room for
    cpus, gpus  what each of them takes; a half lets two share one
    address     of the cluster, as `ray.init` reads it. Empty: that of $RAY_ADDRESS, or of the
                cluster that runs on this machine, or of one that is started for this process.
    timeout     seconds for a batch; an actor that takes longer ends. 0 for no limit.
    """

    workers: int = 0
    cpus: float = 1.0
    gpus: float = 0.0
    address: str = ""
    timeout: float = 0.0

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[str]:
        """Run `work` on each job.

        `work` goes to each machine once, and its actors share the arrays in it. Raises NotAvailable
        where Ray is not installed, the cluster cannot be reached, or it has no room.
        """
        if not jobs:
            return
        with needing("engine ray", "benchsuite[ray]"):
            import ray
        _connect(self.address)
        make = ray.remote(_Actor).options(**self._options())
        actors = [make.remote() for _ in range(min(self.workers or self._room(), len(jobs)))]
        task = _Task((ray.put(work),), str(Path.cwd()), tuple(sys.path), self.timeout)
        try:
            yield from self._handed_out(actors, task, deque(jobs))
        except BaseException:
            for actor in actors:
                ray.kill(actor)  # Ray would let it finish its job
            raise

    def peak_memory(self) -> int | None:
        """None: the actors are processes of the cluster, which nobody counts."""
        return None

    def _options(self) -> dict[str, Any]:
        for key, value in (("cpus", self.cpus), ("gpus", self.gpus)):
            if value > 1 and value != int(value):
                raise WrongCall(f"engine.{key}: expected a part of one, or a whole number of them, "
                                f"found {value}")  # fmt: skip
        return {
            "num_cpus": self.cpus,
            "num_gpus": self.gpus,
            "max_restarts": -1,
            "max_task_retries": RETRIES,
        }

    def _room(self) -> int:
        """How many actors fit into the cluster as it is now; one may come with a new machine."""
        import ray

        there = ray.cluster_resources()
        asked = {"CPU": self.cpus, "GPU": self.gpus}
        parts = [there.get(key, 0) / part for key, part in asked.items() if part]
        return max(1, int(min(parts, default=1)))

    def _handed_out(self, actors: Sequence[Any], task: "_Task", left: deque[Any]) -> Iterator[str]:
        """Yield per finished job. An actor gets its first when it is ready: it may never be."""
        import ray

        busy = {actor.ready.remote(task): (actor, None) for actor in actors}
        unfinished, begun = len(left), False
        while unfinished:
            done, _ = ray.wait([*busy], timeout=None if begun else PATIENCE)
            if not done:
                raise NotAvailable(self._full())
            begun = True
            actor, job = busy.pop(done[0])
            _result(done[0], job or "the first unit")
            if left:
                following = left.popleft()
                busy[actor.do.remote(task, following)] = (actor, following)
            if job is not None:
                unfinished -= 1
                yield ""

    def _full(self) -> str:
        import ray

        free = {key: ray.available_resources().get(key, 0.0) for key in ("CPU", "GPU")}
        return (
            f"engine ray: no room for a worker within {PATIENCE:.0f} s: expected engine.cpus="
            f"{self.cpus:g} and engine.gpus={self.gpus:g}, found {free['CPU']:g} and "
            f"{free['GPU']:g} free"
        )


@dataclass(frozen=True)
class _Task:
    """The work of all jobs, by reference; the folder, path of imports and limit of the call."""

    held: tuple[Any]
    folder: str
    path: tuple[str, ...]
    timeout: float

    def work(self) -> Callable[[Any], None]:
        """What is done with a job."""
        import ray

        try:
            os.chdir(self.folder)
        except OSError as error:
            raise NotAvailable(
                f"engine ray: a machine of the cluster does not have the folder {self.folder}; "
                "start the run in one that all of them share"
            ) from error
        sys.path += [place for place in self.path if place not in sys.path]
        made: Callable[[Any], None] = ray.get(self.held[0])
        return made


class _Actor:
    """What lives on the cluster, and holds the model. One that Ray starts again gets it anew."""

    def __init__(self) -> None:
        self._work: Callable[[Any], None] | None = None

    def ready(self, task: _Task) -> None:
        """Have everything that a job needs."""
        self._work = self._work or task.work()

    def do(self, task: _Task, job: Any) -> None:
        """Run a job."""
        self._work = self._work or task.work()
        with limited(task.timeout):
            self._work(job)


def _connect(address: str) -> None:
    """Join the cluster, or start one. It lives until this process ends, or calls `ray.shutdown`."""
    import ray

    if ray.is_initialized():
        return
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
    try:
        ray.init(address=address or None, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise NotAvailable(f"engine ray: {address or 'no cluster'}: {flat(error)}") from error


def _result(reference: Any, job: Any) -> None:
    """Raise what the job raised, or that its actor died as often as it was begun."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        ray.get(reference)
    except RayTaskError as error:
        raise error.cause or error from error
    except RayError as error:
        raise died(job) from error
