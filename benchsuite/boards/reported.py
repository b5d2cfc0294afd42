"""Numbers published elsewhere, as boards: their means come from the code that makes ours.

A CSV has one row per number. Its columns are `model`, `dataset`, `metric`, `value`, `source` (a
citation), and `condition`, or `corruption` and `severity` (0 is clean). `attribute` and `group`
name the group of a number, `protocol` another way to obtain it. They are ranked among the rows of
their protocol, and `source` keeps them apart from measured ones. A number has an interval only if
its standard error was published with it, as `stderr`; `n` is its number of samples. `task` names
the task. One that is not installed has the metrics that the rows declare, see `declared_task`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchsuite.boards.board import Board
from benchsuite.boards.declared import declared_task
from benchsuite.condition import CLEAN
from benchsuite.dataset import digest
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.estimation import Code, Estimate, note, record_of_metric
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.files.table import csv_rows
from benchsuite.files.text import integer, number
from benchsuite.runs.forms import places_of
from benchsuite.runs.manifest import ConditionRecord, Identity, Manifest, described
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Located, Task, load_task, task_names

COLUMNS = ("model", "dataset", "metric", "value", "source")
NO_REPLICATES = np.zeros(0, dtype=np.float32)

Cell = tuple[str, Group]


def read_reported(path: Path, task: Task | None = None) -> list[Board]:
    """A board for every model, dataset, metric and protocol of the file; metrics by name or alias.

    They are of the task that is given, else of those that the rows name.
    Raises BadData, with file and line, for a missing column, a metric or condition that the task
    does not have, a value that is not a number, two values for one cell, and a row of another
    task. A value may be repeated: clean, beside every corruption. Raises WrongCall for a row that
    names no task where none is given.
    """
    named: dict[str, list[Located]] = {}
    for where, row in _rows(path):
        own = row.get("task") or (task.name if task else "")
        if not own:
            raise WrongCall(f"{where}: expected a task, found none: --reported needs --task")
        if task and own != task.name:
            raise BadData(f"{where}: task: expected {task.name}, found '{own}'")
        named.setdefault(own, []).append((where, row))
    installed = () if task else task_names()
    found = []
    for name, rows in named.items():
        known = load_task(name) if name in installed else task
        found += _boards(path, known or declared_task(name, rows), rows)
    return found


def _boards(path: Path, task: Task, rows: Sequence[Located]) -> list[Board]:
    records = described(task.known_conditions())
    known_conditions = places_of(records)
    bounds = {metric.name: metric.bounds for metric in task.metrics}
    found: dict[tuple[str, ...], dict[Cell, _Told]] = {}
    sources: dict[tuple[str, ...], str] = {}
    for where, row in _checked(rows, task):
        metric = task.aliases.get(row["metric"], row["metric"])
        known, protocol = _known_metric(where, metric, bounds), row.get("protocol") or "reported"
        key = (row["model"], row["dataset"], known, protocol)
        cell = (_condition(where, row, known_conditions), _group(row))
        told = _told(where, row, known, bounds[known])
        before = found.setdefault(key, {}).setdefault(cell, told)
        if before.value != told.value:
            about = (metric, cell[0], cell[1].attribute, cell[1].value)
            what = ", ".join(part for part in about if part)
            raise BadData(f"{where}: {what}: found {told.value} after {before.value}")
        sources.setdefault(key, row["source"])
    headline_first = list(bounds)
    keys = sorted(found, key=lambda key: (headline_first.index(key[2]), key))
    return [_board(path, task, key, found[key], (sources[key], records)) for key in keys]


def _rows(path: Path) -> list[Located]:
    if not (rows := csv_rows(path)):
        raise BadData(f"{path}: expected at least one row below a header, found none")
    return rows


def _checked(rows: Sequence[Located], task: Task) -> Iterator[Located]:
    for where, row in task.reported(rows) if task.reported else rows:
        for column in COLUMNS:
            if not row.get(column):
                raise BadData(f"{where}: expected a value for {column}, found none")
        yield where, row


def _group(row: Mapping[str, str]) -> Group:
    attribute, value = row.get("attribute", ""), row.get("group", "")
    return Group((attribute,), (value,)) if attribute else EVERYBODY


def _known_metric(where: str, metric: str, names: Collection[str]) -> str:
    if metric not in names:
        raise BadData(f"{where}: metric: no metric '{metric}'{near(metric, names)}")
    return metric


def _condition(where: str, row: Mapping[str, str], known: Collection[str]) -> str:
    name = row.get("condition", "")
    if not name and row.get("severity") == "0":
        return CLEAN.full_name
    name = name or f"corruption/{row.get('corruption')}/{row.get('severity')}"
    if name not in known:
        raise BadData(f"{where}: no condition '{name}'{near(name, known)}")
    return name


@dataclass(frozen=True)
class _Told:
    """What a row says of a cell; n is 0 where it does not say it."""

    value: float
    stderr: float | None
    n: int


def _told(where: str, row: Mapping[str, str], metric: str, bounds: tuple[float, float]) -> _Told:
    value, (low, high) = number(where, "value", row["value"]), bounds
    if not low <= value <= high:
        found = f"found '{row['value']}'"
        raise BadData(f"{where}: value: expected {low} to {high} for {metric}, {found}")
    stderr = number(where, "stderr", row["stderr"]) if row.get("stderr") else None
    n = integer(where, "n", row["n"]) if row.get("n") else 0
    for key, told in (("stderr", stderr or 0), ("n", n)):
        if told < 0:
            raise BadData(f"{where}: {key}: expected at least 0, found '{row[key]}'")
    return _Told(value, stderr, n)


def _board(
    path: Path,
    task: Task,
    key: tuple[str, ...],
    values: Mapping[Cell, _Told],
    told: tuple[str, tuple[ConditionRecord, ...]],
) -> Board:
    (model, dataset, metric, protocol), (source, known_conditions) = key, told
    identity = Identity(
        task=task.name, task_version=task.version, protocol=protocol, metrics={}, dataset=dataset,
        dataset_fingerprint="reported", population="", model=model, model_fingerprint="", seed=0,
        batch_size=0, shard_size=0, threads=0,
    )  # fmt: skip
    known = {record.condition for record in known_conditions}
    manifest = Manifest(
        run_id=f"reported-{digest([model, dataset, source, protocol])[:8]}",
        identity=identity,
        conditions=tuple(dict.fromkeys(place for place, _ in values if place in known)),
        known_conditions=known_conditions,
        metrics=tuple(record_of_metric(one) for one in task.metrics if one.name == metric),
    )
    cells = {
        (place, group, metric): Estimate(
            told.value,
            NO_REPLICATES,
            told.n,
            told.n,
            notes=() if place in known else note(Code.AS_PUBLISHED),
        )
        for (place, group), told in values.items()
    }
    errors = {
        (condition, group, metric): told.stderr
        for (condition, group), told in values.items()
        if told.stderr is not None
    }
    directory = RunDirectory(path / model / dataset / metric / protocol)
    return Board(directory, manifest, cells, source, errors=errors)
