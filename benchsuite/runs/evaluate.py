"""The evaluator: perturb, predict, measure and publish each unit that is missing."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchsuite.condition import Condition
from benchsuite.dataset import Inputs, Sample, check
from benchsuite.errors import (
    BadData,
    BadModel,
    CannotWrite,
    Held,
    NameTaken,
    NotAvailable,
    WrongCall,
    needing,
    of_others,
    placed,
)
from benchsuite.estimation import MetricRecord, record_of_metric
from benchsuite.model import State, factors, prepared
from benchsuite.runs.answers import begin_answers, note_answers
from benchsuite.runs.cells import compute_cells
from benchsuite.runs.continued import extended
from benchsuite.runs.engines import Engine, Local
from benchsuite.runs.environment import check_environment, environment
from benchsuite.runs.find import run_directory
from benchsuite.runs.manifest import Environment, Manifest, described
from benchsuite.runs.plan import Run, Unit, plan
from benchsuite.runs.predictions import check_arrays, check_finite, in_order
from benchsuite.runs.rows import checked_row, is_whole, measured_rows, statistics_table
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import store_rows
from benchsuite.task import Progress, silent

HEARTBEAT_SECONDS = 5.0
WHOLE_RUN = (
    BadModel, CannotWrite, Held, NameTaken, NotAvailable, WrongCall, ImportError, KeyboardInterrupt,
)  # fmt: skip
"""Errors that concern the whole run: no sample is to blame, and none is skipped."""


def evaluate(
    run: Run,
    root: Path,
    engine: Engine | None = None,
    replicates: int = 1000,
    progress: Progress = silent,
    allow: Sequence[str] = (),
) -> RunDirectory:
    """Run what is missing of `run` under `root`, and compute its cells.

    A run that exists is continued: finished units are checked and kept. `allow` names libraries,
    and modules of `measure` and conditions, that may have changed since the run began. Raises Held
    if another process works on it, CannotWrite, and BadData for a sample that fails. Faults of the
    dataset are raised before anything is predicted, unless failed samples are skipped.
    """
    if run.dataset.faults and run.on_error == "fail":
        raise BadData(_first_of(run.dataset.faults))
    engine = engine or Local()
    directory = directory_of(run, root)
    with needing(f"task {run.task.name}", run.task.needs), directory.held():
        run = extended(run, directory)
        _begin(run, directory, allow)
        units = plan(run)
        prepare = [c for c in _prepared_conditions(run) if not _is_prepared(run, directory, c)]
        _drain(
            engine,
            partial(prepare_artefact, run, directory),
            prepare,
            "prepare",
            progress,
            directory,
        )
        run_id = directory.manifest.run_id
        missing = [unit for unit in units if not is_whole(directory.unit(unit.of(run_id)))]
        _drain(engine, partial(work_unit, run, directory), missing, "units", progress, directory)
        compute_cells(run, units, directory, replicates, progress)
        store_rows(directory, progress)
        directory.write_status(state="complete", units=len(units))
        directory.log(f"complete: {len(units)} units, {len(missing)} of them now")
    return directory


def _first_of(faults: Sequence[str]) -> str:
    more = f" ({len(faults) - 1} more; on_error=skip leaves them out)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def directory_of(run: Run, root: Path) -> RunDirectory:
    """Where `run` lies under `root`."""
    identity = run.identity
    return run_directory(root, identity.task, identity.dataset, identity.model, identity.run_id)


def _begin(run: Run, directory: RunDirectory, allow: Sequence[str]) -> None:
    for domain in dict.fromkeys(condition.domain for condition in run.conditions):
        check(run.dataset.name, run.dataset.samples(domain))
    altering = [condition.alter for condition in run.conditions if condition.alter]
    now = environment(run.task.name, run.task.extra, [run.task.measure, *altering])
    now = replace(now, plugins={one.package: one.release for one in run.task.plugins})
    begun, noted, added = now, set[str](), tuple[MetricRecord, ...]()
    if directory.begun:
        before = directory.manifest
        changes = check_environment(directory.path, before.environment, now, allow)
        begun = replace(
            before.environment,
            code={**now.code, **before.environment.code},
            plugins={**before.environment.plugins, **now.plugins},
        )
        noted, added = {*before.noted, *changes}, before.added
    manifest = _manifest(run, begun, tuple(sorted(noted)))
    directory.write_manifest(replace(manifest, metrics=(*manifest.metrics, *added)))
    if hasattr(run.model, "answered"):
        begin_answers(directory)


def _manifest(run: Run, begun: Environment, noted: tuple[str, ...]) -> Manifest:
    identity = run.identity
    return Manifest(
        run_id=identity.run_id,
        identity=identity,
        conditions=tuple(condition.full_name for condition in run.conditions),
        known_conditions=described(run.known_conditions),
        metrics=tuple(record_of_metric(metric) for metric in run.task.metrics),
        populations={c.full_name: run.dataset.population_of(c.domain) for c in run.conditions},
        crossed=run.task.crossed,
        chance=_chance(run),
        dataset_note="; ".join(filter(None, [run.dataset.note, *run.dataset.warnings])),
        factors=factors(run.model),
        environment=begun,
        noted=noted,
    )


def _chance(run: Run) -> dict[str, float]:
    with of_others(f"task {run.task.name}, chance"):
        return run.task.chance_on(run.dataset)


def _prepared_conditions(run: Run) -> Sequence[Condition]:
    model = prepared(run.model)
    if model is None:
        return ()
    return run.conditions if model.prepares_on == "condition" else run.conditions[:1]


def _drain(
    engine: Engine,
    work: Callable[[Any], None],
    jobs: Sequence[Any],
    stage: str,
    progress: Progress,
    directory: RunDirectory,
) -> None:
    beat = 0.0
    progress(stage, 0, len(jobs))
    for done, _ in enumerate(engine.map(work, jobs), start=1):
        progress(stage, done, len(jobs))
        if time.monotonic() - beat > HEARTBEAT_SECONDS:
            directory.write_status(state="running", stage=stage, done=done, total=len(jobs))
            beat = time.monotonic()


def _is_prepared(run: Run, directory: RunDirectory, condition: Condition) -> bool:
    key = _artefact_key(run, condition)
    adopts = getattr(run.model, "adopts", True)
    return directory.artefact(key) is not None or (adopts and directory.adopt_artefact(key))


def _artefact_key(run: Run, condition: Condition) -> str:
    model = prepared(run.model)
    return run.artefact_key(condition, model.prepares_on) if model else ""


def prepare_artefact(run: Run, directory: RunDirectory, condition: Condition) -> None:
    """Let the model prepare itself on the inputs, and publish the result."""
    model, key = prepared(run.model), _artefact_key(run, condition)
    if model is None:
        return
    scratch = directory.scratch(key)
    state = State(run.dataset.shared, {}, run.seed, condition.view_name, scratch)
    where = f"model {run.model.name}, {condition.full_name}, prepare"
    with fixed_threads(run.threads), of_others(where):
        arrays = model.prepare(state, _views(run, condition))
    check_arrays(where, arrays)
    note_answers(directory, f"prepared/{key}", run.model)
    directory.write_artefact(key, arrays)
    directory.remove_scratch(key)


def _views(run: Run, condition: Condition) -> Iterator[Inputs]:
    samples = run.dataset.samples(condition.domain)
    for sample in sorted(samples, key=lambda s: (s.cluster_id, s.id)):
        yield condition.view(run.seed, run.dataset.name, sample)


def work_unit(run: Run, directory: RunDirectory, unit: Unit) -> None:
    """Perturb, predict, measure and publish one unit; of one with failed samples, these alone."""
    of = unit.of(directory.manifest.run_id)
    rows = measured_rows(directory.unit(of))
    left = [sample for sample in unit.samples if sample.id not in rows]
    goes_on = bool(rows)
    state = _state(run, directory, unit.condition)
    with fixed_threads(run.threads):
        for start in range(0, len(left), run.batch_size):
            batch = left[start : start + run.batch_size]
            found = _measure_batch(run, state, unit.condition, batch)
            rows |= {sample.id: row for sample, row in zip(batch, found, strict=True)}
    note_answers(directory, f"{unit.condition.full_name}/{unit.shard:05d}", run.model, goes_on)
    ordered = [rows[sample.id] for sample in unit.samples]
    directory.write_unit(of, statistics_table(unit.samples, ordered))


def _state(run: Run, directory: RunDirectory, condition: Condition) -> State:
    key = _artefact_key(run, condition)
    arrays = _artefact(directory, key) if key else {}
    return State(run.dataset.shared, arrays, run.seed, condition.full_name)


@lru_cache(maxsize=2)
def _artefact(directory: RunDirectory, key: str) -> Mapping[str, Any]:
    arrays = directory.artefact(key)
    if arrays is None:
        raise BadData(f"{directory.path}: artefact {key} is missing; run the command again")
    return arrays


def _measure_batch(
    run: Run, state: State, condition: Condition, samples: Sequence[Sample]
) -> list[dict[str, Any]]:
    try:
        inputs = [condition.view(run.seed, run.dataset.name, sample) for sample in samples]
        predictions = run.model.predict(state, inputs)
    except WHOLE_RUN:
        raise
    except BaseException as error:  # `sys.exit`, and a panic of Rust, are no Exception
        if len(samples) > 1:
            # One bad sample fails itself, not its neighbours: find it.
            return [row for s in samples for row in _measure_batch(run, state, condition, [s])]
        return [_failed(run, condition, samples[0], "predict", error)]
    where = f"model {run.model.name}, {condition.full_name}, samples from '{samples[0].id}'"
    predictions = in_order(where, predictions, len(samples))
    return [_measure(run, condition, s, p) for s, p in zip(samples, predictions, strict=True)]


def _measure(run: Run, condition: Condition, sample: Sample, prediction: Any) -> dict[str, Any]:
    stage = "predict"
    try:
        check_finite(prediction)
        stage = "measure"
        row = run.task.measure(sample, prediction, run.dataset.shared)
        return checked_row(run.task, sample, row)
    except WHOLE_RUN:
        raise
    except BaseException as error:
        return _failed(run, condition, sample, stage, error)


def _failed(
    run: Run, condition: Condition, sample: Sample, stage: str, error: BaseException
) -> dict[str, Any]:
    message = placed(error)
    if run.on_error == "skip":
        return {"error": f"{stage}: {message}"}
    raise BadData(
        f"model {run.model.name}, {condition.full_name}, sample '{sample.id}', {stage}: {message}"
    ) from error


def fixed_threads(threads: int) -> Any:
    """Limit BLAS, OpenMP, torch and OpenCV to `threads`: sums depend on the number."""
    # A model may import torch only when it runs; torch then reads these once.
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)
    return threadpool_limits(threads)
