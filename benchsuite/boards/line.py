"""Effective robustness on a board: each row over the line of the other models of its set.

It belongs to a named set of rows, as ranks do: another model on the board makes another set.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchsuite.boards.board import Board
from benchsuite.boards.ranked import name_of_set, why_not_ranked
from benchsuite.condition import CLEAN
from benchsuite.estimation import (
    LEAST_MODELS,
    Code,
    effective_robustness,
    interval,
    join_notes,
    note,
    on_line,
)
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.forms import Form, Key, Scope
from benchsuite.runs.tidy import TidyRow, row_of


def line_rows(boards: Sequence[Board]) -> dict[Path, list[TidyRow]]:
    """The rows of effective robustness of each board, by the run's folder.

    They are about whole suites and domains, where LEAST_MODELS models have both scores.
    """
    sets: dict[tuple[Any, Key], list[Board]] = {}
    for board in boards:
        for key in _shifts(board):
            sets.setdefault((board.origin(key), key), []).append(board)
    found: dict[Path, list[TidyRow]] = {}
    for (_, key), several in sets.items():
        if len(several) >= LEAST_MODELS:
            for board, row in zip(several, _rows(several, key), strict=True):
                found.setdefault(board.directory.path, []).append(row)
    return found


def _shifts(board: Board) -> Iterator[Key]:
    """The scores under a whole suite or a domain that have a clean score, both fit for a line."""
    for key, shifted in board.estimates.items():
        place, clean = board.places[key.condition], board.estimates.get(_on_clean(key))
        told = place.scope == Scope.SUITE or place.kind == "domain"
        if key.group == EVERYBODY and key.form == Form.VALUE and told and clean is not None:
            limits = board.metrics[key.metric].limits
            fit = [on_line(e.value, limits) and not why_not_ranked(e) for e in (clean, shifted)]
            if all(fit):
                yield key


def _on_clean(key: Key) -> Key:
    return key._replace(condition=CLEAN.full_name)


def _rows(boards: Sequence[Board], key: Key) -> Iterator[TidyRow]:
    metric = boards[0].metrics[key.metric]
    found = effective_robustness(
        [board.estimates[_on_clean(key)] for board in boards],
        [board.estimates[key] for board in boards],
        metric.limits,
    )
    named = name_of_set(tuple(board.manifest.run_id for board in boards))
    for one in found:
        ends = interval(one)
        yield row_of(
            key._replace(form=Form.EFFECTIVE), one.value, metric.higher_is_better,
            ci_low=ends.low, ci_high=ends.high, interval=ends.method, n=one.n,
            clusters=one.clusters, coverage=1.0,
            note=join_notes([one.notes, ends.notes, note(Code.OVER_LINE, named, len(found))]),
        )  # fmt: skip
