"""Runs -> one tidy pandas table: one row a cell, with interval, rank set and source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.cells import EVERYBODY, Group, read_cells
from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, gap, interval, mde, mean, rank_sets, worst_group
from benchsuite.store import RunDirectory, find_runs

COLUMNS = (
    "task", "dataset", "dataset_fingerprint", "model", "condition", "kind", "name", "severity",
    "family", "attribute", "group", "metric", "value", "ci_low", "ci_high", "ci_recipe_low",
    "ci_recipe_high", "interval", "n", "clusters", "seeds", "seed_sd", "coverage", "rank",
    "rank_low", "rank_high", "higher_is_better", "protocol", "note", "source", "run_id",
)  # fmt: skip
COMPARABLE = ("task", "dataset", "dataset_fingerprint", "protocol", "seed", "replicates")
RUN_COLUMNS = (
    "task", "task_version", "dataset", "dataset_fingerprint", "population", "model",
    "model_fingerprint", "protocol", "seed", "batch_size", "shard_size", "threads",
)  # fmt: skip
RELATIVE = "relative "
DROP = "drop "
MEASURED = "measured"
NULL_NOTE = "the gap that chance alone exceeds in 5 % of samples of these sizes"

Key = tuple[str, Group, str]


@dataclass(frozen=True)
class ConditionSet:
    """Conditions whose mean is a summary: a suite, or those of one name, family or severity in it.

    label  `text`, `text/typo`, `text:character`, `text@3`
    """

    label: str
    kind: str
    name: str = ""
    family: str = ""
    severity: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A row's rank and rank set in a set of rows, and that set's name."""

    rank: int
    low: int
    high: int
    named: str


@dataclass(frozen=True, eq=False)
class Board:
    """One run as a leaderboard sees it: its manifest, and its cells as estimates.

    source  `measured`, or who published the numbers: those are values without an interval
    """

    directory: RunDirectory
    manifest: Mapping[str, Any]
    cells: Mapping[Key, Estimate]
    source: str = MEASURED

    @property
    def identity(self) -> Mapping[str, Any]:
        """The run's identity."""
        found: Mapping[str, Any] = self.manifest["identity"]
        return found

    @property
    def noted(self) -> list[str]:
        """The library versions that changed while the run was made."""
        return [str(change) for change in self.manifest.get("noted", [])]

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """What the task said of its metrics, by name, the headline first."""
        return {metric["name"]: metric for metric in self.manifest["metrics"]}

    @cached_property
    def sets(self) -> list[ConditionSet]:
        """The sets of conditions that have a mean."""
        return condition_sets(self.manifest["known_conditions"])

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """kind, name, family and severity of every condition and set of them."""
        single = {
            c["condition"]: _place(c["kind"], c["name"], c["family"], c["severity"])
            for c in self.manifest["known_conditions"]
        }
        means = {s.label: _place(s.kind, s.name, s.family, s.severity) for s in self.sets}
        return {label: {"condition": label, **place} for label, place in (means | single).items()}

    @cached_property
    def comparable(self) -> tuple[Any, ...]:
        """Runs are ranked and compared only where all of this is the same."""
        replicates = len(next(iter(self.cells.values())).replicates)
        return tuple({**self.identity, "replicates": replicates}[key] for key in COMPARABLE)

    @cached_property
    def estimates(self) -> dict[Key, Estimate]:
        """The cells and summaries: means over sets of conditions, relative to clean, drops."""
        found = dict(self.cells)
        groups = {(group, metric) for _, group, metric in self.cells}
        for some in self.sets:
            for group, metric in sorted(groups):
                found |= _summaries(found, some, group, metric)
        return found | self._drops

    @property
    def _drops(self) -> dict[Key, Estimate]:
        """What is lost from clean to each domain: independent where the samples are unrelated."""
        found: dict[Key, Estimate] = {}
        for (condition, group, metric), there in self.cells.items():
            clean = self.cells.get(("clean", group, metric))
            if clean is not None and self.described[condition]["kind"] == "domain":
                better = self.metrics[metric]["higher_is_better"]
                found[condition, group, DROP + metric] = clean - there if better else there - clean
        return found

    def higher_is_better(self, metric: str) -> bool:
        """The direction of a metric, or of a summary of one: of a drop, less is better."""
        declared = self.metrics.get(metric.split(" ")[-1], {}).get("higher_is_better", True)
        return bool(declared) and not metric.startswith(DROP)


