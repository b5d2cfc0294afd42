"""The worst group and the gap of two runs: whether a group is harmed (STATISTICS.md, The gate)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from benchsuite.estimation import Cell, Claim, Code, Moves, Notes, join_notes, note, together
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.groups import unusable
from benchsuite.estimation.wording import worded
from benchsuite.gates.pairs import UNTESTED, Compared
from benchsuite.gates.verdict import Finding
from benchsuite.runs.forms import Form

NAMES: Final = {Form.WORST: "worst group", Form.GAP: "gap"}


@dataclass(frozen=True, eq=False)
class Axis:
    """The groups of one attribute of two runs, by one metric and condition.

    about     a cell of it, which says what it is of
    cells     its groups that something can be inferred from, on both sides
    left_out  the names of the others
    """

    about: Compared
    cells: tuple[Compared, ...]
    left_out: tuple[str, ...]

    @property
    def untested(self) -> Notes | None:
        """Why there is nothing to test; None where there is."""
        if len(self.cells) < 2:
            return join_notes([note(Code.SINGLE_GROUP), self.without])
        return None if any(cell.evidence.differs for cell in self.cells) else ()

    @property
    def without(self) -> Notes:
        """Which groups take no part."""
        return note(Code.LEFT_OUT, *self.left_out) if self.left_out else ()

    @cached_property
    def moves(self) -> Moves:
        """How each group of the candidate compares with each of the baseline."""
        one = self.about
        return Moves.of(
            ([c.baseline for c in self.cells], [c.candidate for c in self.cells]),
            [i for i, c in enumerate(self.cells) if c.cell.worse],
            one.higher_is_better,
            one.bounds,
            f"{one.run} {one.condition} {one.group.attribute} {one.metric}",
        )


@dataclass(frozen=True, eq=False)
class Shift:
    """The worst group of an attribute, or the gap between its groups, in two runs.

    claim  what comes closest to harm: the group, and the one that it is behind
    cell   the verdict on it
    """

    axis: Axis
    form: Form
    claim: Claim | None = None
    cell: Cell = UNTESTED

    @property
    def behind(self) -> Compared:
        """The cell of the group that comes closest to harm; any where nothing was tested."""
        return self.axis.cells[self.claim.group] if self.claim else self.axis.about

    @property
    def name(self) -> str:
        """`fairseg/erm clean race worst group dice`."""
        one = self.axis.about
        return f"{one.run} {one.condition} {one.group.attribute} {NAMES[self.form]} {one.metric}"

    @property
    def headline(self) -> bool:
        """Never: it has an error rate of its own."""
        return False

    @property
    def values(self) -> tuple[float, float]:
        """Its value in the baseline and in the candidate; NaN of less than two groups."""
        if len(self.axis.cells) < 2:
            return math.nan, math.nan
        if self.form == Form.GAP:
            return self.axis.moves.gap
        before, after = self.axis.moves.worst
        return (before, after) if self.axis.about.higher_is_better else (-before, -after)

    @property
    def raised(self) -> float:
        """Candidate minus baseline."""
        before, after = self.values
        return after - before

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % interval of `raised`."""
        if len(self.axis.cells) < 2:
            return math.nan, math.nan
        if self.form == Form.GAP:
            return self.axis.moves.gap_moved()
        low, high = self.axis.moves.worst_moved()
        return (low, high) if self.axis.about.higher_is_better else (-high, -low)

    @property
    def finding(self) -> Finding:
        """The worst group or the gap as it is published."""
        one, behind = self.axis.about, self.behind
        (before, after), (low, high) = self.values, self.ends
        return Finding(
            name=self.name,
            run=one.run,
            condition=one.condition,
            attribute=one.group.attribute,
            group=behind.group.value if self.claim else "",
            metric=one.metric,
            form=self.form,
            family="derived",
            status=self.cell.verdict,
            baseline=before,
            candidate=after,
            difference=after - before,
            low=low,
            high=high,
            detectable=self.cell.mde,
            p=self.cell.p,
            test=self.cell.method,
            clusters=behind.change.clusters,
            differing=behind.differing,
            note=self._note,
        )

    @property
    def _note(self) -> str:
        """Which group fell, or why there is no verdict."""
        said = worded(join_notes([self.cell.notes, self.axis.without]))
        if self.claim is None or not self.cell.worse:
            return said
        ahead = self.axis.cells[self.claim.ahead].group.value
        below = "all groups" if self.form == Form.WORST else ahead
        return "; ".join(filter(None, [f"{self.behind.group.value} fell below {below}", said]))

    def columns(self) -> dict[str, Any]:
        """What a table shows of it, as of a cell."""
        before, after = self.values
        return {
            "cell": self.name, "change": after - before, "p": self.cell.p,
            "verdict": self.cell.verdict, "baseline": before, "candidate": after,
            "sd": self.claim.change.difference.sd if self.claim else math.nan,
            "differing": self.behind.differing, "clusters": self.behind.change.clusters,
            "test": self.cell.method, "unseen": self.cell.mde, "family": "derived",
        }  # fmt: skip


def shifts(cells: Iterable[Compared], alpha: float) -> list[Shift]:
    """The worst group and the gap of each attribute of judged cells, at one `alpha` for all."""
    every = [Shift(axis, form) for axis in _axes(cells) for form in NAMES]
    tested = [one for one in every if one.axis.untested is None]
    found = dict(zip(tested, together(map(_claims, tested), alpha), strict=True))
    return [
        replace(one, cell=found[one].cell, claim=found[one].claim)
        if one in found
        else replace(one, cell=_without_test(one.axis.untested or ()))
        for one in every
    ]


def _claims(one: Shift) -> Iterable[Claim]:
    moves = one.axis.moves
    return moves.gap_grew() if one.form == Form.GAP else moves.worst_fell()


def _without_test(why: Notes) -> Cell:
    return Cell("no verdict", notes=why) if why else Cell("identical")


def _axes(cells: Iterable[Compared]) -> list[Axis]:
    """The attributes of each pair, condition and metric."""
    found: dict[Any, list[Compared]] = {}
    for cell in cells:
        if cell.group != EVERYBODY and cell.baseline.n > 0:
            key = (cell.sides, cell.condition, cell.metric, cell.group.attributes)
            found.setdefault(key, []).append(cell)
    return [_axis(mine) for mine in found.values()]


def _axis(cells: Sequence[Compared]) -> Axis:
    out = {*unusable([c.baseline for c in cells]), *unusable([c.candidate for c in cells])}
    left = (c.group.value for i, c in enumerate(cells) if i in out)
    kept = (c for i, c in enumerate(cells) if i not in out)
    return Axis(cells[0], tuple(kept), tuple(left))
