"""Seeds of one recipe as one row of a board: the mean over its trainings.

Runs belong to one recipe if their models have the same name and the same design factors, apart
from `seed`, the seed of the training. Runs without that factor are never merged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.boards.board import Board
from benchsuite.estimation import MetricRecord, SeedSpread, seed_spread
from benchsuite.runs.forms import Key
from benchsuite.runs.manifest import Manifest

SEED = "seed"
TOGETHER = "+"
"""Joins the ids of the runs that one row is the mean of."""


def by_recipe(boards: Sequence[Board]) -> list[Board]:
    """The boards, with those of one recipe merged, in the order of their first."""
    recipes: dict[Any, list[Board]] = {}
    for board in boards:
        recipes.setdefault(_recipe(board), []).append(board)
    return [_merged(parts) if len(parts) > 1 else parts[0] for parts in recipes.values()]


def _recipe(board: Board) -> Any:
    factors = dict(board.manifest.factors)
    # Runs without a `seed` factor are never merged, even if their models share a name.
    apart = "" if factors.pop(SEED, "") else str(board.directory.path)
    same = tuple(board.comparable.items())
    return same, board.identity.model, tuple(sorted(factors.items())), apart


def _merged(parts: Sequence[Board]) -> Board:
    return replace(parts[0], manifest=shared_manifest(parts), trainings=tuple(parts), stored=None)


def shared_manifest(parts: Sequence[Board]) -> Manifest:
    """What runs have in common: the first's identity, shared metrics, and all their conditions."""
    first = parts[0].manifest
    known = {c.condition: c for part in reversed(parts) for c in part.manifest.known_conditions}
    return replace(
        first,
        metrics=tuple(m for m in first.metrics if all(_has_metric(part, m) for part in parts)),
        known_conditions=tuple(known.values()),
        run_id=TOGETHER.join(part.manifest.run_id for part in parts),
        conditions=tuple(dict.fromkeys(c for part in parts for c in part.manifest.conditions)),
        noted=tuple(dict.fromkeys(change for part in parts for change in part.manifest.noted)),
    )


def run_ids(row: str) -> list[str]:
    """The runs behind the `run_id` of a row: several for the mean of a recipe's trainings."""
    return row.split(TOGETHER)


def _has_metric(board: Board, metric: MetricRecord) -> bool:
    return any(
        one.origin == metric.origin for one in board.manifest.metrics if one.name == metric.name
    )


def spread_of(board: Board, boards: Iterable[Board], key: Key) -> SeedSpread | None:
    """How far apart the trainings of `board` score in a cell, among the recipes of a table.

    None if the board is a single run, or no recipe has two trainings there.
    """
    own = of_seeds(board, key)
    if len(own) < 2:
        return None
    return seed_spread(own, [of_seeds(other, key) for other in boards if other.has(key, board)])


def of_seeds(board: Board, key: Key) -> NDArray[np.float64]:
    """The values of a cell by training, float64 (S,); S is 0 for a board of one run alone."""
    return np.array([t.estimates[key].value for t in board.trainings if t.has(key, board)])