def load_board(directory: RunDirectory) -> Board | None:
    """The run's board; None where its cells are not there yet."""
    cells = directory.cells()
    if cells is None or cells.empty:
        return None
    return Board(directory, directory.manifest, read_cells(cells))


def condition_sets(known: Sequence[Mapping[str, Any]]) -> list[ConditionSet]:
    """The sets of a task's conditions that have a mean, suites first; never domains.

    Where two have the same members (a family of one name), the first kind of set stands for both.
    """
    altered = [c for c in known if c["kind"] not in ("clean", "domain")]
    found: dict[tuple[str, ...], ConditionSet] = {}
    for label in (_suite, _name, _family, _severity):
        grouped: dict[ConditionSet, list[str]] = {}
        for c in altered:
            grouped.setdefault(label(c), []).append(c["condition"])
        for some, members in grouped.items():
            if len(members) > 1:
                found.setdefault(tuple(members), replace(some, members=tuple(members)))
    return list(found.values())


def _suite(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(c["suite"], c["kind"])


def _name(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['kind']}/{c['name']}", c["kind"], name=c["name"], family=c["family"])


def _family(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['suite']}:{c['family']}", c["kind"], family=c["family"])


def _severity(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['suite']}@{c['severity']}", c["kind"], severity=c["severity"])


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


def load_boards(results: str | Path, task: str = "*") -> list[Board]:
    """The boards of every finished run below `results`. Raises BadData where there are none."""
    boards = _finished(results, task)
    if not boards:
        raise BadData(f"{results}: expected at least one finished run, found none")
    return boards


def _finished(results: str | Path, task: str) -> list[Board]:
    return [b for d in find_runs(Path(results), task) if (b := load_board(d)) is not None]


def leaderboard(
    results: str | Path = "results", task: str = "*", reported: Sequence[Board] = ()
) -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row a cell, columns COLUMNS.

    `reported` are boards of numbers published elsewhere, which are ranked apart.
    Runs are ranked among those of the same task, dataset fingerprint, protocol, seed and number of
    replicates, and only where their grid is complete. Raises BadData where there are no runs.
    """
    return table([*_finished(results, task), *reported] if reported else load_boards(results, task))


def runs_table(boards: Sequence[Board]) -> pd.DataFrame:
    """One row a run, keyed by `run_id`: identity, conditions, and the model's design factors."""
    rows = [
        {
            "run_id": board.manifest["run_id"],
            **{key: board.identity[key] for key in RUN_COLUMNS},
            "conditions": len(board.manifest["conditions"]),
            "noted": "; ".join(board.noted),
            **{f"factor:{name}": value for name, value in board.manifest["factors"].items()},
        }
        for board in boards
    ]
    return pd.DataFrame(rows).fillna("")


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
            yield _row(board, key, estimate, ranks.get((board.directory.path, key)))
        yield from _incomplete_rows(board)
        yield from _group_rows(board)
        yield from _chance_rows(board)
    yield from _mde_rows(boards)


def _row(board: Board, key: Key, estimate: Estimate, place: Place | None) -> dict[str, Any]:
    if board.source != MEASURED:
        unknown = dict.fromkeys(("ci_low", "ci_high", "rank_low", "rank_high"), np.nan)
        rank = {"rank": place.rank} if place else {}
        return _blank(board, key) | {"value": estimate.value, "coverage": 1.0, **unknown, **rank}
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
        "note": join(estimate.note, found.note, place.named if place else "", *board.noted),
        **({"rank": place.rank, "rank_low": place.low, "rank_high": place.high} if place else {}),
    }


def _bounds(board: Board, metric: str) -> tuple[float, float]:
    low, high = board.metrics.get(metric, {}).get("bounds", (None, None))
    return (-np.inf if low is None else low, np.inf if high is None else high)


def _blank(board: Board, key: Key) -> dict[str, Any]:
    condition, (attribute, group), metric = key
    return {
        **dict.fromkeys(COLUMNS),
        **dict.fromkeys(("ci_recipe_low", "ci_recipe_high", "seed_sd", "severity"), np.nan),
        **board.described.get(condition, {"condition": condition}),
        "task": board.identity["task"],
        "dataset": board.identity["dataset"],
        "dataset_fingerprint": board.identity["dataset_fingerprint"],
        "model": board.identity["model"],
        "attribute": attribute,
        "group": group,
        "metric": metric,
        "seeds": 1,
        "higher_is_better": board.higher_is_better(metric),
        "protocol": board.identity["protocol"],
        "source": board.source,
        "run_id": board.manifest["run_id"],
        "note": "",
        "interval": "",
    }


