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
import scipy
from scipy import special

from .contrasts import Array, Contrasts, contrasts, joint, largest, to_t
from .estimate import MIN_CLUSTERS, Estimate
from .intervals import withheld
from .inversion import inverted, scaled, sign_vectors
from .moderation import UNBOUNDED, Bounds, moderated
from .mover import Differences, Reach
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
    left_out      positions of the groups that are not in it: see `usable_groups`
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


@dataclass(frozen=True, eq=False)
class Usable:
    """The groups that something can be inferred from, moderated.

    fair      float64 (G, R): what chance adds to each group of a model without a gap
    left_out  the positions of the other groups
    """

    estimates: Sequence[Estimate]
    fair: Array
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

    def beside(self, overall: Estimate) -> tuple[Array, Array]:
        """What chance adds to the overall score (R',) and to each group (G, R')."""
        complete = ~np.isnan(overall.deviations)
        return overall.deviations[complete].astype(np.float64), self.fair[:, complete]

    def withheld(self, value: float, reason: Notes) -> Extremal:
        """An extremum of which nothing can be inferred."""
        return self.extremal(value, (math.nan, math.nan), reason, "withheld")


def usable_groups(groups: Sequence[Estimate], bounds: Bounds, key: str = "") -> Usable:
    """The groups that something can be inferred from; see `unusable`.

    `key` names what they are groups of, where several share one error rate; see `moderated`.
    """
    out = unusable(groups)
    kept = [group for i, group in enumerate(groups) if i not in out]
    if len(kept) < 2:
        return Usable(kept, np.empty((len(kept), 0)), out)
    found = moderated(kept, bounds, key)
    return Usable(found.groups, found.fair, out)


def unusable(groups: Sequence[Estimate]) -> tuple[int, ...]:
    """The positions of groups without a value, 5 clusters, or 97 % of replicates defined."""
    return tuple(
        i
        for i, group in enumerate(groups)
        if math.isnan(group.value) or (group.deviations.size and withheld(group))
    )


def too_little(group: Estimate) -> str:
    """Why a group takes no part."""
    if group.clusters < MIN_CLUSTERS:
        return f"{group.clusters} clusters"
    if any(one.code == Code.SHORT_TAIL for one in group.notes):
        return f"a tenth of {group.clusters} clusters"
    return "no value" if math.isnan(group.value) else "undefined replicates"


def gap(
    groups: Sequence[Estimate],
    higher_is_better: bool = True,
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> Extremal:
    """The largest difference between two groups, max - min; the same for either direction.

    low   max(0, max_ij(the lower end of d_ij)) at the simultaneous quantile of |d| over all pairs
    high  max_ij(the upper end of d_ij): no multiplicity, since one pair is the true extremum

    `bounds` are those of the metric. The ends of a difference are those of `Differences`.
    """
    usable = usable_groups(groups, bounds)
    if len(usable.estimates) < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    value = float(np.ptp(parts.values))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    apart = Differences.of(usable.estimates, parts, bounds)
    low, high = apart.ends(largest(np.abs(apart.contrasts.standardised()), level), level)
    null = float(np.quantile(np.ptp(usable.fair, axis=0), 0.95))
    return usable.extremal(value, (low, high), parts.notes, null95=null)


def worst_group(
    groups: Sequence[Estimate],
    higher_is_better: bool = True,
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> Extremal:
    """The score of the worst group: the smallest where higher is better, else the largest.

    As for the gap: the bound on the good side is simultaneous over groups, the one on the bad side
    needs no multiplicity.
    """
    usable = usable_groups(groups, bounds)
    if len(usable.estimates) < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    value = float(parts.values.min() if higher_is_better else parts.values.max())
    if parts.reason:
        return usable.withheld(value, parts.reason)
    c = largest(np.abs(contrasts(parts, np.eye(len(parts.values))).standardised()), level)
    reach = Reach.of(usable.estimates, parts, bounds)
    alone, together = (to_t(z, parts.df) for z in (special.ndtri((1 + level) / 2), c))
    below, above = (alone, together) if higher_is_better else (together, alone)
    everybody, worst = np.arange(len(parts.values)), np.min if higher_is_better else np.max
    low = float(worst(reach.centres - reach.ends(everybody, below)[0]))
    high = float(worst(reach.centres + reach.ends(everybody, above)[1]))
    return usable.extremal(value, (low, high), parts.notes)


def es_sum(
    overall: Estimate,
    groups: Sequence[Estimate],
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
    alpha: float = 1.0,
) -> Extremal:
    """The equity-scaled score o / (1 + α·Σ|o - m_g|) of FairSeg (Tian et al. 2024), o and m_g ≥ 0.

    α ≥ 0 is a parameter of the authors' code, 1 in all that they publish. Bounds by inverting
    θ_s(e) = o - e·(1 + α·s·d) over sign vectors s: the true score e makes the smallest θ_s zero.

    low   the largest e with θ_s(e) > t · SD_s(e) for every s (roots in closed form, Fieller 1954)
    high  the smallest e with θ_s(e) < -c(e) · SD_s(e) for some s, c(e) a one-sided max-T quantile
    """
    usable = usable_groups(groups, bounds)
    if reason := no_score(overall, usable.estimates):
        return usable.withheld(math.nan, reason)
    parts = joint([overall, *usable.estimates])
    apart = np.abs(parts.values[0] - parts.values[1:]).sum()
    value = float(parts.values[0] / (1 + alpha * apart))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    signs, fixed = sign_vectors(parts)
    family = scaled(parts, alpha * np.column_stack([signs.sum(axis=1), -signs]))
    ends = inverted(family, value, level)
    o, drawn = usable.beside(overall)
    expected = fair((parts.values[0] + o) / (1 + alpha * np.abs(drawn - o).sum(axis=0)))
    notes = join_notes([parts.notes, fixed])
    return usable.extremal(value, ends, notes, "inversion", fair=expected)


def largest_of(differences: Contrasts, level: float) -> tuple[float, float]:
    """Bounds of the largest of C parameters."""
    c = largest(np.abs(differences.standardised()), level)
    low = differences.values - differences.t(c) * differences.se
    high = differences.values + scipy.stats.t.ppf((1 + level) / 2, differences.df) * differences.se
    return float(low.max()), float(high.max())


def no_score(overall: Estimate, usable: Sequence[Estimate]) -> Notes:
    """Why a form that scales the overall score has no value; empty where it has one."""
    if len(usable) < 2:
        return note(Code.SINGLE_GROUP)
    if math.isnan(overall.value):
        return overall.notes or note(Code.NO_SCORE)
    return note(Code.NEGATIVE) if min(one.value for one in (overall, *usable)) < 0 else ()


def fair(scores: Array) -> Fair:
    """What `scores` (R,), those of a model without disparity, say of its score."""
    low, median, high = np.quantile(scores, [0.05, 0.5, 0.95])
    return Fair(float(median), float(low), float(high))
