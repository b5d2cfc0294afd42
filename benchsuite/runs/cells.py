"""The cells of a run: computed from its stored units, stored, and read again."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchsuite.dataset import digest
from benchsuite.estimation import Estimate, Weights
from benchsuite.estimation.cells import Group, condition_cells, groups_of, with_columns
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Task


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
            table = with_columns(frame(directory.statistics(condition)), metric)
            lacking = table[table[list(metric.columns)].isna().any(axis=1)]
            first = [
                f", first '{sample}'" + (f": {error}" if error else "")
                for sample, error in zip(lacking["sample_id"], lacking["error"], strict=True)
            ]
            return f"{condition}, {name}: {estimate.note}{''.join(first[:1])}"
    return ""