def _place(kind: str, name: str, family: str, severity: int) -> dict[str, Any]:
    return {"kind": kind, "name": name, "family": family, "severity": severity or np.nan}


def join(*notes: str) -> str:
    """Notes that say something, in one line."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _incomplete_rows(board: Board) -> Iterator[dict[str, Any]]:
    for some in board.sets:
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
        better = bool(board.metrics[metric]["higher_is_better"])
        names = [name for name, _ in groups]
        estimates = [estimate for _, estimate in groups]
        spread = gap(estimates, better)
        low, high = _bounds(board, metric)
        rows = {
            f"gap {metric}": (spread, 0.0, high - low),
            f"worst {metric}": (worst_group(estimates, better), low, high),
        }
        for label, (found, floor, ceiling) in rows.items():
            yield _blank(board, (condition, (attribute, ""), label)) | {
                "value": found.value, "ci_low": float(np.clip(found.low, floor, ceiling)),
                "ci_high": float(np.clip(found.high, floor, ceiling)),
                "interval": found.method, "n": found.n, "clusters": found.clusters,
                "coverage": 1.0, "note": join(found.note, _left_out(names, estimates)),
                "higher_is_better": better if label.startswith("worst") else False,
            }  # fmt: skip
        known = not np.isnan(spread.null95)
        yield _blank(board, (condition, (attribute, ""), f"gap_null95 {metric}")) | {
            "value": spread.null95, "n": spread.n, "clusters": spread.clusters, "coverage": 1.0,
            "higher_is_better": False, "note": NULL_NOTE if known else spread.note,
        }  # fmt: skip


def _left_out(names: Sequence[str], estimates: Sequence[Estimate]) -> str:
    missing = [name for name, e in zip(names, estimates, strict=True) if np.isnan(e.value)]
    return f"without {', '.join(missing)}" if missing else ""


def _by_attribute(board: Board) -> dict[tuple[str, str, str], list[tuple[str, Estimate]]]:
    found: dict[tuple[str, str, str], list[tuple[str, Estimate]]] = {}
    for (condition, (attribute, group), metric), estimate in board.estimates.items():
        if attribute and metric in board.metrics:
            found.setdefault((condition, attribute, metric), []).append((group, estimate))
    return found


def _chance_rows(board: Board) -> Iterator[dict[str, Any]]:
    for metric, value in board.manifest.get("chance", {}).items():
        yield _blank(board, ("clean", EVERYBODY, f"chance {metric}")) | {"value": value}


def _ranks(boards: Sequence[Board]) -> dict[tuple[Path, Key], Place]:
    found: dict[tuple[Path, Key], Place] = {}
    keys = dict.fromkeys(key for board in boards for key in board.estimates)
    for key in keys:
        rows = [board for board in boards if key in board.estimates]
        better = rows[0].higher_is_better(key[2])
        ranks = rank_sets([board.estimates[key] for board in rows], better)
        named = digest(sorted(board.manifest["run_id"] for board in rows))[:8]
        for board, rank in zip(rows, ranks, strict=True):
            if rank.rank is not None and rank.low is not None and rank.high is not None:
                text = f"ranked in set {named} of {len(rows)}"
                found[board.directory.path, key] = Place(rank.rank, rank.low, rank.high, text)
    return found


def _mde_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    """How large a difference this data could have shown between a row and any other of its set."""
    for board in boards:
        for key, estimate in board.estimates.items():
            others = [b.estimates[key] for b in boards if b is not board and key in b.estimates]
            others = [other for other in others if len(other.replicates)]
            if key[1] == EVERYBODY and key[2] in board.metrics and others:
                sd = max((estimate - other).sd for other in others)
                yield _blank(board, (key[0], EVERYBODY, f"mde {key[2]}")) | {
                    "value": mde(1.96, sd), "n": estimate.n, "clusters": estimate.clusters,
                    "coverage": 1.0, "higher_is_better": False,
                    "note": f"80 % power at 5 % two-sided, against any of {len(others)} rows",
                }  # fmt: skip
