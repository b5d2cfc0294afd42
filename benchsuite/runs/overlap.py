"""Units side by side in one process, so that a model on a GPU need not wait.

Other processes decode, alter and measure while this one predicts. Three units are under way at
once: one has the model, the others are decoded, measured or written. Each call of the model has the
inputs that it has without them, so the bytes are the same, too.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any, Final

from benchsuite.condition import Condition
from benchsuite.dataset import Inputs, Sample
from benchsuite.errors import BadData
from benchsuite.model import State
from benchsuite.runs.engine_local import begin_worker, in_worker
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.work import finish_unit, fix_torch, fixed_threads, row_of

UNDER_WAY: Final = 3
"""Units at once. While one predicts, another is decoded and a third is measured."""


def overlapped(
    run: Run, directory: RunDirectory, units: Sequence[Unit], processes: int
) -> Iterator[None]:
    """Work on units with `processes` beside the model; yields once per finished unit.

    Raises what the first unit that fails raises, after the others under way have stopped.
    """
    fix = (fix_torch, (run.threads,))
    with (
        fixed_threads(run.threads),
        _processes(run, processes) as pool,
        ThreadPoolExecutor(UNDER_WAY, "unit", *fix) as threads,
    ):
        beside = _Beside(run, pool)
        found = [threads.submit(finish_unit, run, directory, unit, beside) for unit in units]
        try:
            for one in as_completed(found):
                yield one.result()
        finally:
            beside.stopped.set()
            threads.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _processes(run: Run, processes: int) -> Iterator[ProcessPoolExecutor]:
    # They need no model: a replica of it would take memory, and perhaps a GPU's.
    seen = replace(run, model=_Elsewhere(run.model.name, run.model.fingerprint), own=None)
    work: Callable[[Any], Any] = _Job(seen)
    pool = ProcessPoolExecutor(processes, get_context("spawn"), begin_worker, (work,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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


@dataclass(frozen=True)
class _Beside:
    """What units under way share: the processes, the model's lock, and the sign to stop."""

    run: Run
    pool: ProcessPoolExecutor
    model: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def views(self, condition: Condition, samples: Sequence[Sample]) -> list[Inputs]:
        """What the model sees of the samples, decoded and altered."""
        found = self._asked([_Asked(condition.full_name, one) for one in samples])
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
        return self._asked([_Asked(condition.full_name, one, (said,)) for one, said in pairs])

    def _asked(self, asked: Sequence[_Asked]) -> list[Any]:
        try:
            return list(self.pool.map(in_worker, asked))
        except BrokenProcessPool as error:
            raise BadData(
                "a process beside the model died: it was killed, ran out of memory, or its code "
                "called os._exit; the same command continues"
            ) from error
