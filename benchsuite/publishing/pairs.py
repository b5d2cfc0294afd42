"""Paired differences between the models of a board: what a page about two models is made of.

A row is a pair of models in a cell of the headline, as `benchsuite compare A B` computes it: B - A,
where A is the better placed on clean inputs. It has two intervals: that of the pair by itself, and
one that is right at once with those of all pairs in that cell, as the sets of ranks are.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isnan, nan
from typing import Any, Final

import pandas as pd

from benchsuite.boards.board import Board
from benchsuite.boards.compare import compare
from benchsuite.boards.ranked import why_not_ranked
from benchsuite.boards.table import sets_of
from benchsuite.condition import CLEAN
from benchsuite.estimation import differences_at_once
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.forms import Key, Scope

PAIRS: Final = (
    "run_a", "run_b", "condition", "scope", "attribute", "group", "metric", "form",
    "higher_is_better", "a", "b", "difference", "ci_low", "ci_high", "ci_recipe_low",
    "ci_recipe_high", "at_once_low", "at_once_high", "pairs", "interval", "n", "clusters", "note",
)  # fmt: skip
"""The columns: run ids as in the tidy table; `pairs` is how many the interval at once holds for."""
MOST_PAIRS: Final = 300
"""A board of up to 25 models has all its pairs. Beyond, they would be thousands of pages."""
MOST_ROWS: Final = 4_000
"""Beyond, a pair has no rows of single conditions: only clean, the means of suites, and groups."""


def pairs(boards: Sequence[Board]) -> pd.DataFrame:
    """The paired differences between boards, with the columns PAIRS.

    Numbers published elsewhere have none: their samples are not known.
    """
    drawn = [several for several in sets_of(boards) if not several[0].bare]
    parts = [part for several in drawn for part in _of_set(several)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(PAIRS))


def _of_set(boards: Sequence[Board]) -> Iterator[pd.DataFrame]:
    ordered = sorted(boards, key=_place)
    chosen = compared(len(ordered))
    keys = _keys(ordered, len(chosen))
    at_once = {cell: found for key in keys for cell, found in _at_once(ordered, key)}
    for i, j in chosen:
        a, b = ordered[i], ordered[j]
        if shared := [key for key in keys if key in a.estimates and b.has(key, a)]:
            ends = [at_once.get((key, j, i), (nan, nan, 0)) for key in shared]
            yield _of_pair(a, b, shared).assign(**_columns(ends))[list(PAIRS)]


def compared(models: int) -> list[tuple[int, int]]:
    """The pairs of so many models, the best first, that a board has.

    All, up to MOST_PAIRS. Beyond, those that people ask for: the best with each, and neighbours.
    """
    every = [*combinations(range(models), 2)]
    return every if len(every) <= MOST_PAIRS else [(i, j) for i, j in every if i in (0, j - 1)]


def _place(board: Board) -> tuple[bool, float]:
    """Sorts boards, the best on clean inputs first, and those without that number last."""
    headline = board.manifest.own[0]
    found = board.estimates.get(Key(CLEAN.full_name, EVERYBODY, headline.name))
    value = nan if found is None else found.value
    return isnan(value), -value if headline.higher_is_better else value


def _keys(boards: Sequence[Board], count: int) -> list[Key]:
    """The cells of the headline in which so many pairs are compared, in the order of a page."""
    every = {key: board for board in boards for key in board.estimates}
    first = {key: at for key, board in every.items() if (at := _order(board, key)) is not None}
    few = len(first) * count <= MOST_ROWS
    return sorted((k for k, at in first.items() if few or at < 3), key=lambda k: first[k])


def _order(board: Board, key: Key) -> int | None:
    """Where a page of two models shows a cell: clean, means of suites, groups, conditions."""
    place, everybody = board.places[key.condition], key.group == EVERYBODY
    if key.metric != board.manifest.own[0].name or (place.members and place.scope != Scope.SUITE):
        return None
    if key.condition == CLEAN.full_name:
        return 0 if everybody else 2
    if everybody:
        return 1 if place.members else 3
    return None


def _of_pair(a: Board, b: Board, keys: Sequence[Key]) -> pd.DataFrame:
    return compare(a, b, keys).assign(
        run_a=a.manifest.run_id,
        run_b=b.manifest.run_id,
        scope=[a.places[key.condition].scope.value for key in keys],
        higher_is_better=[a.higher_is_better(key) for key in keys],
    )


def _at_once(boards: Sequence[Board], key: Key) -> Iterator[tuple[tuple[Key, int, int], Any]]:
    """The intervals of all differences between the boards that are ranked together in a cell."""
    ranked: dict[Any, list[int]] = {}
    for i, board in enumerate(boards):
        found = board.estimates.get(key)
        if found is not None and not isnan(found.value) and not why_not_ranked(found):
            ranked.setdefault(board.origin(key), []).append(i)
    for places in ranked.values():
        low, high = differences_at_once([boards[i].estimates[key] for i in places])
        count = len(places) * (len(places) - 1) // 2
        for (m, i), (n, j) in combinations(enumerate(places), 2):
            yield (key, j, i), (float(low[n, m]), float(high[n, m]), count)


def _columns(found: Sequence[tuple[float, float, int]]) -> dict[str, Sequence[Any]]:
    low, high, count = zip(*found, strict=True)
    return {"at_once_low": low, "at_once_high": high, "pairs": count}
