"""The Ray engine: jobs in actors of a cluster, which is there already or is started here.

Ray places the actors, starts a dead one again, and gives it its job anew. What remains to be done
here is to hand out one job at a time to each actor that is ready, so that none waits in a queue.
"""

import logging
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchsuite.errors import NotAvailable, WrongCall, flat, needing
from benchsuite.runs.batches import limited
from benchsuite.runs.engine import died
from benchsuite.runs.pace import peak_memory

RETRIES: Final = 2
"""How often a job is begun again whose actor died."""
PATIENCE: Final = 600.0
"""Seconds in which a cluster has to make room for the first actor. A new machine takes minutes."""

ANSWER: Final = 10.0
"""Seconds in which a cluster has to answer."""


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
    _peaks: dict[int, int] = field(default_factory=dict, init=False, compare=False)

    @property
    def prefetch(self) -> int:
        """None: each actor has a model of its own."""
        return 0

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
        """Bytes that this process and the actors had at most; None where nobody counts them."""
        own = peak_memory(1)
        return None if own is None else own + sum(self._peaks.values())

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

        busy = {actor.ready.remote(task): (n, None) for n, actor in enumerate(actors)}
        unfinished, begun = len(left), False
        while unfinished:
            done, _ = ray.wait([*busy], timeout=None if begun else PATIENCE)
            if not done:
                raise NotAvailable(self._full())
            begun = True
            n, job = busy.pop(done[0])
            found = _result(done[0], job or "the first unit")
            if left:
                following = left.popleft()
                busy[actors[n].do.remote(task, following)] = (n, following)
            if found is not None:
                unfinished -= 1
                self._peaks[n] = max(self._peaks.get(n, 0), found.memory)
                yield found.cost

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


@dataclass(frozen=True)
class _Done:
    """What a finished job cost: how it lost a worker, and the bytes that its actor had at most."""

    cost: str
    memory: int


class _Actor:
    """What lives on the cluster, and holds the model. One that Ray starts again gets it anew."""

    def __init__(self) -> None:
        import ray

        self._work: Callable[[Any], None] | None = None
        # Ray starts it again for the job that it died of.
        self._died = bool(ray.get_runtime_context().was_current_actor_reconstructed)

    def ready(self, task: _Task) -> None:
        """Have everything that a job needs."""
        self._work = self._work or task.work()

    def do(self, task: _Task, job: Any) -> _Done:
        """Run a job."""
        self._work = self._work or task.work()
        with limited(task.timeout):
            self._work(job)
        cost = f"{job}: its worker process died; the unit was tried again" if self._died else ""
        self._died = False
        return _Done(cost, peak_memory(1) or 0)


def _connect(address: str) -> None:
    """Join the cluster, or start one. It lives until this process ends, or calls `ray.shutdown`."""
    import ray

    if ray.is_initialized():
        return
    asked = address or os.environ.get("RAY_ADDRESS", "")
    _check_answers(asked)
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
    # Workers of a cluster that is started here get this process's priority, as the local engine's
    # have. Ray's own default is a niceness of 15: they would wait for all else on the machine.
    os.environ.setdefault("RAY_worker_niceness", "0")
    # Ray takes SIGTERM for itself, and ends with SystemExit. Its reaper cleans up without that.
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=asked or None, **quiet)
    except Exception as error:  # Ray raises this very kind where a machine is too busy to start it
        raise NotAvailable(f"engine ray: {asked or 'no cluster'}: {flat(error)}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _check_answers(address: str) -> None:
    """Raise NotAvailable where nobody answers at `host:port`: Ray would try for minutes."""
    with suppress(ValueError):  # no address: Ray says what is wrong with it
        place = urlsplit(address if "://" in address else f"//{address}")
        if place.hostname and place.port:
            try:
                socket.create_connection((place.hostname, place.port), ANSWER).close()
            except OSError as error:
                raise NotAvailable(
                    f"engine ray: no cluster answers at {address}: {flat(error)}"
                ) from error


def _result(reference: Any, job: Any) -> _Done | None:
    """What a job gave. Raises what it raised, or that its actor died as often as it was begun."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        found: _Done | None = ray.get(reference)
    except RayTaskError as error:
        raise error.cause or error from error
    except RayError as error:
        raise died(job) from error
    return found
