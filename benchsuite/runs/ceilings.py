"""Ceilings: what a perfect model gets. A protocol may hold it below the best that a metric knows.

Detections beyond the hundredth of an image do not count, and a query may have no relevant document.
A ceiling is a fact of samples, protocol and metrics; it has no replicates, and no model takes part.
It is computed once for a run, or taken from another run on the same samples.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import pandas as pd

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Sample, digest
from benchsuite.errors import BadData, of_others
from benchsuite.estimation import Estimate, Weights
from benchsuite.estimation.cells import Group, condition_cells, groups_of
from benchsuite.runs.cells import Cell, read_cells, table_of
from benchsuite.runs.plan import Run, shards
from benchsuite.runs.rows import checked_row, frame, statistics_table
from benchsuite.runs.seal import told
from benchsuite.runs.store import KEY, RunDirectory
from benchsuite.runs.tables import PART
from benchsuite.task import Progress

Ceilings = Mapping[Cell, Estimate]
"""By condition, group and metric; the conditions that alter inputs have those of clean inputs."""


def store_ceilings(run: Run, directory: RunDirectory, progress: Progress) -> None:
    """Compute and publish the ceilings of a run, unless they are there already.

    A task that does not say what a perfect model predicts has none.
    """
    if run.task.perfect is None:
        return
    identity, places = run.identity, _places(run)
    of = [identity.task, identity.task_version, identity.protocol, identity.metrics, run.seed]
    key = digest([*of, identity.dataset_fingerprint, run.task.crossed, [*places]])
    if not _are_there(directory, key):
        directory.write_ceilings(table_of(_computed(run, places, progress)), key)


def _are_there(directory: RunDirectory, key: str) -> bool:
    """Whether a run has those of `key`, or another run on its dataset has them to take."""
    others = map(RunDirectory, sorted(directory.path.parent.parent.glob("*/*")))
    for one in (directory, *others):
        with suppress(BadData):
            if (table := one.ceilings()) is not None and told(table, KEY) == key:
                if one != directory:
                    directory.write_ceilings(table, key)
                return True
    return False


def ceilings_of(directory: RunDirectory) -> dict[Cell, Estimate]:
    """The ceilings of a run that are known; none of an earlier version's run."""
    table = directory.ceilings()
    return {} if table is None else read_cells(table)


def ceiling(ceilings: Ceilings, condition: str, group: Group, metric: str) -> Estimate | None:
    """What a perfect model gets under a condition, by its full name; None where nobody knows."""
    clean = ceilings.get((CLEAN.full_name, group, metric))
    return ceilings.get((condition, group, metric), clean)


def _places(run: Run) -> dict[str, Condition]:
    """The conditions of a run whose samples differ: clean for all that alter its inputs."""
    found: dict[str, Condition] = {}
    for condition in run.conditions:
        apart = condition.domain or condition.drawn_from
        found.setdefault(condition.full_name if apart else CLEAN.full_name, condition)
    return found


def _computed(
    run: Run, places: Mapping[str, Condition], progress: Progress
) -> dict[Cell, Estimate]:
    found: dict[Cell, Estimate] = {}
    for name, condition in places.items():
        every = run.dataset.samples(condition.domain)
        mine = _measured(run, run.samples(condition), progress)
        groups = groups_of([sample.attributes for sample in every], run.task.crossed)
        weights = Weights(run.seed, run.dataset.population_of(condition.domain), replicates=0)
        with of_others(f"task {run.task.name}: metrics of a perfect model"):
            cells = condition_cells(mine, run.task.metrics, groups, weights)
        found |= {(name, group, metric): one for (group, metric), one in cells.items()}
    return found


def _measured(run: Run, samples: Sequence[Sample], progress: Progress) -> Iterator[pd.DataFrame]:
    """The statistics of a perfect model in parts, without the columns that no metric reads."""
    read = {column for metric in run.task.metrics for column in metric.columns}
    done = count(1)
    for part in shards(samples, PART):
        rows = []
        for sample in part:
            progress("ceilings", next(done), len(samples))
            rows.append({name: one for name, one in _row(run, sample).items() if name in read})
        yield frame(statistics_table(part, rows))


def _row(run: Run, sample: Sample) -> Mapping[str, Any]:
    """A row of statistics of a perfect model; empty where the run skips samples that fail."""
    task, shared = run.task, run.dataset.shared
    assert task.perfect is not None  # noqa: S101 - `store_ceilings` has asked
    try:
        with of_others(f"task {task.name}, sample '{sample.id}': perfect"):
            return checked_row(
                task, sample, task.measure(sample, task.perfect(sample, shared), shared)
            )
    except BadData:
        if run.on_error == "skip":
            return {}
        raise
