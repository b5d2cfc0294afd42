"""What baselines have been over time: a drift that no single gate would fail, and where it changed.

Every gate compares a run with the last baseline. Many small steps down may pass all of them. Here
the baselines of before are compared with each other, paired by their samples (STATISTICS.md,
History). This is no gate: it gives no verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from benchsuite.condition import generator
from benchsuite.estimation import Change, Estimate, Metric, Weights, difference, family_test
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells, membership
from benchsuite.gates.evidence import evidence
from benchsuite.runs.baselines import Kept
from benchsuite.runs.log import REPLICATES, SEED, Key, Number
from benchsuite.runs.statistics import Statistics

ALPHA: Final = 0.05
"""The error of a call: half of it is for drifts, half for changes."""


@dataclass(frozen=True)
class Cell:
    """Which number is followed: one metric of one group under one condition."""

    metric: Metric
    condition: str
    group: Group = EVERYBODY

    @property
    def groups(self) -> list[Group]:
        """Everybody, and the group."""
        return [*dict.fromkeys([EVERYBODY, self.group])]


@dataclass(frozen=True, eq=False)
class Point:
    """The number in one baseline: of the group, and of everybody.

    table  its samples; None where nobody kept them, and the log alone has the number
    """

    kept: Kept
    value: Estimate
    everybody: Estimate
    table: pd.DataFrame | None


@dataclass(frozen=True, eq=False)
class Line:
    """One baseline over time: the points that can be compared with the last one, in order.

    left_out  how many of before cannot be: of other samples, or without the number
    """

    key: Key
    cell: Cell
    points: tuple[Point, ...]
    left_out: int = 0

    def change(self, start: int, stop: int) -> Estimate:
        """The number at one point less that at an earlier one, paired where both have samples."""
        return self.points[stop].value - self.points[start].value


@dataclass(frozen=True, eq=False)
class Shift:
    """A change that is shown, between two points of a line; p is adjusted for all of the call."""

    line: Line
    start: int
    stop: int
    p: float

    @property
    def change(self) -> Estimate:
        """The later number less the earlier one."""
        return self.line.change(self.start, self.stop)

    def overlaps(self, other: "Shift") -> bool:
        """Whether both are of one line, and share a step between two points."""
        same = self.line is other.line
        return same and max(self.start, other.start) < min(self.stop, other.stop)


def line_of(key: Key, kept: Sequence[Kept], cell: Cell) -> Line:
    """The points of a baseline that can be compared with its last one."""
    alike = kept[-1].accepted.alike
    found = [point for one in kept if one.accepted.alike == alike for point in _point(one, cell)]
    return Line(key, cell, tuple(found), len(kept) - len(found))


def _point(kept: Kept, cell: Cell) -> Iterator[Point]:
    """The point of a baseline; none where neither its file nor the log has the number."""
    statistics = kept.statistics
    if statistics is not None and _has(statistics, cell):
        table = statistics.tables[cell.condition]
        weights = Weights(SEED, statistics.manifest.populations[cell.condition], REPLICATES)
        cells = condition_cells([table], [cell.metric], cell.groups, weights)
        value, everybody = (cells[one, cell.metric.name] for one in (cell.group, EVERYBODY))
        yield Point(kept, value, everybody, table)
        return
    for one in kept.accepted.new:
        same = (one.metric, one.condition) == (cell.metric.name, cell.condition)
        if same and cell.group == EVERYBODY and one.value is not None:
            value = _alone(kept, one, one.value)
            yield Point(kept, value, value, None)


def _has(statistics: Statistics, cell: Cell) -> bool:
    table = statistics.tables.get(cell.condition)
    return table is not None and {*cell.metric.columns} <= {*table}


def _alone(kept: Kept, one: Number, value: float) -> Estimate:
    """The number of the log, with replicates of its own: its differences are not paired."""
    drawn = generator("history", kept.accepted.file).standard_normal(REPLICATES)
    error = np.nan if one.error is None else one.error
    return Estimate.of(value, value + error * drawn, one.n, one.clusters, inflation=1.0)


def drifts(lines: Sequence[Line], alpha: float = ALPHA / 2) -> list[Shift]:
    """The lines whose last number is shown to be worse than their first, at one alpha for all."""
    ends = [(line, 0, len(line.points) - 1) for line in lines if len(line.points) > 1]
    return _shown(ends, alpha)


def changes(lines: Sequence[Line], alpha: float = ALPHA / 2) -> list[Shift]:
    """Where the lines changed, up or down: the shortest spans in which a change is shown.

    Any two points of a line are compared, all at one alpha. So each span holds a change, with an
    error of alpha for all of them together. No two spans of a line overlap.
    """
    pairs = [
        (line, *ends)
        for line in lines
        for pair in combinations(range(len(line.points)), 2)
        for ends in (pair, pair[::-1])
    ]
    found: list[Shift] = []
    for one in sorted(_shown(pairs, alpha), key=lambda one: (one.stop - one.start, one.p)):
        if not any(one.overlaps(other) for other in found):
            found.append(one)
    return sorted(found, key=lambda one: (lines.index(one.line), one.start))


def _shown(asked: Sequence[tuple[Line, int, int]], alpha: float) -> list[Shift]:
    """Those of (line, from, to) in which the number is shown to be worse at `to`."""
    tested = family_test([_change(*one) for one in asked], alpha).cells
    return [
        Shift(line, min(start, stop), max(start, stop), cell.p)
        for (line, start, stop), cell in zip(asked, tested, strict=True)
        if cell.worse
    ]


def _change(line: Line, start: int, stop: int) -> Change:
    """What the test of the number at `stop` against that at `start` has to know."""
    before, after = line.points[start], line.points[stop]
    metric = line.cell.metric
    if before.table is None or after.table is None or not _same_rows(before.table, after.table):
        found = difference(after.value, before.value, metric.higher_is_better)
        return Change(found, 0.0, found.clusters)
    sides = [(before.everybody, after.everybody), (before.value, after.value)]
    groups = line.cell.groups
    member = membership(before.table, groups)
    return evidence((before.table, after.table), metric, member, sides[: len(groups)])[-1]


def _same_rows(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether two tables have the same samples in the same clusters, row by row."""
    return all(list(before[name]) == list(after[name]) for name in ("sample_id", "cluster"))
