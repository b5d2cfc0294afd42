"""What a candidate does to the worst group and to the gap, from contrasts of the groups.

Neither is a cell of max-T. An extremum's replicates are off centre, and other groups that move
would raise 17–30 % false alarms. Both are harm to some group that is shown to have got worse:

    worst group   it is worse now than every other group was
    gap           it is further behind another group now than any group was behind another

A gap that grew because others got better is no harm. Where several things must hold, the weakest of
them has to be shown (Berger 1982). This contrast is what a step-down takes of a group: its steps
are over groups, and over all else that shares their error (STATISTICS.md, The gate).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .change import Change, difference
from .contrasts import Array, Contrasts, combined, joint, resolution, to_t
from .estimate import Estimate
from .growth import growth_ends
from .moderation import UNBOUNDED, Bounds, moderated
from .testing import Cell, Row, row, stepped, told

CRITICAL: Final = 3.0
"""A normal quantile as those that groups have to reach."""

Two = tuple[Sequence[Estimate], Sequence[Estimate]]
"""The same groups in the baseline and in the candidate."""


@dataclass(frozen=True, eq=False)
class Claim:
    """What has to be shown of a group: the weakest of its contrasts, below 0 where it holds.

    group, ahead  the positions of the group and of the one that it is behind; for the worst group,
                  both are the group
    fell          whether the group is shown to have got worse
    """

    change: Change
    group: int
    ahead: int
    fell: bool


@dataclass(frozen=True, eq=False)
class Moves:
    """How each of G groups of the candidate compares with each of the baseline.

    sides  the moderated groups; larger is better
    moves  (G, G): group g of the candidate less group h of the baseline
    fell   the positions of the groups that are shown to have got worse
    """

    sides: Two
    moves: Contrasts
    fell: Collection[int]

    @classmethod
    def of(
        cls,
        groups: Two,
        fell: Collection[int],
        higher_is_better: bool = True,
        bounds: Bounds = UNBOUNDED,
        key: str = "",
    ) -> Moves:
        """The moves of groups that something can be inferred from.

        `fell` are the positions of those that are shown to have got worse, `bounds` the metric's.
        `key` names what they are groups of, where several share one error rate; see `moderated`.
        """
        changes = [difference(*pair, higher_is_better) for pair in zip(*groups[::-1], strict=True)]
        old, new = (
            [one if higher_is_better else -one for one in moderated(side, bounds, name).groups]
            for side, name in zip(groups, (f"{key}, before", f"{key}, after"), strict=True)
        )
        own = moderated(changes, UNBOUNDED, key).groups
        return cls((old, new), _moves(old, new, own), fell)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.sides[0])

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
        """For each group: it is worse than every other group was."""
        own = np.eye(self.count, dtype=np.bool_)
        others = np.where(own, -np.inf, _standing(self.moves))
        for g, h in enumerate(others.argmax(axis=1)):
            yield self._claim(g, g, self.moves.values[g, h], self.moves.centred[g, h], [(g, h)])

    def gap_grew(self) -> Iterator[Claim]:
        """For each two groups: one is further behind the other than any group was."""
        values, drawn = self.moves.values, self.moves.centred
        behind, ahead = self._pairs
        for p, q in enumerate(_standing(self._growths).argmax(axis=1)):
            one, other = (behind[p], behind[q]), (ahead[p], ahead[q])
            value, centred = values[one] - values[other], drawn[one] - drawn[other]
            yield self._claim(int(behind[p]), int(ahead[p]), value, centred, [one, other])

    def worst_moved(self, level: float = 0.95) -> tuple[float, float]:
        """The ends of what the worst group changes; they hold for all groups at once."""
        z = float(special.ndtri(1 - (1 - level) / 2 / self.count))
        reach = _quantiles(z, self.moves.df) * self.moves.se
        low, high = self.moves.values - reach, self.moves.values + reach
        return float(low.max(axis=1).min()), float(high.min(axis=0).max())

    def gap_moved(self, level: float = 0.95) -> tuple[float, float]:
        """The ends of what the gap changes, as of `gap_growth`."""
        old, new = self.sides
        return growth_ends(joint([*old, *new]), (1 + level) / 2)

    @property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The groups behind and ahead of all P ordered pairs."""
        behind, ahead = np.nonzero(~np.eye(self.count, dtype=np.bool_))
        return behind, ahead

    @cached_property
    def _growths(self) -> Contrasts:
        """(P, P): how far each pair is apart now less how far each was, below 0 where it is more.

        Each is one move less another, so their variance needs no replicates.
        """
        moves, count = self.moves, self.count
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
        """The claim of a group by a contrast of the moves `parts`."""
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
        change = Change(contrast, 0.0, clusters)
        return Claim(change, group, ahead, group in self.fell)


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

    A line is one row of the steps, so that many groups need no room. Its replicates are those of
    all its claims, while only groups that are shown to have got worse can be harmed. So a false
    verdict is either a false one on the group itself, whose error is spent elsewhere, or one of the
    `alpha` here.
    """
    found = [_surest(line) for line in lines]
    tested = stepped([one for _, one in found], alpha)
    verdicts = []
    for (claim, _), (p, critical) in zip(found, tested, strict=True):
        cell = told(claim.change, p, critical, alpha)
        verdicts.append(Derived(cell if claim.fell else replace(cell, p=math.nan), claim))
    return verdicts


def _surest(line: Iterable[Claim]) -> tuple[Claim, Row]:
    """The surest claim of a group that fell, or of any if none did, and the line as one row."""
    rows = {claim: row(claim.change) for claim in line}
    best = min(rows, key=lambda claim: (not claim.fell, rows[claim].z))
    nulls = [one.null for one in rows.values() if one.null is not None]
    z = rows[best].z if best.fell else math.inf
    return best, Row(z, null=np.fmin.reduce(nulls), cells=len(nulls))
