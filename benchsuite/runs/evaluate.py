"""The evaluator: perturb, predict, measure and publish each unit that is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchsuite.condition import Condition
from benchsuite.dataset import check
from benchsuite.errors import (
    BadData,
    ModelChanged,
    needing,
    of_others,
)
from benchsuite.estimation import MetricRecord, record_of_metric
from benchsuite.files.hashes import hashed
from benchsuite.model import factors, prepared
from benchsuite.runs.answers import begin_answers
from benchsuite.runs.ceilings import store_ceilings
from benchsuite.runs.cells import compute_cells
from benchsuite.runs.continued import extended
from benchsuite.runs.early import measured
from benchsuite.runs.engine import Engine
from benchsuite.runs.engine_local import Local
from benchsuite.runs.environment import check_environment, environment
from benchsuite.runs.find import run_directory
from benchsuite.runs.manifest import Manifest, described
from benchsuite.runs.overlap import overlapped
from benchsuite.runs.places import check_above
from benchsuite.runs.plan import Run, Unit, plan
from benchsuite.runs.pulse import beating
from benchsuite.runs.rows import is_whole
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import store_rows
from benchsuite.runs.work import artefact_key, prepare_artefact, work_unit
from benchsuite.task import Progress, silent


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
    dataset are raised before anything is predicted, unless failed samples are skipped. A model of
    the user's own whose weights change while it runs makes the run invalid: ModelChanged.
    """
    if run.dataset.faults and run.on_error == "fail":
        raise BadData(_first_of(run.dataset.faults))
    engine = engine or Local()
    directory = directory_of(run, root)
    check_above(directory.path)
    for condition in run.conditions:
        run.model_under(condition)  # a model that lacks the field is told before anything is done
    with needing(f"task {run.task.name}", run.task.needs), directory.held():
        run = extended(run, directory)
        _begin(run, directory, allow)
        try:
            _complete(run, directory, engine, replicates, progress)
        except ModelChanged as error:
            directory.write_status(state="invalid", reason=str(error))
            raise
    return directory


def _complete(
    run: Run, directory: RunDirectory, engine: Engine, replicates: int, progress: Progress
) -> None:
    """Do what is missing: artefacts, units, cells, tidy rows."""
    every = plan(run)
    # What a worker does needs no metric of a plugin, and not every metric goes to another process.
    sent = replace(run, task=replace(run.task, plugins=()), enough=None, files=hashed())
    prepare = [c for c in _prepared_conditions(run) if not _is_prepared(run, directory, c)]
    prepared = engine.map(partial(prepare_artefact, sent, directory), prepare)
    lost = _drain(prepared, len(prepare), "prepare", progress, directory)
    measure = partial(_measure, sent, directory, engine, progress)
    units, lost_too = measured(run, every, directory, measure)
    store_ceilings(run, directory, progress)
    compute_cells(run, units, directory, replicates, progress)
    store_rows(directory, progress)
    directory.write_status(
        state="complete", units=len(units), memory=engine.peak_memory(), lost=[*lost, *lost_too]
    )
    directory.log(f"complete: {len(units)} of {len(every)} units")


def _measure(
    run: Run, directory: RunDirectory, engine: Engine, progress: Progress, units: Sequence[Unit]
) -> list[str]:
    """Measure those of the units that are missing. Returns how workers were lost, a line each."""
    run_id = directory.manifest.run_id
    missing = [unit for unit in units if not is_whole(directory.unit(unit.of(run_id)))]
    beside = engine.prefetch if missing and not hasattr(run.model, "answered") else 0
    finished = (
        overlapped(run, directory, missing, beside)
        if beside
        else engine.map(partial(work_unit, run, directory), missing)
    )
    return _drain(finished, len(missing), "units", progress, directory)


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
    ordering = [run.task.arrival] if run.task.arrival else []
    now = environment(run.task.name, run.task.extra, [run.task.measure, *ordering, *altering])
    now = replace(now, plugins={one.package: one.release for one in run.task.plugins})
    begun, noted, added, stopped = now, set[str](), tuple[MetricRecord, ...](), None
    if directory.begun:
        before = directory.manifest
        changes = check_environment(directory.path, before.environment, now, allow)
        begun = replace(
            before.environment,
            code={**now.code, **before.environment.code},
            plugins={**before.environment.plugins, **now.plugins},
        )
        noted, added = {*before.noted, *changes}, before.added
        stopped = before.stopped  # until more of it is measured
    made = manifest_of(run)
    made = replace(made, environment=begun, noted=tuple(sorted(noted)), stopped=stopped)
    directory.write_manifest(replace(made, metrics=(*made.metrics, *added)))
    if run.call is not None:
        directory.write_call(run.call)
    if hasattr(run.model, "answered"):
        begin_answers(directory)


def manifest_of(run: Run) -> Manifest:
    """The manifest of a run that is not begun, without its environment."""
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
        source=getattr(run.model, "reported_by", ""),
    )


def _chance(run: Run) -> dict[str, float]:
    with of_others(f"task {run.task.name}, chance"):
        return run.task.chance_on(run.dataset)


def _prepared_conditions(run: Run) -> Sequence[Condition]:
    """One condition of each artefact: all, or the first of those that share a model."""
    if prepared(run.model) is None:
        return ()
    first = {artefact_key(run, condition): condition for condition in reversed(run.conditions)}
    return [one for one in run.conditions if one in first.values()]


def _drain(
    finished: Iterator[str],
    total: int,
    stage: str,
    progress: Progress,
    directory: RunDirectory,
) -> list[str]:
    """Wait for the jobs of a stage. Returns how workers were lost, a line each."""
    progress(stage, 0, total)
    lost: list[str] = []
    if not total:
        return lost
    with beating(directory, stage, total) as tell:
        for done, cost in enumerate(finished, start=1):
            progress(stage, done, total)
            tell(done)
            if cost:
                directory.log(cost)
                lost.append(cost)
    return lost


def _is_prepared(run: Run, directory: RunDirectory, condition: Condition) -> bool:
    key = artefact_key(run, condition)
    adopts = getattr(run.model, "adopts", True)
    return directory.artefact(key) is not None or (adopts and directory.adopt_artefact(key))
