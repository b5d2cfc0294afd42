"""The best model of a board, which is the baseline of a new one.

The board is a results folder, a published board that keeps submissions, or a folder of such boards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchsuite.boards.ranked import why_not_ranked
from benchsuite.boards.submissions import SUBMISSIONS, folders_of, published_runs
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, of_others, some_of
from benchsuite.estimation import Estimate, Metric
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.estimation.weights import VALUES_ALONE
from benchsuite.runs.find import find_runs
from benchsuite.runs.manifest import comparable
from benchsuite.runs.statistics import Statistics, kept_statistics, run_statistics
from benchsuite.runs.store import MANIFEST
from benchsuite.runs.submission import open_submission

DEEP: Final = ("*/", "*/*/")
"""Where boards lie below a folder of them."""


@dataclass(frozen=True, eq=False)
class Best:
    """The best run of a board, and of how many it is the best.

    value  what it scores overall, on clean inputs, by `metric`
    """

    run: Statistics
    metric: str
    value: float
    among: int

    def __str__(self) -> str:
        of = f"the best of {self.among} runs" if self.among > 1 else "the only run"
        return f"{self.run.identity.model}, {of} by {self.metric} ({self.value:.3f})"


def best_of(runs: Iterable[Statistics], new: Statistics, metric: Metric) -> Best | None:
    """The best of the runs that can be compared with a new one; None where there are none.

    It is the best overall on clean inputs, or on the new run's first condition where that has none.
    Runs whose answers could mostly not be read take no part, as on a leaderboard. Of equal ones,
    the first by its id counts.
    """
    tables = new.tables
    condition = CLEAN.full_name if CLEAN.full_name in tables else next(iter(tables))
    expected = comparable(new.manifest, 0)
    others = [
        run
        for run in sorted(runs, key=lambda run: run.manifest.run_id)
        if run.manifest.run_id != new.manifest.run_id
        and comparable(run.manifest, 0) == expected
        and condition in run.tables
    ]
    values = [(run, _overall(run, condition, metric)) for run in others]
    ranked = [(run, one.value) for run, one in values if _counts(one)]
    if not ranked:
        return None
    sign = 1 if metric.higher_is_better else -1
    best, value = max(ranked, key=lambda pair: sign * pair[1])
    return Best(best, metric.name, value, len(ranked))


def _overall(run: Statistics, condition: str, metric: Metric) -> Estimate:
    with of_others(f"{run.path}, {condition}: {metric.name}"):
        cells = condition_cells([run.tables[condition]], [metric], [EVERYBODY], VALUES_ALONE)
    return cells[EVERYBODY, metric.name]


def _counts(one: Estimate) -> bool:
    return not math.isnan(one.value) and not why_not_ranked(one)


def runs_of_board(
    board: Path, new: Statistics, left_out: Callable[[str], None]
) -> list[Statistics]:
    """The runs of the new run's task on a board, with their statistics.

    `left_out` gets a line for each run that is not finished or damaged. Raises BadData where there
    is no board, or it shows a run on the same dataset whose statistics it does not keep.
    """
    if not board.is_dir():
        raise BadData(f"{board}: expected a board or a results folder, found none")
    below = (path for pattern in DEEP for path in sorted(board.glob(pattern)))
    boards = [path for path in (board, *below) if _published(path)]
    for one in boards:
        _check_kept(one, new)
    reads = [partial(_submitted, folder) for one in boards for folder in folders_of(one)]
    if not boards:
        reads = [partial(run_statistics, one) for one in find_runs(board, new.identity.task)]
    found: list[Statistics] = []
    for read in reads:
        try:
            found.append(read())
        except BadData as error:
            left_out(f"left out: {error}")
    return [run for run in found if run.identity.task == new.identity.task]


def _published(path: Path) -> bool:
    return (path / SUBMISSIONS).is_dir() or bool(published_runs(path))


def _submitted(folder: Path) -> Statistics:
    directory = open_submission(folder).directory
    with of_others(str(folder)):
        return kept_statistics(directory)


def _check_kept(board: Path, new: Statistics) -> None:
    """Raise BadData where a board shows a run beside the new one, and keeps no statistics of it."""
    kept = {path.name for path in folders_of(board) if (path / MANIFEST).exists()}
    mine = (new.identity.task, new.identity.dataset_fingerprint)
    shown = [
        row for row in published_runs(board)
        if (row.get("task"), row.get("dataset_fingerprint")) == mine
    ]  # fmt: skip
    if gone := [row for row in shown if row["run_id"] not in kept]:
        raise BadData(
            f"{board}: expected the statistics of its {len(shown)} runs, found none of "
            f"{some_of(str(row.get('model')) for row in gone)}; "
            f"`benchsuite submit RUN --to {board}` keeps those of a run"
        )
