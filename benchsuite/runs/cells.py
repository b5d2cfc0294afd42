"""The cells of a run: computed from its stored units, stored, and read again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from typing import Any, Final, get_type_hints

import pandas as pd
import pyarrow as pa

from benchsuite.condition import Condition
from benchsuite.dataset import digest
from benchsuite.errors import BadData, of_others
from benchsuite.estimation import (
    Code,
    Estimate,
    Metric,
    Note,
    Notes,
    Weights,
    record_of_metric,
    repeated,
)
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells, groups_of, with_columns
from benchsuite.estimation.notes import decoded, encoded
from benchsuite.runs.added import AddedMetric, Tables, added_cells, failed, usable
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.rows import frame
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Progress

Cell = tuple[str, Group, str]
"""Condition, group and metric."""

_KEY: Final = (
    ("condition", pa.string()),
    ("attributes", pa.list_(pa.string())),
    ("values", pa.list_(pa.string())),
    ("metric", pa.string()),
)
_COLUMNS: Final = {float: pa.float64(), int: pa.int64(), Notes: pa.string()}
_FIELDS: Final = tuple(field.name for field in fields(Estimate))


def _schema() -> pa.Schema:
    """The columns of the file of cells: a cell's key, and the fields of its estimate."""
    hints = get_type_hints(Estimate)
    own = {"deviations": pa.list_(pa.float32()), "kind": pa.string()}
    return pa.schema([*_KEY, *((n, own.get(n) or _COLUMNS[hints[n]]) for n in _FIELDS)])


def compute_cells(
    run: Run,
    units: Sequence[Unit],
    directory: RunDirectory,
    replicates: int,
    progress: Progress,
) -> None:
    """Compute and publish the cells of a run, unless they are there already.

    The manifest names the metrics of plugins that the run can tell, and then the cells have them.
    """
    added = usable(run, units, directory)
    _name_metrics(run, directory, added)
    names = {c.full_name: directory.unit_names(c.full_name) for c in run.conditions}
    own = [record_of_metric(metric).part for metric in run.task.metrics]
    stopped = directory.manifest.stopped
    parts = [_schema().names, names, run.identity, run.task.crossed, replicates, own]
    parts += [stopped] if stopped else []
    key = digest([*parts, *(one.record for one in added)])
    if directory.has_cells(key):
        return
    cells: dict[Cell, Estimate] = {}
    for done, condition in enumerate(run.conditions):
        progress("cells", done, len(run.conditions))
        mine = [unit for unit in units if unit.condition == condition]
        cells |= _of_condition(run, condition, partial(_tables, directory, mine), added, replicates)
    progress("cells", len(run.conditions), len(run.conditions))
    if stopped:
        cells = {cell: repeated(one, stopped.share, stopped.looks) for cell, one in cells.items()}
    directory.write_cells(table_of(cells), "" if any(map(failed, cells.values())) else key)


def _name_metrics(run: Run, directory: RunDirectory, added: Sequence[AddedMetric]) -> None:
    manifest = directory.manifest
    metrics = (*manifest.own, *(one.record for one in added))
    if metrics != manifest.metrics:
        directory.write_manifest(replace(manifest, metrics=metrics))


def _of_condition(
    run: Run, condition: Condition, tables: Tables, added: Sequence[AddedMetric], replicates: int
) -> dict[Cell, Estimate]:
    samples = run.dataset.samples(condition.domain)
    groups = groups_of([sample.attributes for sample in samples], run.task.crossed)
    weights = Weights(run.seed, run.dataset.population_of(condition.domain), replicates)
    with of_others(f"task {run.task.name}, {condition.full_name}: metrics"):
        found = condition_cells(tables(), run.task.metrics, groups, weights)
    for one in added:
        found |= added_cells(tables, one.metric, groups, weights)
    return {(condition.full_name, group, name): e for (group, name), e in found.items()}


def _tables(directory: RunDirectory, units: Iterable[Unit]) -> Iterable[pd.DataFrame]:
    run_id = directory.manifest.run_id
    for unit in units:
        table = directory.unit(unit.of(run_id))
        if table is not None:
            yield frame(table)


def table_of(cells: Mapping[Cell, Estimate]) -> pa.Table:
    """Cells as a table, a row each."""
    rows = [
        {
            "condition": condition,
            "attributes": list(group.attributes),
            "values": list(group.values),
            "metric": metric,
            **{name: getattr(estimate, name) for name in _FIELDS},
            "notes": encoded(estimate.notes),
        }
        for (condition, group, metric), estimate in cells.items()
    ]
    return pa.Table.from_pandas(pd.DataFrame(rows), schema=_schema(), preserve_index=False)


def read_cells(table: pa.Table) -> dict[Cell, Estimate]:
    """The cells that a table holds. Raises BadData for those of an earlier version."""
    if table.column_names != _schema().names:
        raise BadData("the cells are of an earlier version: run its command again")
    notes = cache(decoded)
    columns = {str(name): column.tolist() for name, column in table.to_pandas().items()}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return {_cell(row): _estimate(row, notes(row["notes"])) for row in rows}


def _cell(row: Mapping[str, Any]) -> Cell:
    group = Group(tuple(row["attributes"]), tuple(row["values"]))
    return row["condition"], group, row["metric"]


def _estimate(row: Mapping[str, Any], notes: Notes) -> Estimate:
    return Estimate(**{**{name: row[name] for name in _FIELDS}, "notes": notes})


@dataclass(frozen=True)
class Incomplete:
    """A cell that lacks samples, and the first of these; or all answers of which are unusable."""

    condition: str
    metric: str
    notes: Notes
    sample: str
    error: str


def what_is_missing(metrics: Sequence[Metric], directory: RunDirectory) -> Incomplete | None:
    """The first cell that lacks samples, or of which no answer could be read; None for none.

    It is one of these metrics: those that plugins add are none of the run's own.
    """
    table, known = directory.cells(), {metric.name: metric for metric in metrics}
    cells = read_cells(table) if table is not None else {}
    for (condition, group, name), estimate in cells.items():
        if name in known and any(_lacks(note, group) for note in estimate.notes):
            metric = known[name]
            rows = with_columns(frame(directory.statistics(condition)), metric)
            lacking = rows[rows[list(metric.columns)].isna().any(axis=1)]
            first = next(zip(lacking["sample_id"], lacking["error"], strict=True), ("", ""))
            return Incomplete(condition, name, estimate.notes, *first)
    return None


def _lacks(note: Note, group: Group) -> bool:
    nothing_read = note.code == Code.UNREAD and note.arguments[0] == note.arguments[1]
    return note.code == Code.MISSING or (nothing_read and group == EVERYBODY)
