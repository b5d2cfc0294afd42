"""What a candidate does to the worst group and to the gap, from contrasts of the groups.

Neither is a cell of max-T. An extremum's replicates are off centre, and other groups that move
would raise 17–30 % false alarms. Both are harm to some group, of which several things must hold:

    worst group   it fell, and is now worse than every group was
    gap           it fell, and is now further behind another group than any group was

A gap that grew because others got better is no harm. Where several things must hold, the weakest of
them has to be shown (Berger 1982). This contrast is what the step-down takes of a group: its steps
are over groups, and over all else that shares their error (STATISTICS.md, The gate).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .change import Change
from .contrasts import Array, Contrasts, combined, resolution, to_t
from .estimate import Estimate
from .intervals import skew
from .moderation import UNBOUNDED, Bounds, moderated
from .testing import Cell, Row, row, statistic, stepped, told

CRITICAL: Final = 3.0
"""A normal quantile as those that groups have to reach."""

Two = tuple[Sequence[Estimate], Sequence[Estimate]]
"""The same groups in the baseline and in the candidate."""


@dataclass(frozen=True, eq=False)
class Claim:
    """What has to be shown of a group: the weakest of its contrasts, below 0 where it holds.

    group, ahead  the positions of the group that fell, and of the one that it is behind; of the
                  worst group, both are the one that fell
    """

    change: Change
    group: int
    ahead: int


@dataclass(frozen=True, eq=False)
class Moves:
    """How each of G groups of the candidate compares with each of the baseline.

    sides    the moderated groups; larger is better
    changes  what each group changes, below 0 where it got worse
    moves    (G, G): group g of the candidate less group h of the baseline
    """

    sides: Two
    changes: Sequence[Change]
    moves: Contrasts

    @classmethod
    def of(
        cls,
        groups: Two,
        changes: Sequence[Change],
        higher_is_better: bool = True,
        bounds: Bounds = UNBOUNDED,
        key: str = "",
    ) -> Moves:
        """The moves of groups that something can be inferred from.

        `bounds` are the metric's. `key` names what they are groups of, where several share one
        error rate; see `moderated`.
        """
        old, new = (
            [one if higher_is_better else -one for one in moderated(side, bounds, name).groups]
            for side, name in zip(groups, (f"{key}, before", f"{key}, after"), strict=True)
        )
        own = moderated([change.difference for change in changes], UNBOUNDED, key).groups
        return cls((old, new), changes, _moves(old, new, own))

    @property
    def worst(self) -> tuple[float, float]:
        """The worst group's value, in the baseline and in the candidate; larger is better."""
        old, new = (min(one.value for one in side) for side in self.sides)
        return old, new

    @property
    def gap(self) -> tuple[float, float]:
        """The gap between groups, in the baseline and in the candidate."""
        old, new = (float(np.ptp([one.value for one in side])) for side in self.sides)
        return old, new

    def worst_fell(self) -> Iterator[Claim]:
        """For each group: it fell, and is worse than every group was."""
        own = np.eye(len(self.changes), dtype=np.bool_)
        others = np.where(own, -np.inf, _standing(self.moves))
        for g, h in enumerate(others.argmax(axis=1)):
            yield self._claim(g, g, self.moves.values[g, h], self.moves.centred[g, h], [(g, h)])

    def gap_grew(self) -> Iterator[Claim]:
        """For each two groups: one fell, and is further behind the other than any group was."""
        values, drawn = self.moves.values, self.moves.centred
        behind, ahead = self._pairs
        for p, q in enumerate(_standing(self._growths).argmax(axis=1)):
            one, other = (behind[p], behind[q]), (ahead[p], ahead[q])
            value, centred = values[one] - values[other], drawn[one] - drawn[other]
            yield self._claim(int(behind[p]), int(ahead[p]), value, centred, [one, other])

    def worst_moved(self, level: float = 0.95) -> tuple[float, float]:
        """The ends of what the worst group changes; they hold for all groups at once."""
        reach = self._reach(self.moves, len(self.changes), level)
        low, high = self.moves.values - reach, self.moves.values + reach
        return float(low.max(axis=1).min()), float(high.min(axis=0).max())

    def gap_moved(self, level: float = 0.95) -> tuple[float, float]:
        """The ends of what the gap changes; they hold for all pairs of groups at once."""
        reach = self._reach(self._growths, len(self._pairs[0]), level)
        low, high = -self._growths.values - reach, -self._growths.values + reach
        return float(low.max(axis=0).min()), float(high.min(axis=1).max())

    @staticmethod
    def _reach(of: Contrasts, count: int, level: float) -> Array:
        return _quantiles(float(special.ndtri(1 - (1 - level) / 2 / count)), of.df) * of.se

    @property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The groups behind and ahead of all P ordered pairs."""
        behind, ahead = np.nonzero(~np.eye(len(self.changes), dtype=np.bool_))
        return behind, ahead

    @cached_property
    def _growths(self) -> Contrasts:
        """(P, P): how far each pair is apart now less how far each was, below 0 where it is more.

        Each is one move less another, so their variance needs no replicates.
        """
        moves, count = self.moves, len(self.changes)
        behind, ahead = (side[:, None] * count + side for side in self._pairs)
        flat = moves.centred.reshape(count**2, -1) * moves.inflation.reshape(-1, 1)
        covariance = np.cov(flat)
        own = np.diag(covariance)
        both = own[behind] + own[ahead]
        variance = both - 2 * covariance[behind, ahead]
        values, df = moves.values.ravel(), moves.df.ravel()
        return Contrasts(
            values[behind] - values[ahead],
            np.empty(0),
            np.sqrt(np.where(variance > 1e-12 * both, variance, 0.0)),
            np.minimum(df[behind], df[ahead]),
            np.ones_like(both),
        )

    def _claim(
        self, group: int, ahead: int, value: float, centred: Array, parts: Sequence[tuple[int, int]]
    ) -> Claim:
        """The weaker of a contrast of moves, and of what the group itself changes."""
        old, new = self.sides
        used = [one for g, h in parts for one in (new[g], old[h])]
        clusters = min(one.clusters for one in used)
        contrast = Estimate(
            value,
            centred.astype(np.float32),
            min(one.n for one in used),
            clusters,
            used[0].kind,
            effective=min(one.effective for one in used),
            df=min(float(self.moves.df[part]) for part in parts),
            inflation=max(float(self.moves.inflation[part]) for part in parts),
        )
        change = Change(contrast, skew(contrast.defined), clusters)
        return Claim(max(change, self.changes[group], key=statistic), group, ahead)


def _standing(of: Contrasts) -> Array:
    """How far each contrast is above 0, in units of where verdicts fall: the largest is weakest."""
    reach = _quantiles(CRITICAL, of.df) * of.se
    certain = np.where(of.values == 0, 0.0, np.copysign(np.inf, of.values))
    return np.asarray(np.where(reach > 0, of.values / np.where(reach > 0, reach, 1.0), certain))


def _quantiles(z: float, df: Array) -> Array:
    """The normal quantile z at the same tail of t, for each df; there are few different ones."""
    known, place = np.unique(df, return_inverse=True)
    return to_t(z, known)[place].reshape(df.shape)


def _moves(old: Sequence[Estimate], new: Sequence[Estimate], own: Sequence[Estimate]) -> Contrasts:
    """Each group of `new` less each of `old`; a group's own change is the paired one."""
    count = len(own)
    every = [own[g] if g == h else new[g] - old[h] for g in range(count) for h in range(count)]
    values, df, inflation = np.array([(e.centre, e.df, e.inflation) for e in every]).T
    moved = combined(
        values,
        values[:, None] + np.array([one.deviations for one in every], dtype=np.float64),
        df,
        inflation,
        resolution([*old, *new]),
    )
    square = (count, count)
    return Contrasts(
        moved.values.reshape(square),
        moved.centred.reshape(*square, -1),
        moved.sd.reshape(square),
        df.reshape(square),
        inflation.reshape(square),
    )


