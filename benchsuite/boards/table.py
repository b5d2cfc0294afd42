"""Boards -> one tidy pandas table: one row a cell, with interval, rank set and source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.boards.board import MEASURED, Board, Key, finished, load_boards
from benchsuite.boards.disparity import grown, shown
from benchsuite.boards.seeds import by_recipe, of_seeds, seed_spread
from benchsuite.dataset import digest
from benchsuite.estimation import (
    Estimate,
    interval,
    join_notes,
    mde,
    mean,
    rank_sets,
    recipe_interval,
)
from benchsuite.estimation.cells import CROSS, EVERYBODY, Group

COLUMNS = (
    "task", "dataset", "dataset_fingerprint", "model", "condition", "kind", "name", "severity",
    "family", "attribute", "group", "metric", "value", "ci_low", "ci_high", "ci_recipe_low",
    "ci_recipe_high", "interval", "n", "clusters", "seeds", "seed_sd", "coverage", "rank",
    "rank_low", "rank_high", "higher_is_better", "protocol", "note", "source", "run_id",
)  # fmt: skip
RUN_COLUMNS = (
    "task", "task_version", "dataset", "dataset_fingerprint", "population", "model",
    "model_fingerprint", "protocol", "seed", "batch_size", "shard_size", "threads",
)  # fmt: skip


@dataclass(frozen=True)
class Ranked:
    """A row's rank and rank set in a set of rows, and that set's name."""

    rank: int
    low: int
    high: int
    named: str


def leaderboard(
    results: str | Path = "results", task: str = "*", reported: Sequence[Board] = ()
) -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row a cell, columns COLUMNS.

    `reported` are boards of numbers published elsewhere, which are ranked apart.
    Runs are ranked among those of the same task and metrics, in the same versions, the same dataset
    fingerprint, protocol, seed and number of replicates, and only where their grid is complete.
    Raises BadData where there are no runs.
    """
    return table([*finished(results, task), *reported] if reported else load_boards(results, task))


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
    rows = [row for key in sorted(sets, key=repr) for row in _set_rows(by_recipe(sets[key]))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _set_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    ranks = _ranks(boards)
    for board in boards:
        for key, estimate in board.estimates.items():
            place = ranks.get((board.directory.path, key))
            row = _row(board, key, estimate, place)
            yield row | _recipe_columns(boards, board, key, row["note"])
        yield from _incomplete_rows(board)
        # A gap is never told without its interval, which what was published does not have.
        if board.source == MEASURED:
            yield from _group_rows(board)
        yield from _chance_rows(board)
    yield from _mde_rows(boards)


def _row(board: Board, key: Key, estimate: Estimate, place: Ranked | None) -> dict[str, Any]:
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
        "note": join_notes([estimate.note, found.note, place.named if place else "", *board.noted]),
        **({"rank": place.rank, "rank_low": place.low, "rank_high": place.high} if place else {}),
    }


def _recipe_columns(boards: Sequence[Board], board: Board, key: Key, note: str) -> dict[str, Any]:
    values = of_seeds(board, key)
    if len(values) < 2 or (spread := seed_spread(boards, key)) is None:
        return {}
    low, high = _bounds(board, key[2])
    found = recipe_interval(board.estimates[key], [len(values)], spread, lower=low, upper=high)
    return {
        "ci_recipe_low": found.low,
        "ci_recipe_high": found.high,
        "seeds": len(values),
        "seed_sd": float(values.std(ddof=1)),
        "note": join_notes([note, _trained(len(values)), found.note]),
    }


def _trained(trainings: int) -> str:
    return f"mean of {trainings} trainings" if trainings > 1 else ""


def _bounds(board: Board, metric: str) -> tuple[float, float]:
    low, high = board.metrics.get(metric, {}).get("bounds", (None, None))
    return (-np.inf if low is None else low, np.inf if high is None else high)


def _blank(board: Board, key: Key) -> dict[str, Any]:
    condition, (attribute, group), metric = key
    factors = board.manifest.get("factors", {})
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
        "protocol": join_notes([board.identity["protocol"], factors.get("protocol", "")]),
        "source": board.source,
        "run_id": board.manifest["run_id"],
        "note": "",
        "interval": "",
    }


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
    families = _by_attribute(board)
    for (condition, attribute, metric), groups in sorted(families.items()):
        declared = board.metrics[metric]
        overall = board.estimates.get((condition, EVERYBODY, metric))
        asked = overall if declared.get("equity") else None
        better = bool(declared["higher_is_better"])
        rows = [*shown(dict(groups), _bounds(board, metric), better, asked)]
        trainings = len(of_seeds(board, (condition, EVERYBODY, metric)))
        if asked and condition != "clean" and CROSS not in attribute:
            clean = _clean_groups(board, condition, [(attribute, g) for g, _ in groups], metric)
            rows += [grown(clean, dict(groups), _bounds(board, metric))] if clean else []
        for one in rows:
            yield _blank(board, (condition, (attribute, ""), f"{one.label} {metric}")) | {
                "value": one.value, "ci_low": one.low, "ci_high": one.high,
                "interval": one.method, "n": one.n, "clusters": one.clusters, "coverage": 1.0,
                "seeds": max(1, trainings), "higher_is_better": one.higher_is_better,
                "note": join_notes([one.note, _trained(trainings)]),
            }  # fmt: skip


def _clean_groups(
    board: Board, condition: str, groups: Sequence[Group], metric: str
) -> dict[str, Estimate]:
    """The clean groups of the trainings that have the condition, where all of those have them."""
    seen = [t for t in board.trainings if (condition, EVERYBODY, metric) in t.estimates] or [board]
    return {
        group[1]: mean([t.estimates["clean", group, metric] for t in seen])
        for group in groups
        if all(("clean", group, metric) in t.estimates for t in seen)
    }


def _by_attribute(board: Board) -> dict[tuple[str, str, str], list[tuple[str, Estimate]]]:
    found: dict[tuple[str, str, str], list[tuple[str, Estimate]]] = {}
    for (condition, (attribute, group), metric), estimate in board.estimates.items():
        if attribute and metric in board.metrics:
            found.setdefault((condition, attribute, metric), []).append((group, estimate))
    return found


def _chance_rows(board: Board) -> Iterator[dict[str, Any]]:
    for metric, value in board.manifest.get("chance", {}).items():
        yield _blank(board, ("clean", EVERYBODY, f"chance {metric}")) | {"value": value}


def _ranks(boards: Sequence[Board]) -> dict[tuple[Path, Key], Ranked]:
    found: dict[tuple[Path, Key], Ranked] = {}
    keys = dict.fromkeys(key for board in boards for key in board.estimates)
    for key in keys:
        rows = [board for board in boards if key in board.estimates]
        better = rows[0].higher_is_better(key[2])
        ranks = rank_sets([board.estimates[key] for board in rows], better)
        named = digest(sorted(board.manifest["run_id"] for board in rows))[:8]
        for board, rank in zip(rows, ranks, strict=True):
            if rank.rank is not None and rank.low is not None and rank.high is not None:
                text = f"ranked in set {named} of {len(rows)}"
                found[board.directory.path, key] = Ranked(rank.rank, rank.low, rank.high, text)
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
