"""Bounds for what is an extremum over groups: the gap, the worst group, the equity-scaled score.

Percentiles of such estimates do not cover. Resampling adds noise to an extremum, so the replicates
lie beyond the value, above all if the groups are equal. The bounds here hold for the true extremum
(STATISTICS.md, Groups). Beside each stands what a fair model would show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from .contrasts import (
    Array,
    Contrasts,
    Joint,
    contrasts,
    joint,
    largest,
    pairs,
)
from .estimate import Estimate
from .inversion import Family, inverted, sign_vectors
from .notes import Code, Notes, join_notes, note


class Fair(NamedTuple):
    """What a model without disparity would show: median, and 5 % and 95 % quantile."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Extremal:
    """An extremum over groups with bounds; NaN where it is missing or cannot be inferred.

    value         the plug-in value
    low, high     bounds of the true extremum at the level asked for
    null95        the gap that a fair model stays under with 95 %; NaN for the worst group
    fair          for an equity-scaled score, what a fair model would show
    n, clusters   of the smallest group in it; every threshold refers to clusters
    method        `simultaneous`, `inversion` or `withheld`
    left_out      positions of the groups without a value
    """

    value: float
    low: float
    high: float
    null95: float
    fair: Fair | None
    n: int
    clusters: int
    method: str
    notes: Notes = ()
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True)
class Usable:
    """The groups that have a value, and the positions of those that have none."""

    estimates: Sequence[Estimate]
    left_out: tuple[int, ...]

    def extremal(
        self,
        value: float,
        ends: tuple[float, float],
        notes: Notes,
        method: str = "simultaneous",
        null95: float = math.nan,
        fair: Fair | None = None,
    ) -> Extremal:
        """An extremum over these groups with its bounds."""
        return Extremal(
            value, *ends, null95, fair, min((group.n for group in self.estimates), default=0),
            min((group.clusters for group in self.estimates), default=0), method, notes,
            self.left_out,
        )  # fmt: skip

    def withheld(self, value: float, reason: Notes) -> Extremal:
        """An extremum of which nothing can be inferred."""
        return self.extremal(value, (math.nan, math.nan), reason, "withheld")


def usable_groups(groups: Sequence[Estimate]) -> Usable:
    """The groups with a value."""
    missing = tuple(i for i, group in enumerate(groups) if math.isnan(group.value))
    return Usable([group for group in groups if not math.isnan(group.value)], missing)


def gap(groups: Sequence[Estimate], higher_is_better: bool = True, level: float = 0.95) -> Extremal:
    """The largest difference between two groups, max - min; the same for either direction.

    low   max(0, max_ij(d_ij - c · SE_ij)), c the simultaneous quantile of |d| over all pairs
    high  max_ij(d_ij + t · SE_ij): no multiplicity, since one pair is the true extremum
    """
    usable = usable_groups(groups)
    if len(usable.estimates) < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    value = float(np.ptp(parts.values))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    low, high = largest_of(contrasts(parts, pairs(len(usable.estimates))), level)
    null = float(np.quantile(_spread(parts), 0.95))
    return usable.extremal(value, (max(0.0, low), high), parts.notes, null95=null)


def worst_group(
    groups: Sequence[Estimate], higher_is_better: bool = True, level: float = 0.95
) -> Extremal:
    """The score of the worst group: the smallest where higher is better, else the largest.

    As for the gap with signs turned: the bound on the good side is simultaneous over groups, the
    one on the bad side needs no multiplicity.
    """
    usable = usable_groups(groups)
    if len(usable.estimates) < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    sign = -1.0 if higher_is_better else 1.0
    value = float(sign * (sign * parts.values).max())
    if parts.reason:
        return usable.withheld(value, parts.reason)
    ends = largest_of(contrasts(parts, sign * np.eye(len(usable.estimates))), level)
    low, high = sorted(sign * end for end in ends)
    return usable.extremal(value, (low, high), parts.notes)


def es_sum(overall: Estimate, groups: Sequence[Estimate], level: float = 0.95) -> Extremal:
    """The equity-scaled score o / (1 + Σ|o - m_g|) of FairSeg (Tian et al. 2024), o ≥ 0.

    Bounds by inverting θ_s(e) = o - e·(1 + s·d) over sign vectors s: the true score e makes the
    smallest θ_s zero.

    low   the largest e with θ_s(e) > t · SD_s(e) for every s (roots in closed form, Fieller 1954)
    high  the smallest e with θ_s(e) < -c(e) · SD_s(e) for some s, c(e) a one-sided max-T quantile

    `null95` is that of the gap of the same groups.
    """
    usable = usable_groups(groups)
    if reason := no_score(overall, usable.estimates):
        return usable.withheld(math.nan, reason)
    parts = joint([overall, *usable.estimates])
    value = float(parts.values[0] / (1 + np.abs(parts.values[0] - parts.values[1:]).sum()))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    signs, fixed = sign_vectors(parts)
    ends = inverted(_family(parts, signs), value, level)
    null = float(np.quantile(_spread(_groups_only(parts)), 0.95))
    notes = join_notes([parts.notes, fixed])
    centred = parts.drawn - parts.values[:, None]
    expected = fair(parts.drawn[0] / (1 + np.abs(centred[1:] - centred[0]).sum(axis=0)))
    return usable.extremal(value, ends, notes, "inversion", null95=null, fair=expected)


def largest_of(differences: Contrasts, level: float) -> tuple[float, float]:
    """Bounds of the largest of C parameters."""
    c = largest(np.abs(differences.standardised()), level)
    low = differences.values - differences.t(c) * differences.se
    high = differences.values + stats.t.ppf((1 + level) / 2, differences.df) * differences.se
    return float(low.max()), float(high.max())


def _spread(parts: Joint) -> Array:
    """max - min of the centred group replicates (R,): the gaps of a model without disparity."""
    return np.asarray(np.ptp(parts.drawn - parts.values[:, None], axis=0))


def _groups_only(parts: Joint) -> Joint:
    return Joint(
        parts.values[1:],
        parts.drawn[1:],
        parts.df[1:],
        parts.inflation[1:],
        parts.resolution,
        parts.reason,
        parts.notes,
    )


def no_score(overall: Estimate, usable: Sequence[Estimate]) -> Notes:
    """Why a form that scales the overall score has no value; empty where it has one."""
    if len(usable) < 2:
        return note(Code.SINGLE_GROUP)
    return (overall.notes or note(Code.NO_SCORE)) if math.isnan(overall.value) else ()


def fair(scores: Array) -> Fair:
    """What `scores` (R,), those of a model without disparity, say of its score."""
    low, median, high = np.quantile(scores, [0.05, 0.5, 0.95])
    return Fair(float(median), float(low), float(high))


def _family(parts: Joint, signs: Array) -> Family:
    deviations = parts.values[0] - parts.values[1:]
    centred = parts.drawn - parts.values[:, None]
    inflation = float(parts.inflation.max())
    return Family(
        parts.values[:1],
        1 + signs @ deviations,
        centred[:1],
        signs @ (centred[0] - centred[1:]),
        inflation,
        float(parts.df.min()),
        float(parts.values[0]) + 10 * inflation * float(centred[0].std()),
    )