@dataclass(frozen=True, eq=False)
class Derived:
    """The verdict on a worst group or a gap, and the claim that comes closest to it."""

    cell: Cell
    claim: Claim


def together(lines: Iterable[Iterable[Claim]], alpha: float) -> list[Derived]:
    """The verdict on each line of claims, at a family-wise `alpha` for all: is some claim shown?

    The smooth claims of a line are one row of the steps, so that many groups need no room. Exact
    ones are rows of their own, one for all claims that rest on the same change.
    """
    rows: list[Row] = []
    asked: list[list[tuple[int, Claim]]] = []
    places: dict[Change, int] = {}
    for line in lines:
        smooth, mine = [], []
        for claim in line:
            if not claim.change.exact:
                smooth.append(claim)
                continue
            if claim.change not in places:
                places[claim.change] = len(rows)
                rows.append(row(claim.change))
            mine.append((places[claim.change], claim))
        if smooth:
            claim, found = _as_one(smooth)
            mine.append((len(rows), claim))
            rows.append(found)
        asked.append(mine)
    tested = stepped(rows, alpha)
    told_of = (
        [Derived(told(claim.change, *tested[place], alpha), claim) for place, claim in mine]
        for mine in asked
    )
    return [min(found, key=_surest) for found in told_of]


def _as_one(smooth: Sequence[Claim]) -> tuple[Claim, Row]:
    """The surest of some smooth claims, and all of them as one row."""
    found = {claim.change: row(claim.change) for claim in smooth}
    best = min(smooth, key=lambda claim: found[claim.change].z)
    nulls = [one.null for one in found.values() if one.null is not None]
    return best, Row(found[best.change].z, null=np.fmin.reduce(nulls))


def _surest(found: Derived) -> tuple[bool, float]:
    return found.cell.verdict == "no verdict", found.cell.p
