"""Units side by side in one process, so that a model on a GPU need not wait.

Other processes decode, alter and measure while this one predicts. Three units are under way at
once: one has the model, the others are decoded, measured or written. Each call of the model has the
inputs that it has without them, so the bytes are the same, too.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any, Final

from benchsuite.condition import Condition
from benchsuite.dataset import Inputs, Sample
from benchsuite.errors import BadData
from benchsuite.files.hashes import remember
from benchsuite.model import State
from benchsuite.runs.crew import TRIES, begin_worker
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.work import finish_unit, fix_torch, fixed_threads, row_of

UNDER_WAY: Final = 3
"""Units at once. While one predicts, another is decoded and a third is measured."""


def overlapped(
    run: Run, directory: RunDirectory, units: Sequence[Unit], processes: int
) -> Iterator[str]:
    """Work on units with `processes` beside the model. Yields per finished unit what died, or "".

    Raises what the first unit that fails raises, after the others under way have stopped.
    """
    fix = (fix_torch, (run.threads,))
    with (
        fixed_threads(run.threads),
        _processes(run, processes) as others,
        ThreadPoolExecutor(UNDER_WAY, "unit", *fix) as threads,
    ):
        beside = _Beside(run, others)
        found = [threads.submit(finish_unit, run, directory, unit, beside) for unit in units]
        try:
            for one in as_completed(found):
                one.result()
                yield "; ".join(others.lost.popleft() for _ in range(len(others.lost)))
        finally:
            beside.stopped.set()
            threads.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _processes(run: Run, processes: int) -> Iterator["_Others"]:
    # They need no model: a replica of it would take memory, and perhaps a GPU's.
    seen = replace(run, model=_Elsewhere(run.model.name, run.model.fingerprint), own=None)
    others = _Others(_Job(seen), processes)
    try:
        yield others
    finally:
        others.pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class _Elsewhere:
    """The model, by its name: it predicts in another process."""

    name: str
    fingerprint: str

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class _Asked:
    """A sample to decode and alter; to measure, where there is a prediction, a tuple of one."""

    condition: str
    sample: Sample
    said: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Job:
    """What a process beside the model does with a sample."""

    run: Run

    def __call__(self, asked: _Asked) -> Any:
        condition = {one.full_name: one for one in self.run.conditions}[asked.condition]
        with fixed_threads(self.run.threads):
            if asked.said:
                return row_of(self.run, condition, asked.sample, *asked.said)
            view = condition.view(self.run.seed, self.run.dataset.name, asked.sample)
            try:
                return dict(view.fields)
            except Exception:
                # The model may not read the field that fails. It meets the error itself if it does.
                return None


class _Others:
    """The processes beside the model. If one dies, all begin anew, and are asked again."""

    def __init__(self, job: _Job, processes: int) -> None:
        self._job, self._processes = job, processes
        self._again = threading.Lock()
        self.lost: deque[str] = deque()
        self.pool = self._begun()

    def _begun(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._processes, get_context("spawn"), _begin, (self._job,))

    def ask(self, asked: Sequence[_Asked]) -> list[Any]:
        """What they answer, in order. Raises BadData for samples at which they die each time."""
        pool = self.pool
        with suppress(BrokenProcessPool):
            return list(pool.map(_do, asked))
        died = f"{asked[0].condition}, samples from '{asked[0].sample.id}': a process beside the"
        with self._again:  # one batch after the other, so that each dies of its own samples alone
            for _ in range(TRIES - 1):
                if pool is self.pool:
                    self.pool = self._begun()
                    self.lost.append(f"{died} model died; the batch was tried again")
                pool = self.pool
                with suppress(BrokenProcessPool):
                    return list(pool.map(_do, asked))
        raise BadData(
            f"{died} model died in each of {TRIES} tries: it was killed, ran out of memory, or its "
            "code called os._exit; the same command continues"
        )


_mine: list[_Job] = []
"""What this process does. It is sent once, because it holds the dataset."""


def _begin(job: _Job) -> None:
    begin_worker()
    remember(job.run.files)
    _mine.append(job)


def _do(asked: _Asked) -> Any:
    return _mine[0](asked)


@dataclass(frozen=True)
class _Beside:
    """What units under way share: the processes, the model's lock, and the sign to stop."""

    run: Run
    others: _Others
    model: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def views(self, condition: Condition, samples: Sequence[Sample]) -> list[Inputs]:
        """What the model sees of the samples, decoded and altered."""
        found = self.others.ask([_Asked(condition.full_name, one) for one in samples])
        return [
            condition.view(self.run.seed, self.run.dataset.name, one)
            if fields is None
            else Inputs(one.id, fields)
            for one, fields in zip(samples, found, strict=True)
        ]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the model for one call."""
        with self.model:
            if self.stopped.is_set():
                raise KeyboardInterrupt
            yield

    def rows(
        self, condition: Condition, samples: Sequence[Sample], predictions: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """One row of statistics a sample; `error` alone where it failed and is skipped."""
        pairs = zip(samples, predictions, strict=True)
        return self.others.ask([_Asked(condition.full_name, one, (said,)) for one, said in pairs])
