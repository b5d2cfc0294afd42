"""Paired differences between two runs, cell by cell."""

from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.board import COMPARABLE, Board, load_board
from benchsuite.errors import BadData
from benchsuite.estimation import difference, interval, join_notes
from benchsuite.store import open_run


def open_board(path: Path) -> Board:
    """The board of the run at `path`. Raises BadData where it is not finished."""
    directory = open_run(path)
    board = load_board(directory)
    if board is None:
        raise BadData(f"{directory.path}: the run has no cells yet; run its command again")
    return board


def compare(run_a: Board, run_b: Board) -> pd.DataFrame:
    """B − A for every cell and summary that both have, with paired intervals.

    The bootstrap weights are joint, so what both runs find hard cancels. Raises BadData where the
    runs are not of the same task, dataset, protocol, seed and number of replicates.
    """
    for name, a, b in zip(COMPARABLE, run_a.comparable, run_b.comparable, strict=True):
        if a != b:
            raise BadData(f"{run_b.directory.path}: {name}: expected {a} as in A, found {b}")
    shared = [key for key in run_a.estimates if key in run_b.estimates]
    return pd.DataFrame([_row(run_a, run_b, key) for key in shared])


def _row(run_a: Board, run_b: Board, key: Any) -> dict[str, Any]:
    condition, (attribute, group), metric = key
    a, b = run_a.estimates[key], run_b.estimates[key]
    change = difference(b, a)
    found = interval(change)
    return {
        "condition": condition, "attribute": attribute, "group": group, "metric": metric,
        "a": a.value, "b": b.value, "difference": change.value,
        "ci_low": found.low, "ci_high": found.high, "interval": found.method,
        "n": change.n, "clusters": change.clusters, "note": join_notes([change.note, found.note]),
    }  # fmt: skip
