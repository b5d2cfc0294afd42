"""Runs -> one tidy pandas table: one row a cell, with interval, rank set and source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.cells import EVERYBODY, Group, read_cells
from benchsuite.dataset import digest
from benchsuite.disparity import shown
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, interval, mde, mean, rank_sets
from benchsuite.store import RunDirectory, find_runs

COLUMNS = (
    "task", "dataset", "dataset_fingerprint", "model", "condition", "kind", "name", "severity",
    "family", "attribute", "group", "metric", "value", "ci_low", "ci_high", "ci_recipe_low",
    "ci_recipe_high", "interval", "n", "clusters", "seeds", "seed_sd", "coverage", "rank",
    "rank_low", "rank_high", "higher_is_better", "protocol", "note", "source", "run_id",
)  # fmt: skip
COMPARABLE = ("task", "dataset", "dataset_fingerprint", "protocol", "seed", "replicates")
RELATIVE = "relative "

Key = tuple[str, Group, str]


@dataclass(frozen=True)
class ConditionSet:
    """A set of conditions whose mean is a summary: all of a kind, of a family, or of a name."""

    label: str
    kind: str
    name: str
    family: str
    members: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Board:
    """One run as a leaderboard sees it: its manifest, and its cells as estimates."""

    directory: RunDirectory
    manifest: Mapping[str, Any]
    cells: Mapping[Key, Estimate]

    @property
    def identity(self) -> Mapping[str, Any]:
        """The run's identity."""
        found: Mapping[str, Any] = self.manifest["identity"]
        return found

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """What the task said of its metrics, by name, the headline first."""
        return {metric["name"]: metric for metric in self.manifest["metrics"]}

    @cached_property
    def comparable(self) -> tuple[Any, ...]:
        """Runs are ranked and compared only where all of this is the same."""
        replicates = len(next(iter(self.cells.values())).replicates)
        return tuple({**self.identity, "replicates": replicates}[key] for key in COMPARABLE)

    @cached_property
    def estimates(self) -> dict[Key, Estimate]:
        """The cells and the summaries over sets of conditions: means, and relative to clean."""
        found = dict(self.cells)
        groups = {(group, metric) for _, group, metric in self.cells}
        for some in condition_sets(self.manifest["known_conditions"]):
            for group, metric in sorted(groups):
                found |= _summaries(found, some, group, metric)
        return found


def load_board(directory: RunDirectory) -> Board | None:
    """The run's board; None where its cells are not there yet."""
    cells = directory.cells()
    if cells is None or cells.empty:
        return None
    return Board(directory, directory.manifest, read_cells(cells))


def condition_sets(known: Sequence[Mapping[str, Any]]) -> list[ConditionSet]:
    """The sets of a task's conditions that have a mean: kinds, families, names; never domains."""
    found: dict[str, tuple[str, str, str, list[str]]] = {}
    for c in known:
        if c["kind"] in ("clean", "domain"):
            continue
        labels = {
            c["kind"]: ("", ""),
            f"{c['kind']}:{c['family']}": ("", c["family"]),
            f"{c['kind']}/{c['name']}": (c["name"], c["family"]),
        }
        for label, (name, family) in labels.items():
            entry = found.setdefault(label, (c["kind"], name, family, []))
            entry[3].append(c["condition"])
    sets = [ConditionSet(k, v[0], v[1], v[2], tuple(v[3])) for k, v in found.items()]
    return [some for some in sets if len(some.members) > 1]


def _summaries(
    cells: Mapping[Key, Estimate], some: ConditionSet, group: Group, metric: str
) -> dict[Key, Estimate]:
    parts = [cells[c, group, metric] for c in some.members if (c, group, metric) in cells]
    if len(parts) < len(some.members):
        return {}
    average = mean(parts)
    summary = {(some.label, group, metric): average}
    clean = cells.get(("clean", group, metric))
    if clean is not None:
        summary[some.label, group, RELATIVE + metric] = average / clean
    return summary


