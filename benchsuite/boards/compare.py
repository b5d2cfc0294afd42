"""Paired differences between two runs, or the means of two sets of runs, cell by cell."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.boards.board import Board, load_board
from benchsuite.boards.seeds import by_recipe, shared_manifest, spread_of
from benchsuite.errors import BadData
from benchsuite.estimation import (
    Estimate,
    Interval,
    difference,
    interval,
    join_notes,
    mde,
    recipe_interval,
)
from benchsuite.files.sources import by_star
from benchsuite.runs.find import paths_of, runs_of
from benchsuite.runs.forms import Key
from benchsuite.runs.store import RunDirectory

TWO_SIDED: Final = 1.96
"""The normal quantile of a two-sided test at 5 %."""


def open_board(path: Path) -> Board:
    """The board of the run at `path`, or of the recipe whose trainings a model's folder holds.

    Commas separate several paths, and one with `*` names what it matches: the board is then the
    mean of their runs and recipes. Raises BadData where a run is not finished, a folder holds more
    than one recipe, or the runs of a set cannot be compared.
    """
    return _of_set([_of_one(one) for one in paths_of(path)])


def open_matched(a: Path, b: Path) -> tuple[Board, Board]:
    """The boards of two patterns: the means over the names that the last `*` of both stands for.

    Raises BadData as `open_board` does, and where no name is in both.
    """
    in_a, in_b = by_star(a), by_star(b)
    if not (names := [name for name in in_a if name in in_b]):
        raise BadData(f"{b}: expected a name that {a} has, found {', '.join(in_b)}")
    first, second = (_of_set([_of_one(each[name]) for name in names]) for each in (in_a, in_b))
    return first, second


def _of_one(path: Path) -> Board:
    boards = by_recipe([_finished(directory) for directory in runs_of(path)])
    if len(boards) > 1:
        raise BadData(f"{path}: expected one run, or seeds of one recipe, found {len(boards)}")
    return boards[0]


def _of_set(boards: Sequence[Board]) -> Board:
    """The mean of boards, each of which counts once; the board itself where it is one."""
    first, *others = {board.manifest.run_id: board for board in boards}.values()
    for other in others:
        raise_unless_same(first.comparable, other.comparable, other.directory.path)
    if not others:
        return first
    members = (first, *others)
    manifest = shared_manifest(members)
    identity = replace(manifest.identity, model=f"mean of {len(members)} models")
    manifest = replace(manifest, identity=identity)
    return replace(first, manifest=manifest, trainings=(), members=members, stored=None)


def _finished(directory: RunDirectory) -> Board:
    board = load_board(directory)
    if board is None:
        raise BadData(f"{directory.path}: the run has no cells yet; run its command again")
    return board


def compare(run_a: Board, run_b: Board, keys: Sequence[Key] = ()) -> pd.DataFrame:
    """B − A for every cell and summary that both have, or for `keys`, with paired intervals.

    The bootstrap weights are joint, so what both runs find hard cancels out. If both are recipes
    of several trainings, `ci_recipe` is the interval for new trainings. `detectable` is the true
    difference that such data tells from 0, at 5 %, with a probability of 80 %. Raises BadData
    unless the runs are comparable (`runs.manifest.comparable`).
    """
    raise_unless_same(run_a.comparable, run_b.comparable, run_b.directory.path)
    shared = keys or [key for key in run_a.estimates if run_b.has(key, run_a)]
    return pd.DataFrame([_row(run_a, run_b, key) for key in shared])


def raise_unless_same(a: Mapping[str, Any], b: Mapping[str, Any], where: Path) -> None:
    """Raise BadData unless all is the same that makes two runs comparable; `where` is that of B."""
    for name, expected in a.items():
        if expected != b[name]:
            raise BadData(f"{where}: {name}: expected {expected} as in A, found {b[name]}")


def _row(run_a: Board, run_b: Board, key: Key) -> dict[str, Any]:
    a, b = run_a.estimates[key], run_b.estimates[key]
    change = difference(b, a)
    found = interval(change)
    recipe = _recipe(run_a, run_b, key, change)
    return {
        "condition": key.condition, "attribute": key.group.attribute, "group": key.group.value,
        "metric": key.metric, "form": key.form.value,
        "a": a.value, "b": b.value, "difference": change.value,
        "ci_low": found.low, "ci_high": found.high, "interval": found.method,
        "ci_recipe_low": recipe.low, "ci_recipe_high": recipe.high,
        "detectable": math.nan if math.isnan(found.low) else mde(TWO_SIDED, change.sd),
        "n": change.n, "clusters": change.clusters,
        "note": join_notes([change.notes, found.notes, recipe.notes]),
    }  # fmt: skip


def _recipe(run_a: Board, run_b: Board, key: Key, change: Estimate) -> Interval:
    found = [spread_of(board, (run_a, run_b), key) for board in (run_a, run_b)]
    if None in found:
        return Interval(math.nan, math.nan, "none")
    return recipe_interval(change, [spread for spread in found if spread])
