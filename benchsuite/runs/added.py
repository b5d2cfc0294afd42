"""The metrics that plugins add to a task: which of them a run can tell, and their cells.

They are no part of a run's identity, and never touch the task's own cells. A finished run gets them
when it is called again. One that fails has cells without a value, and a note that says why.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.dataset import RESERVED
from benchsuite.errors import placed
from benchsuite.estimation import Code, Estimate, Metric, MetricRecord, note, record_of_metric
from benchsuite.estimation.cells import Group, condition_cells
from benchsuite.estimation.weights import Weights
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Task

Tables = Callable[[], Iterable[pd.DataFrame]]
"""The tables of one condition, from the start at every call."""


@dataclass(frozen=True)
class AddedMetric:
    """A metric, and the package that adds it."""

    package: str
    metric: Metric

    @property
    def record(self) -> MetricRecord:
        """The metric as data, which says whose it is."""
        return replace(record_of_metric(self.metric), added_by=self.package)


def usable(run: Run, units: Sequence[Unit], directory: RunDirectory) -> list[AddedMetric]:
    """The metrics of plugins whose columns the run has measured."""
    if not any(one.plugin.metrics for one in run.task.plugins):
        return []
    columns, run_id = set(RESERVED), directory.manifest.run_id
    for unit in units:
        table = directory.unit(unit.of(run_id))
        if table is not None:
            columns |= {*table.column_names}
    taken = {metric.name for metric in run.task.metrics}
    return [one for one in _every(run.task) if not _why_not(one, taken, columns)]


def _every(task: Task) -> list[AddedMetric]:
    return [AddedMetric(one.package, m) for one in task.plugins for m in one.plugin.metrics]


def _why_not(one: AddedMetric, taken: Collection[str], columns: Collection[str]) -> str:
    """Why a run on a dataset cannot have the metric; empty where it can."""
    if one.metric.name in taken:
        return "the dataset has a metric of this name"
    absent = [column for column in one.metric.columns if column not in columns]
    return f"expected the column '{absent[0]}', found {', '.join(columns)}" if absent else ""


def unusable(task: Task, directory: RunDirectory) -> list[str]:
    """A line for each metric of a plugin that the finished run does not have: what it lacks."""
    manifest = directory.manifest
    if {one.metric.name for one in _every(task)} <= {record.name for record in manifest.added}:
        return []
    table = directory.statistics(manifest.conditions[0])
    taken = {record.name for record in manifest.own}
    found = [(one, _why_not(one, taken, table.column_names)) for one in _every(task)]
    return [
        f"left out: metric {o.metric.name} of package {o.package}: {why}" for o, why in found if why
    ]


def added_cells(
    tables: Tables, metric: Metric, groups: Sequence[Group], weights: Weights
) -> dict[tuple[Group, str], Estimate]:
    """The cells of a metric of a plugin: a missing value, and why, where its code fails."""
    try:
        found = condition_cells((one.copy() for one in tables()), [metric], groups, weights)
        _check(found.values(), weights.replicates)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # `sys.exit` of a plugin must not end the run either
        nothing = np.full(weights.replicates, math.nan)
        notes = note(Code.FAILED, placed(error))
        failed = Estimate.of(math.nan, nothing, 0, 0, notes=notes)
        return {(group, metric.name): failed for group in groups}
    return found


def failed(estimate: Estimate) -> bool:
    """Whether the code of a metric failed, so that its next call tries again."""
    return any(one.code == Code.FAILED for one in estimate.notes)


def _check(estimates: Iterable[Any], replicates: int) -> None:
    for one in estimates:
        if len(one.deviations) != replicates:
            raise ValueError(f"expected {replicates} replicates, found {len(one.deviations)}")
