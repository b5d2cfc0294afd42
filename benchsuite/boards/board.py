"""A run as a leaderboard sees it: its cells as estimates, and their summaries over conditions."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.errors import BadData, LeftOut
from benchsuite.estimation import Estimate, MetricRecord, mean
from benchsuite.runs.answers import Answers, answers
from benchsuite.runs.bare import bare_rows
from benchsuite.runs.ceilings import ceilings_of
from benchsuite.runs.cells import Cell, read_cells
from benchsuite.runs.find import find_runs
from benchsuite.runs.forms import Form, Key, Place, places_of
from benchsuite.runs.manifest import Identity, Manifest, comparable
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.summaries import estimates_of
from benchsuite.runs.tidy import frame_of, stored_rows, tidy_rows

MEASURED: Final = "measured"


@dataclass(frozen=True, eq=False)
class Board:
    """One run as a leaderboard sees it: its manifest, and its cells as estimates.

    source     `measured`, or who published the numbers
    trainings  the boards of one recipe's seeds, of which this one is the mean; else empty. Then
               `cells` are those of the first
    members    the boards of a set of runs, of which this one is the mean; else empty
    answers    those of servers that the run used
    stored     the rows as the run has stored them; None where they have to be computed
    errors     standard errors that others published with the numbers
    """

    directory: RunDirectory
    manifest: Manifest
    cells: Mapping[Cell, Estimate]
    source: str = MEASURED
    trainings: tuple["Board", ...] = ()
    members: tuple["Board", ...] = ()
    answers: Answers = field(default_factory=Answers)
    stored: pd.DataFrame | None = None
    errors: Mapping[Cell, float] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """The run's identity."""
        return self.manifest.identity

    @cached_property
    def metrics(self) -> dict[str, MetricRecord]:
        """The metrics as the task declared them, by name, the headline first."""
        return {metric.name: metric for metric in self.manifest.metrics}

    @cached_property
    def places(self) -> dict[str, Place]:
        """The sets of conditions that have a mean, and the conditions, by label."""
        return places_of(self.manifest.known_conditions)

    @cached_property
    def comparable(self) -> dict[str, Any]:
        """Runs are ranked and compared only where all of this is the same."""
        return comparable(self.manifest, len(next(iter(self.cells.values())).deviations))

    @property
    def bare(self) -> bool:
        """Whether its numbers are values alone, which have no interval."""
        return not self.comparable["replicates"]

    @cached_property
    def estimates(self) -> dict[Key, Estimate]:
        """The cells and summaries of the run, or their means over a recipe's trainings or a set."""
        if self.members:
            shared = [
                k for k in self.members[0].estimates if all(m.has(k, self) for m in self.members)
            ]
            return {key: mean([member.estimates[key] for member in self.members]) for key in shared}
        if self.trainings:
            return _mean_of(self._of_trainings)
        return estimates_of(self.manifest, self.cells)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that the run gives by itself, with the columns of `TidyRow`.

        First comes a row for each of `estimates`, in their order.
        """
        if self.stored is not None:
            return self.stored
        if self.bare:
            return frame_of(bare_rows(self.manifest, self.estimates, self.errors))
        ceilings = ceilings_of(self.directory)
        return frame_of(tidy_rows(self.manifest, self.estimates, self._of_trainings, ceilings))

    @cached_property
    def _of_trainings(self) -> list[dict[Key, Estimate]]:
        return [
            {key: one for key, one in training.estimates.items() if training.has(key, self)}
            for training in self.trainings
        ]

    def has(self, key: Key, other: "Board") -> bool:
        """Whether it has the cell, by the same metric and condition as another board.

        Those of a task are the same where runs are comparable; plugins have versions of their own.
        """
        return key in self.estimates and self.origin(key) == other.origin(key)

    def origin(self, key: Key) -> tuple[Any, ...]:
        """The packages, and versions, that define the metric and the condition of a cell.

        A package may add to its suite; the mean over more conditions is another one.
        """
        metric, place = self.metrics.get(key.metric), self.places.get(key.condition)
        members = place.members if place and place.origin[0] else ()
        return metric and metric.origin, place and place.origin, members

    def higher_is_better(self, key: Key) -> bool:
        """The direction of a metric or of its summary: for a drop, lower is better."""
        return self.metrics[key.metric].higher_is_better and key.form != Form.DROP


def _mean_of(several: Sequence[Mapping[Key, Estimate]]) -> dict[Key, Estimate]:
    """The mean of several trainings, cell by cell, over those that have the cell."""
    keys = dict.fromkeys(key for estimates in several for key in estimates)
    return {key: mean([e[key] for e in several if key in e]) for key in keys}


def load_board(directory: RunDirectory) -> Board | None:
    """The run's board; None if its cells are not computed yet.

    Raises BadData for a run that is invalid or damaged.
    """
    if why := directory.invalid:
        raise BadData(f"{directory.path}: invalid: {why}; run it again")
    manifest, cells = directory.manifest, directory.cells()
    if cells is None or not cells.num_rows:
        return None
    return Board(
        directory,
        manifest,
        read_cells(cells),
        source=manifest.source or MEASURED,
        answers=answers(directory),
        stored=stored_rows(directory, manifest),
    )


def warn_left_out(line: str) -> None:
    """Warn that a board leaves a run out."""
    warnings.warn(LeftOut(line), stacklevel=3)


def load_boards(
    results: str | Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> list[Board]:
    """The boards of every finished run below `results`. Raises BadData where there are none."""
    boards = finished(results, task, left_out)
    if not boards:
        of = "" if task == "*" else f" of task {task}"
        raise BadData(f"{results}: expected at least one finished run{of}, found none")
    return boards


def finished(
    results: str | Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> list[Board]:
    """The boards of every finished run below `results`.

    `left_out` gets a line for each run that is not finished, is damaged, has an older schema, or is
    a copy of another.
    """
    boards: dict[str, Board] = {}
    for directory in find_runs(Path(results), task):
        try:
            board, why = load_board(directory), f"{directory.path}: has no cells yet"
        except BadData as error:
            board, why = None, str(error)
        if board is not None and (same := boards.get(board.manifest.run_id)):
            board, why = None, f"{directory.path}: the same run as {same.directory.path}"
        if board is None:
            left_out(f"left out: {why}")
        else:
            boards[board.manifest.run_id] = board
    return list(boards.values())
