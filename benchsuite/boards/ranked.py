"""The ranks of rows: which rows are ranked, and in which set.

A model whose answers could not be read gets what its task does without them, such as the order of
a first stage. Where such answers are many, its row is shown and not ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from benchsuite.boards.board import Board
from benchsuite.dataset import digest
from benchsuite.estimation import Code, Estimate, Notes, every_rank_set, note
from benchsuite.runs.forms import Key

MOST_UNREAD: Final = 0.1
"""The largest share of questions without a usable answer with which a row is ranked."""


@dataclass(frozen=True)
class Ranked:
    """A row's rank and rank set, and the set of rows that it is ranked in."""

    rank: int
    low: int
    high: int
    notes: Notes


def ranked(boards: Sequence[Board]) -> dict[tuple[Path, Key], Ranked]:
    """The ranks of the boards' rows, by the run's folder and what the row is about."""
    found: dict[tuple[Path, Key], Ranked] = {}
    rows: dict[tuple[Any, Key], list[tuple[Board, Estimate]]] = {}
    for board in boards:
        for key, estimate in board.estimates.items():
            if not why_not_ranked(estimate):
                rows.setdefault((board.origin(key), key), []).append((board, estimate))
    better = [several[0][0].higher_is_better(key) for (_, key), several in rows.items()]
    sets = every_rank_set([[one for _, one in several] for several in rows.values()], better)
    for ((_, key), several), ranks in zip(rows.items(), sets, strict=True):
        named = name_of_set(tuple(board.manifest.run_id for board, _ in several))
        notes = note(Code.RANKED, named, len(several))
        for (board, _), rank in zip(several, ranks, strict=True):
            if rank.rank is not None and rank.low is not None and rank.high is not None:
                found[board.directory.path, key] = Ranked(rank.rank, rank.low, rank.high, notes)
    return found


@lru_cache(maxsize=64)  # most cells of a board are of the same runs
def name_of_set(run_ids: tuple[str, ...]) -> str:
    """Eight digits that name a set of runs, whatever their order."""
    return digest(sorted(run_ids))[:8]


def why_not_ranked(estimate: Estimate) -> Notes:
    """Why a row is not ranked: too few answers could be read, or the run was stopped early."""
    if stopped := tuple(one for one in estimate.notes if one.code == Code.STOPPED):
        return stopped
    counts = [one.arguments for one in estimate.notes if one.code == Code.UNREAD]
    fine = all(float(unread) <= MOST_UNREAD * float(asked) for unread, asked in counts)
    return () if fine else note(Code.NOT_RANKED, MOST_UNREAD)
