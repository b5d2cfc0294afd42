"""What a run would take, before it is begun: units, time, memory and disk."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchsuite.api.assembly import dataset_of
from benchsuite.api.checked import published
from benchsuite.api.config import Settings
from benchsuite.api.evaluate import assembled
from benchsuite.condition import Condition, resolve, with_sampled
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.objects import parts_of
from benchsuite.runs.exchange import Recorded
from benchsuite.runs.find import find_runs
from benchsuite.runs.pace import Pace, pace_of
from benchsuite.runs.plan import Run, Unit, plan
from benchsuite.runs.store import MANIFEST, RunDirectory
from benchsuite.task import load_task

SAMPLES = "samples"
"""The count of a dataset's samples among those that are published."""


@dataclass(frozen=True)
class Forecast:
    """The plan of a run that was not begun, or not finished.

    units    of all conditions;   left  those that are missing;   samples  in these; None if unknown
    absent   why the dataset cannot be read here: samples are then as many as are published
    pace     of an earlier run of the model; None where there is none that tells it
    """

    model: str
    dataset: str
    conditions: int | None
    units: int | None
    left: int | None
    samples: int | None
    absent: str = ""
    pace: Pace | None = None

    @property
    def seconds(self) -> float | None:
        """The time for what is left, at the pace of the earlier run."""
        if self.pace is None or self.samples is None or self.conditions is None:
            return None
        return self.samples * self.pace.seconds + self.conditions * self.pace.cells

    @property
    def size(self) -> float | None:
        """Bytes on disk that are missing."""
        if self.pace is None or self.samples is None or self.conditions is None:
            return None
        return self.samples * self.pace.size + self.conditions * self.pace.overhead

    @property
    def memory(self) -> int | None:
        """Bytes of all processes of the earlier run."""
        return self.pace.memory if self.pace else None


def forecast(config: Settings) -> Forecast:
    """The plan of the run that the settings describe; no model is made, and nothing is run.

    A dataset that is not here has as many samples as are published of it. Raises what a run would
    raise for the settings.
    """
    task = load_task(config.task)
    model, label = _called(config), str(config.dataset["name"])
    pace = _pace(config, model)
    try:
        dataset = dataset_of(task, config.dataset)
    except (BadData, NotAvailable, WrongCall) as error:
        known = published(config)
        if known is None or SAMPLES not in known.counts:
            return Forecast(model, label, None, None, None, None, str(error), pace)
        asked = resolve(config.conditions.names, with_sampled(task.known_conditions()))
        counts = [_measured(c, known.counts[SAMPLES]) for c in asked]
        units = sum(math.ceil(count / config.shard_size) for count in counts)
        return Forecast(model, label, len(asked), units, units, sum(counts), str(error), pace)
    run = assembled(config, Recorded(model, {}, ""), dataset)
    every = plan(run)
    begun = _begun(config, model, run)
    left = [one for one in every if begun is None or not _is_done(begun, one)]
    samples = sum(len(unit.samples) for unit in left)
    return Forecast(model, label, len(run.conditions), len(every), len(left), samples, pace=pace)


def _called(config: Settings) -> str:
    """The model's name; that of an object of the user's own is the last word of where it is."""
    return str(config.model["name"] or parts_of(str(config.model.get("object")))[1])


def _measured(condition: Condition, samples: int) -> int:
    """How many samples are measured under a condition: of a sampled suite, a part of them."""
    if not condition.drawn_from:
        return samples
    return math.ceil(samples * condition.per_cluster / len(condition.drawn_from))


def _begun(config: Settings, model: str, asked: Run) -> RunDirectory | None:
    """The run of these settings that was begun last. Its weights may be others: none are read."""
    found = [
        run
        for run in _runs(config)
        for one in [run.manifest.identity]
        if (one.model, one.dataset_fingerprint) == (model, asked.dataset.fingerprint)
        and one.order == asked.order
        and (one.seed, one.batch_size, one.shard_size, one.threads)
        == (config.seed, config.batch_size, config.shard_size, config.threads)
    ]
    return max(found, key=_age, default=None)


def _is_done(run: RunDirectory, unit: Unit) -> bool:
    return run.has_unit(unit.of(run.manifest.run_id))


def _pace(config: Settings, model: str) -> Pace | None:
    """That of the last run of the model that tells it, on this dataset before others."""
    mine = [run for run in _runs(config) if run.manifest.identity.model == model]
    here = str(config.dataset["name"])
    mine.sort(key=lambda run: (run.manifest.identity.dataset == here, _age(run)), reverse=True)
    return next(filter(None, map(pace_of, mine)), None)


def _runs(config: Settings) -> Iterator[RunDirectory]:
    """The runs of the task in the results folder that can be read."""
    for run in find_runs(Path(config.results), config.task):
        with suppress(BadData):
            if run.manifest and run.status:
                yield run


def _age(run: RunDirectory) -> float:
    return (run.path / MANIFEST).stat().st_mtime
