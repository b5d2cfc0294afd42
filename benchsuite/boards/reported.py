"""Numbers published elsewhere, as boards: their means come from the code that makes ours.

A CSV has one row per number. Its columns are `model`, `dataset`, `metric`, `value`, `source` (a
citation), and `condition`, or `corruption` and `severity` (0 is clean). `attribute` and `group`
name the group of a number, `protocol` another way to obtain it. Such rows have no interval. They
are ranked among the rows of their protocol, and `source` keeps them apart from measured ones.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchsuite.boards.board import Board
from benchsuite.condition import CLEAN
from benchsuite.dataset import digest
from benchsuite.errors import BadData, near
from benchsuite.estimation import Estimate, record_of_metric
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.files.table import csv_rows
from benchsuite.files.text import number
from benchsuite.runs.manifest import ConditionRecord, Identity, Manifest, described
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Located, Task

COLUMNS = ("model", "dataset", "metric", "value", "source")
NO_REPLICATES = np.zeros(0, dtype=np.float32)

Cell = tuple[str, Group]


def read_reported(path: Path, task: Task) -> list[Board]:
    """A board for every model, dataset, metric and protocol of the file; metrics by name or alias.

    Raises BadData, with file and line, for a missing column, a metric or condition that the task
    does not have, a value that is not a number, and two values for one cell. A value may be
    repeated: clean, beside every corruption.
    """
    known_conditions = task.known_conditions()
    bounds = {metric.name: metric.bounds for metric in task.metrics}
    found: dict[tuple[str, ...], dict[Cell, float]] = {}
    sources: dict[tuple[str, ...], str] = {}
    for where, row in _rows(path, task):
        metric = task.aliases.get(row["metric"], row["metric"])
        known, protocol = _known_metric(where, metric, bounds), row.get("protocol") or "reported"
        key = (row["model"], row["dataset"], known, protocol)
        condition = _condition(where, row, known_conditions)
        value = _number(where, row["value"], known, bounds[known])
        group = _group(row)
        before = found.setdefault(key, {}).setdefault((condition, group), value)
        if before != value:
            about = (metric, condition, group.attribute, group.value)
            told = ", ".join(part for part in about if part)
            raise BadData(f"{where}: {told}: found {value} after {before}")
        sources.setdefault(key, row["source"])
    headline_first = list(bounds)
    keys = sorted(found, key=lambda key: (headline_first.index(key[2]), key))
    records = described(known_conditions)
    return [_board(path, task, key, found[key], (sources[key], records)) for key in keys]


def _rows(path: Path, task: Task) -> Iterator[Located]:
    rows = csv_rows(path)
    if not rows:
        raise BadData(f"{path}: expected at least one row below a header, found none")
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


def _number(where: str, text: str, metric: str, bounds: tuple[float, float]) -> float:
    value, (low, high) = number(where, "value", text), bounds
    if not low <= value <= high:
        raise BadData(f"{where}: value: expected {low} to {high} for {metric}, found '{text}'")
    return value


def _board(
    path: Path,
    task: Task,
    key: tuple[str, ...],
    values: Mapping[Cell, float],
    told: tuple[str, tuple[ConditionRecord, ...]],
) -> Board:
    (model, dataset, metric, protocol), (source, known_conditions) = key, told
    identity = Identity(
        task=task.name, task_version=task.version, protocol=protocol, metrics={}, dataset=dataset,
        dataset_fingerprint="reported", population="", model=model, model_fingerprint="", seed=0,
        batch_size=0, shard_size=0, threads=0,
    )  # fmt: skip
    manifest = Manifest(
        run_id=f"reported-{digest([model, dataset, source, protocol])[:8]}",
        identity=identity,
        conditions=tuple(dict.fromkeys(condition for condition, _ in values)),
        known_conditions=known_conditions,
        metrics=tuple(record_of_metric(one) for one in task.metrics if one.name == metric),
    )
    cells = {
        (condition, group, metric): Estimate(value, NO_REPLICATES, 0, 0)
        for (condition, group), value in values.items()
    }
    return Board(RunDirectory(path / model / dataset / metric / protocol), manifest, cells, source)
