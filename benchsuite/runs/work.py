"""The two jobs of a run: prepare an artefact, and measure a unit; each publishes one file."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from threadpoolctl import ThreadpoolController

from benchsuite.condition import Condition
from benchsuite.dataset import Inputs, Sample
from benchsuite.errors import (
    BadData,
    BadModel,
    CannotWrite,
    DataChanged,
    Held,
    NameTaken,
    NotAvailable,
    OutOfMemory,
    WrongCall,
    lacks_memory,
    needing,
    of_others,
    placed,
)
from benchsuite.files.hashes import remember
from benchsuite.learning.prequential import Prequential
from benchsuite.model import State, prepared
from benchsuite.runs.answers import note_answers
from benchsuite.runs.batches import say_batch
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.predictions import check_arrays, check_finite, in_order
from benchsuite.runs.rows import checked_row, measured_rows, statistics_table
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Reported

WHOLE_RUN = (
    BadModel, CannotWrite, DataChanged, Held, NameTaken, NotAvailable, WrongCall, ImportError,
    KeyboardInterrupt,
)  # fmt: skip
"""Errors that concern the whole run: no sample is to blame, and none is skipped."""


def artefact_key(run: Run, condition: Condition) -> str:
    model = prepared(run.model)
    return run.artefact_key(condition, model.prepares_on) if model else ""


def prepare_artefact(run: Run, directory: RunDirectory, condition: Condition) -> None:
    """Let the model prepare itself on the inputs, and publish the result."""
    model, key = prepared(run.model_under(condition)), artefact_key(run, condition)
    if model is None:
        return
    scratch = directory.scratch(key)
    state = State(run.dataset.shared, {}, run.seed, condition.view_name, scratch)
    where = f"model {run.model.name}, {condition.full_name}, prepare"
    remember(run.files)
    with fixed_threads(run.threads), of_others(where), undivided():
        arrays = model.prepare(state, _views(run, condition))
    check_arrays(where, arrays)
    _check_unchanged(run)
    note_answers(directory, f"prepared/{key}", run.model)
    directory.write_artefact(key, arrays)
    directory.remove_scratch(key)


def _views(run: Run, condition: Condition) -> Iterator[Inputs]:
    """What the condition shows, by cluster and id; for a model that learns, as it arrives."""
    samples = run.dataset.samples(condition.domain)
    ordered = sorted(samples, key=lambda s: (s.cluster_id, s.id))
    views = ((condition.view(run.seed, run.dataset.name, one), one) for one in ordered)
    model = run.model_under(condition)
    if isinstance(model, Prequential):
        yield from model.arrivals(views)
    else:
        yield from (view for view, _ in views)


class Beside(Protocol):
    """Who makes what the model sees, who measures what it says, and whose turn it is with it."""

    def views(self, condition: Condition, samples: Sequence[Sample]) -> list[Inputs]: ...
    def turn(self) -> AbstractContextManager[None]: ...
    def rows(
        self, condition: Condition, samples: Sequence[Sample], predictions: Sequence[Any]
    ) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Alone:
    """This thread does all of it, one after the other."""

    run: Run

    def views(self, condition: Condition, samples: Sequence[Sample]) -> list[Inputs]:
        """What the model sees of the samples; a field is decoded and altered when it is read."""
        return [condition.view(self.run.seed, self.run.dataset.name, one) for one in samples]

    def turn(self) -> AbstractContextManager[None]:
        """It is always this thread's turn."""
        return nullcontext()

    def rows(
        self, condition: Condition, samples: Sequence[Sample], predictions: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """One row of statistics a sample; `error` alone where it failed and is skipped."""
        pairs = zip(samples, predictions, strict=True)
        return [row_of(self.run, condition, one, said) for one, said in pairs]


def work_unit(run: Run, directory: RunDirectory, unit: Unit) -> None:
    """Perturb, predict, measure and publish one unit; of one with failed samples, these alone."""
    remember(run.files)
    with fixed_threads(run.threads):
        finish_unit(run, directory, unit, Alone(run))


def finish_unit(run: Run, directory: RunDirectory, unit: Unit, beside: Beside) -> None:
    """Do what is left of a unit, and publish it. The number of threads is the caller's affair."""
    of = unit.of(directory.manifest.run_id)
    rows = measured_rows(directory.unit(of))
    left = [sample for sample in unit.samples if sample.id not in rows]
    goes_on = bool(rows)
    state = _state(run, directory, unit.condition)
    for start in range(0, len(left), run.batch_size):
        batch = left[start : start + run.batch_size]
        say_batch(_from(batch))
        found = _measure_batch(run, state, unit.condition, batch, beside)
        rows |= {sample.id: row for sample, row in zip(batch, found, strict=True)}
    _check_unchanged(run)
    note_answers(directory, f"{unit.condition.full_name}/{unit.shard:05d}", run.model, goes_on)
    ordered = [rows[sample.id] for sample in unit.samples]
    directory.write_unit(of, statistics_table(unit.samples, ordered))


def _check_unchanged(run: Run) -> None:
    """Raise ModelChanged where a model of the user's own is another one than when the run began.

    It is asked before each file is published, so that no file holds what another model predicted.
    """
    if run.own is not None:
        run.own.check_unchanged()


def _state(run: Run, directory: RunDirectory, condition: Condition) -> State:
    key = artefact_key(run, condition)
    arrays = _artefact(directory, key) if key else {}
    return State(run.dataset.shared, arrays, run.seed, condition.full_name)


@lru_cache(maxsize=2)
def _artefact(directory: RunDirectory, key: str) -> Mapping[str, Any]:
    arrays = directory.artefact(key)
    if arrays is None:
        raise BadData(f"{directory.path}: artefact {key} is missing; run the command again")
    return arrays


def _from(samples: Sequence[Sample]) -> str:
    return f"samples from '{samples[0].id}'"


def _measure_batch(
    run: Run,
    state: State,
    condition: Condition,
    samples: Sequence[Sample],
    beside: Beside,
    tries: int = 2,
) -> list[dict[str, Any]]:
    """One row per sample. What fails is tried again as it is, and then sample by sample.

    So a fault that passes changes no number: a model may score a batch otherwise than its samples.
    """
    where = f"model {run.model.name}, {condition.full_name}, {_from(samples)}"
    inputs = beside.views(condition, samples)
    try:
        # What a model of the user's own imports is no matter of the task's packages.
        own = needing(f"model {run.model.name}") if run.own else nullcontext()
        with beside.turn(), own, undivided():
            predictions = run.model_under(condition).predict(state, inputs)
    except WHOLE_RUN:
        raise
    except BaseException as error:  # `sys.exit`, and a panic of Rust, are no Exception
        _check_memory(run, where, error)
        if tries > 1:
            return _measure_batch(run, state, condition, samples, beside, tries - 1)
        if len(samples) > 1:
            # One bad sample fails itself, not its neighbours: find it.
            single = ([sample] for sample in samples)
            return [r for s in single for r in _measure_batch(run, state, condition, s, beside, 1)]
        return [_failed(run, condition, samples[0], "predict", error)]
    return beside.rows(condition, samples, in_order(where, predictions, len(samples)))


@contextmanager
def undivided() -> Iterator[None]:
    """A context for code of others: a process that it forks ends here, and does not go on too."""
    mine = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != mine:
            os._exit(0)


def row_of(run: Run, condition: Condition, sample: Sample, prediction: Any) -> dict[str, Any]:
    """What is measured of a prediction; `error` alone where it failed and failures are skipped."""
    stage = "predict"
    try:
        check_finite(prediction)
        stage = "measure"
        shared, known = run.dataset.shared, isinstance(prediction, Reported)
        row = prediction.columns if known else run.task.measure(sample, prediction, shared)
        return checked_row(run.task, sample, row)
    except WHOLE_RUN:
        raise
    except BaseException as error:
        return _failed(run, condition, sample, stage, error)


def _failed(
    run: Run, condition: Condition, sample: Sample, stage: str, error: BaseException
) -> dict[str, Any]:
    where = f"model {run.model.name}, {condition.full_name}, sample '{sample.id}', {stage}"
    _check_memory(run, where, error)
    message = placed(error)
    if run.on_error == "skip":
        return {"error": f"{stage}: {message}"}
    raise BadData(f"{where}: {message}") from error


def _check_memory(run: Run, where: str, error: BaseException) -> None:
    """Raise OutOfMemory for a lack of memory. No sample is left out for it, and no batch cut.

    Whether less would fit depends on the machine, and so would the numbers.
    """
    if lacks_memory(error):
        less = f"batch_size={run.batch_size // 2 or 1} needs less, and is another run"
        raise OutOfMemory(f"{where}: not enough memory; {less}") from error


def fixed_threads(threads: int) -> Any:
    """Limit BLAS, OpenMP, torch and OpenCV to `threads`: sums depend on the number."""
    # A model may import torch only when it runs; torch then reads these once.
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)
    fix_torch(threads)
    return _libraries(len(sys.modules)).limit(limits=threads)


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """The libraries of this process that have threads, looked for again after an import."""
    return ThreadpoolController()


def fix_torch(threads: int) -> None:
    """Limit torch in this thread of the process: each thread has a limit of its own."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