def leaderboard(results: str | Path = "results", task: str = "*") -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row a cell, columns COLUMNS.

    Runs are ranked among those of the same task, dataset fingerprint, protocol, seed and number of
    replicates, and only where their grid is complete. Raises BadData where there are no runs.
    """
    root = Path(results)
    boards = [b for d in find_runs(root, task) if (b := load_board(d)) is not None]
    if not boards:
        raise BadData(f"{root}: expected at least one finished run, found none")
    return table(boards)


def table(boards: Sequence[Board]) -> pd.DataFrame:
    """The tidy table of these runs."""
    sets: dict[tuple[Any, ...], list[Board]] = {}
    for board in boards:
        sets.setdefault(board.comparable, []).append(board)
    rows = [row for key in sorted(sets, key=repr) for row in _set_rows(sets[key])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _set_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    ranks = _ranks(boards)
    for board in boards:
        for key, estimate in board.estimates.items():
            yield _row(board, key, estimate) | ranks.get((board.directory.path, key), {})
        yield from _incomplete_rows(board)
        yield from _group_rows(board)
        yield from _chance_rows(board)
    yield from _mde_rows(boards)


def _row(board: Board, key: Key, estimate: Estimate) -> dict[str, Any]:
    low, high = _bounds(board, key[2])
    found = interval(estimate, lower=low, upper=high)
    return _blank(board, key) | {
        "value": estimate.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "interval": found.method,
        "n": estimate.n,
        "clusters": estimate.clusters,
        "coverage": 1.0,
        "note": join(estimate.note, found.note),
    }


def _bounds(board: Board, metric: str) -> tuple[float, float]:
    low, high = board.metrics.get(metric, {}).get("bounds", (None, None))
    return (-np.inf if low is None else low, np.inf if high is None else high)


def _blank(board: Board, key: Key) -> dict[str, Any]:
    condition, (attribute, group), metric = key
    base = metric.split(" ")[-1]
    return {
        **dict.fromkeys(COLUMNS),
        **dict.fromkeys(("ci_recipe_low", "ci_recipe_high", "seed_sd", "severity"), np.nan),
        **_describe(board, condition),
        "task": board.identity["task"],
        "dataset": board.identity["dataset"],
        "dataset_fingerprint": board.identity["dataset_fingerprint"],
        "model": board.identity["model"],
        "attribute": attribute,
        "group": group,
        "metric": metric,
        "seeds": 1,
        "higher_is_better": board.metrics.get(base, {}).get("higher_is_better", True),
        "protocol": board.identity["protocol"],
        "source": "measured",
        "run_id": board.manifest["run_id"],
        "note": "",
        "interval": "",
    }


def _describe(board: Board, condition: str) -> dict[str, Any]:
    for c in board.manifest["known_conditions"]:
        if c["condition"] == condition:
            return {**c, "severity": c["severity"] or np.nan}
    for some in condition_sets(board.manifest["known_conditions"]):
        if some.label == condition:
            return {
                "condition": condition, "kind": some.kind, "name": some.name, "family": some.family
            }  # fmt: skip
    return {"condition": condition, "kind": "", "name": "", "family": ""}


def join(*notes: str) -> str:
    """Notes that say something, in one line."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _incomplete_rows(board: Board) -> Iterator[dict[str, Any]]:
    for some in condition_sets(board.manifest["known_conditions"]):
        done = [c for c in some.members if c in board.manifest["conditions"]]
        if 0 < len(done) < len(some.members):
            for metric in board.metrics:
                note = f"incomplete grid: {len(done)} of {len(some.members)} conditions"
                coverage = len(done) / len(some.members)
                yield _blank(board, (some.label, EVERYBODY, metric)) | {
                    "value": np.nan, "coverage": coverage, "note": note,
                }  # fmt: skip


def _group_rows(board: Board) -> Iterator[dict[str, Any]]:
    for (condition, attribute, metric), groups in sorted(_by_attribute(board).items()):
        declared = board.metrics[metric]
        overall = board.estimates[condition, EVERYBODY, metric]
        better, every = bool(declared["higher_is_better"]), bool(declared.get("equity"))
        for one in shown(overall, dict(groups), _bounds(board, metric), better, every):
            yield _blank(board, (condition, (attribute, ""), f"{one.label} {metric}")) | {
                "value": one.value, "ci_low": one.low, "ci_high": one.high,
                "interval": one.method, "n": one.n, "clusters": one.clusters, "coverage": 1.0,
                "note": one.note, "higher_is_better": one.higher_is_better,
            }  # fmt: skip


def _by_attribute(board: Board) -> dict[tuple[str, str, str], list[tuple[str, Estimate]]]:
    found: dict[tuple[str, str, str], list[tuple[str, Estimate]]] = {}
    for (condition, (attribute, group), metric), estimate in board.estimates.items():
        if attribute and metric in board.metrics:
            found.setdefault((condition, attribute, metric), []).append((group, estimate))
    return found


def _chance_rows(board: Board) -> Iterator[dict[str, Any]]:
    for metric, value in board.manifest.get("chance", {}).items():
        yield _blank(board, ("clean", EVERYBODY, f"chance {metric}")) | {"value": value}


def _ranks(boards: Sequence[Board]) -> dict[tuple[Path, Key], dict[str, Any]]:
    found: dict[tuple[Path, Key], dict[str, Any]] = {}
    keys = dict.fromkeys(key for board in boards for key in board.estimates)
    for key in keys:
        rows = [board for board in boards if key in board.estimates]
        better = bool(rows[0].metrics.get(key[2].split(" ")[-1], {}).get("higher_is_better", True))
        ranks = rank_sets([board.estimates[key] for board in rows], better)
        named = digest(sorted(board.manifest["run_id"] for board in rows))[:8]
        for board, rank in zip(rows, ranks, strict=True):
            if rank.rank is not None:
                own = found.setdefault((board.directory.path, key), {})
                own |= {"rank": rank.rank, "rank_low": rank.low, "rank_high": rank.high}
                own["note"] = join(_row_note(board, key), f"ranked in set {named} of {len(rows)}")
    return found


def _row_note(board: Board, key: Key) -> str:
    estimate = board.estimates[key]
    return join(estimate.note, interval(estimate).note)


def _mde_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    """How large a difference this data could have shown between a row and any other of its set."""
    for board in boards:
        for key, estimate in board.estimates.items():
            others = [b.estimates[key] for b in boards if b is not board and key in b.estimates]
            if key[1] == EVERYBODY and key[2] in board.metrics and others:
                sd = max((estimate - other).sd for other in others)
                yield _blank(board, (key[0], EVERYBODY, f"mde {key[2]}")) | {
                    "value": mde(1.96, sd), "n": estimate.n, "clusters": estimate.clusters,
                    "coverage": 1.0, "higher_is_better": False,
                    "note": f"80 % power at 5 % two-sided, against any of {len(others)} rows",
                }  # fmt: skip
