"""Two runs side by side: what changed, cell by cell and sample by sample."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from benchsuite.api.finished import Run, Where
from benchsuite.api.progress import bar
from benchsuite.boards import samples
from benchsuite.boards.asked import GroupName
from benchsuite.boards.board import Board
from benchsuite.boards.compare import compare as paired
from benchsuite.boards.compare import open_board, open_matched
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.wording import in_words
from benchsuite.publishing.differences import differences, drawn
from benchsuite.publishing.shown import as_html, as_text
from benchsuite.publishing.views import suite_names
from benchsuite.runs.statistics import Statistics, read_statistics


@dataclass(frozen=True, eq=False)
class Comparison:
    """Run B less run A, cell by cell, with paired intervals."""

    a: Board
    b: Board

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per cell and summary that both have; notes are codes."""
        return paired(self.a, self.b)

    def table(self) -> pd.DataFrame:
        """One row per cell and summary that both have: a, b, the difference and its interval."""
        return in_words(self.cells)

    def samples(
        self, condition: str = "", metric: str = "", group: GroupName = EVERYBODY
    ) -> pd.DataFrame:
        """B − A of each sample's own score, the most changed first, over all conditions.

        Raises BadData where A or B is the mean of several runs.
        """
        both = [_statistics_of(board) for board in (self.a, self.b)]
        with bar("samples") as progress:
            return samples.differences(both[0], both[1], condition, metric, group, progress)

    def view(self, metric: str = "") -> pd.DataFrame:
        """The table of one metric as people read it; the headline's by default.

        Raises WrongCall for a metric that does not exist.
        """
        return differences(self._of(metric, "all"), suite_names(self.a.identity.task))

    def figure(self, metric: str = "") -> bytes:
        """The clean differences of one metric by group, as a PNG; the headline's by default.

        Raises WrongCall for a metric that does not exist.
        """
        name = metric or next(iter(self.a.metrics))
        models = f"{self.b.identity.model}\n- {self.a.identity.model}"
        return drawn(self._of(metric), f"{name} on clean inputs\n{models}")

    def _of(self, metric: str, *others: str) -> pd.DataFrame:
        name = metric or next(iter(self.a.metrics))
        if name not in (known := [*dict.fromkeys(self.cells["metric"]), *others]):
            raise WrongCall(f"--metric: no metric is called '{name}'{near(name, known)}")
        return self.cells if name in others else self.cells[self.cells["metric"] == name]

    def title(self, metric: str = "") -> str:
        """What is subtracted from what."""
        name = metric or next(iter(self.a.metrics))
        return f"{self.b.identity.model} - {self.a.identity.model} (B - A): {name}"

    def members(self) -> list[str]:
        """A line for each side that is the mean of several runs: which models they are of."""
        sides = {"A": self.a.members, "B": self.b.members}
        return [
            f"{side}: {', '.join(member.identity.model for member in members)}"
            for side, members in sides.items()
            if members
        ]

    def __repr__(self) -> str:
        return as_text(self.title(), self._shown())

    def _repr_html_(self) -> str:
        return as_html(self.title(), self._shown())

    def _shown(self) -> pd.DataFrame:
        shown = self.view()
        return shown.iloc[:, : list(shown).index("B") + 1]


def compare(a: Where, b: Where, matched: bool = False) -> Comparison:
    """B less A, paired: two runs, two recipes by their models' folders, or the means of two sets.

    A path names a set by commas or by `*`, as in `results/bright/mine/*-large`. `matched` keeps the
    names that the last `*` of both stands for, such as a model that both sides prompt in another
    way. Raises BadData unless all are finished and comparable.
    """
    with bar("compare"):
        found = Comparison(*_boards(a, b, matched))
        _ = found.cells
    return found


def _boards(a: Where, b: Where, matched: bool) -> tuple[Board, Board]:
    if not matched:
        return _board(a), _board(b)
    if isinstance(a, Run) or isinstance(b, Run):
        raise WrongCall("compare: matched: expected two paths with *, found a run")
    return open_matched(Path(a), Path(b))


def _board(where: Where) -> Board:
    return where.board if isinstance(where, Run) else open_board(Path(where))


def _statistics_of(board: Board) -> Statistics:
    if several := board.trainings or board.members:
        raise BadData(
            f"{board.directory.path.parent}: expected one run, found {len(several)}: "
            "give the directory of one"
        )
    return read_statistics(board.directory.path)
