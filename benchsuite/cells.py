"""Cells: condition × group × metric, computed from the stored statistics alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchsuite.dataset import digest
from benchsuite.estimation import Estimate, Metric, Weights
from benchsuite.run import Run, Unit
from benchsuite.store import RunDirectory
from benchsuite.task import Task

Group = tuple[str, str]
EVERYBODY: Group = ("", "")
CROSS = "×"


def groups_of(
    samples: Sequence[Mapping[str, str]], crossed: Iterable[Sequence[str]] = ()
) -> list[Group]:
    """(attribute, value) of every group, everybody first, from the attributes of each sample.

    A sample without a value is in no group of the attribute.
    """
    names = sorted({name for row in samples for name in row})
    axes = [(name,) for name in names] + [tuple(axis) for axis in crossed]
    found = {(CROSS.join(axis), _value(row, axis)) for row in samples for axis in axes}
    return [EVERYBODY, *sorted(group for group in found if group[1])]


def _value(row: Mapping[str, str], axis: Sequence[str]) -> str:
    values = [row.get(name, "") for name in axis]
    return CROSS.join(values) if all(values) else ""


def membership(table: pd.DataFrame, groups: Sequence[Group]) -> NDArray[np.bool_]:
    """(N, K): whether each row belongs to each group; column 0, everybody, is true throughout."""
    columns = [np.ones(len(table), dtype=bool)]
    for attribute, value in groups[1:]:
        parts = zip(attribute.split(CROSS), value.split(CROSS), strict=True)
        masks = [np.asarray(table[name] == part, dtype=bool) for name, part in parts]
        columns.append(np.logical_and.reduce(masks))
    return np.column_stack(columns)


def condition_cells(
    tables: Iterable[pd.DataFrame],
    metrics: Sequence[Metric],
    groups: Sequence[Group],
    weights: Weights,
) -> dict[tuple[Group, str], Estimate]:
    """Every group × metric of one condition, from its tables of statistics, one after another.

    Only one table is held at a time; the states merge in the order of the tables.
    """
    states: list[Any] = [None] * len(metrics)
    for table in tables:
        mask = membership(table, groups)
        for index, metric in enumerate(metrics):
            state = metric.accumulate(_with_columns(table, metric), weights, mask)
            states[index] = state if states[index] is None else metric.merge(states[index], state)
    return {
        (group, metric.name): estimate
        for metric, state in zip(metrics, states, strict=True)
        for group, estimate in zip(groups, metric.finish(state, weights), strict=True)
    }


def _with_columns(table: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    # A unit in which every sample failed has no statistics: they are missing, not an error.
    absent = [column for column in metric.columns if column not in table]
    return table.assign(**dict.fromkeys(absent, np.nan)) if absent else table


def compute_cells(
    run: Run,
    units: Sequence[Unit],
    directory: RunDirectory,
    replicates: int,
    progress: Callable[[str, int, int], None],
) -> None:
    """Compute and publish the cells of a run, unless they are there already."""
    names = {c.full_name: directory.unit_names(c.full_name) for c in run.conditions}
    key = digest([names, run.identity, run.task.crossed, replicates])
    if directory.cells(key) is not None:
        return
    rows: list[dict[str, Any]] = []
    for done, condition in enumerate(run.conditions):
        progress("cells", done, len(run.conditions))
        samples = run.dataset.samples(condition.domain)
        groups = groups_of([sample.attributes for sample in samples], run.task.crossed)
        weights = Weights(run.seed, run.dataset.population_of(condition.domain), replicates)
        mine = [unit for unit in units if unit.condition == condition]
        cells = condition_cells(_tables(directory, mine), run.task.metrics, groups, weights)
        rows += [_row(condition.full_name, *key, estimate) for key, estimate in cells.items()]
    progress("cells", len(run.conditions), len(run.conditions))
    directory.write_cells(pd.DataFrame(rows), key)


def _tables(directory: RunDirectory, units: Iterable[Unit]) -> Iterable[pd.DataFrame]:
    for unit in units:
        table = directory.unit(unit.condition.full_name, unit.shard, len(unit.samples))
        if table is not None:
            yield frame(table)


def frame(table: pa.Table) -> pd.DataFrame:
    """A table of statistics as pandas sees it; the column `error` stays."""
    made: pd.DataFrame = table.to_pandas()
    return made


def _row(condition: str, group: Group, metric: str, estimate: Estimate) -> dict[str, Any]:
    return {
        "condition": condition,
        "attribute": group[0],
        "group": group[1],
        "metric": metric,
        "value": estimate.value,
        "replicates": estimate.replicates,
        "n": estimate.n,
        "clusters": estimate.clusters,
        "kind": estimate.kind,
        "df": estimate.df,
        "inflation": estimate.inflation,
        "note": estimate.note,
    }


def read_cells(cells: pd.DataFrame) -> dict[tuple[str, Group, str], Estimate]:
    """Estimates by (condition, group, metric) from a table of cells."""
    rows: Iterable[Any] = cells.itertuples(index=False)
    return {
        (row.condition, (row.attribute, row.group), row.metric): Estimate(
            value=row.value,
            replicates=np.asarray(row.replicates, dtype=np.float32),
            n=row.n,
            clusters=row.clusters,
            kind=row.kind,
            df=row.df,
            inflation=row.inflation,
            note=row.note,
        )
        for row in rows
    }


def what_is_missing(task: Task, directory: RunDirectory) -> str:
    """The first cell that lacks samples, and one of these, as a line for people; '' for none."""
    cells = directory.cells()
    for (condition, _, name), estimate in read_cells(cells).items() if cells is not None else ():
        if "missing" in estimate.note:
            metric = next(metric for metric in task.metrics if metric.name == name)
            table = _with_columns(frame(directory.statistics(condition)), metric)
            lacking = table[table[list(metric.columns)].isna().any(axis=1)]
            first = [
                f", first '{sample}'" + (f": {error}" if error else "")
                for sample, error in zip(lacking["sample_id"], lacking["error"], strict=True)
            ]
            return f"{condition}, {name}: {estimate.note}{''.join(first[:1])}"
    return ""
