"""The baselines of a folder over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchsuite.api.baselines import BASELINES
from benchsuite.api.progress import bar
from benchsuite.boards.asked import GroupName, conditions_of, group_of, groups_in, metric_of
from benchsuite.errors import BadData, WrongCall
from benchsuite.gates.history import Cell, Line, line_of
from benchsuite.publishing.history import Told, figure, said, shown, tidy
from benchsuite.publishing.shown import as_html, as_text
from benchsuite.runs.baselines import Kept, every_kept
from benchsuite.runs.log import LOG, Key


@dataclass(frozen=True)
class Asked:
    """Which numbers are followed, by names: by default the headline of everybody on clean inputs.

    A set of conditions stands for each of them, and an attribute for each of its groups.
    """

    metric: str = ""
    condition: str = ""
    group: GroupName = ""


@dataclass(frozen=True, eq=False)
class History:
    """A number in all that the baselines of a folder have been.

    told      the lines, with the drifts and the changes that are shown
    left_out  baselines without the number, and why, a line each
    """

    told: Told
    left_out: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per acceptance: value, steps with their intervals, who, when and why."""
        return tidy(self.told)

    def said(self) -> list[str]:
        """Drifts and changes that are shown, and at which error they were tested, a line each."""
        return [*said(self.told), *self.left_out]

    def shown(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """A title and a table for each baseline, for people."""
        return shown(self.told)

    def figure(self, ending: str = "svg") -> bytes:
        """The lines with their intervals, as an svg, png or pdf file."""
        return figure(self.told, ending)

    def __repr__(self) -> str:
        return "".join(as_text(*one) for one in self.shown())

    def _repr_html_(self) -> str:
        return "".join(as_html(*one) for one in self.shown())


def history(
    baselines: str | Path = BASELINES,
    metric: str = "",
    condition: str = "",
    group: GroupName = "",
    task: str = "",
) -> History:
    """What the baselines of a folder have been, and where a number drifted or changed.

    A set of conditions stands for each of them, and an attribute for each of its groups.
    Raises BadData for a folder without a log, or a damaged one; WrongCall where no baseline has
    such a metric, condition or group.
    """
    folder, asked = Path(baselines), Asked(metric, condition, group)
    every = {key: kept for key, kept in every_kept(folder).items() if task in ("", key[0])}
    if not every:
        whose = f" of task {task}" if task else ""
        raise BadData(f"{folder / LOG}: expected a baseline{whose}, found none; `benchsuite "
                      "baseline accept` begins the log")  # fmt: skip
    lines: list[Line] = []
    errors: list[BadData | WrongCall] = []
    with bar("history") as progress:
        for place, (key, kept) in enumerate(every.items()):
            progress("baselines", place, len(every))
            try:
                lines += [line_of(key, kept, cell) for cell in _cells(key, kept, asked)]
            except (BadData, WrongCall) as error:
                errors.append(error)
        if not lines:
            raise errors[0]
        return History(Told.of(lines), tuple(f"left out: {error}" for error in errors))


def _cells(key: Key, kept: Sequence[Kept], asked: Asked) -> Iterator[Cell]:
    """The numbers that are asked for, in the last baseline: one per condition and group."""
    last = kept[-1].statistics
    if last is None:
        raise BadData(
            f"{'/'.join(key)}: expected the file that was accepted last, found none "
            "that can be read"
        )
    metric = metric_of(last, asked.metric)
    for condition in conditions_of(last, asked.condition):
        if absent := [name for name in metric.columns if name not in last.tables[condition]]:
            raise WrongCall(
                f"{last.path}: expected the column {absent[0]} of {metric.name}, found none; "
                f"`benchsuite baseline accept RUN --metric {metric.name}` keeps it"
            )
        known = groups_in(last, [condition])
        members = [group for group in known if asked.group and group.attribute == asked.group]
        for group in members or [group_of(known, asked.group)]:
            yield Cell(metric, condition, group)
