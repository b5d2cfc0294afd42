"""Bounds for what is an extremum over groups: the gap, the worst group, the equity-scaled score.

Percentiles of such estimates do not cover: resampling adds noise to an extremum, so the replicates
lie beyond the value, all the more where groups are equal. The bounds here hold for the true
extremum (STATISTICS.md, Groups), and beside each stands what a fair model would show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from .contrasts import (
    Array,
    Contrasts,
    Joint,
    contrasts,
    deviation,
    joint,
    largest,
    pairs,
    to_t,
)
from .estimate import Estimate, join_notes

MAX_SIGNS: Final = 10
"""Groups whose deviations from the overall score may have either sign; beyond, signs are fixed."""

_BISECTIONS: Final = 24


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
    note: str = ""
    left_out: tuple[int, ...] = ()


def gap(groups: Sequence[Estimate], higher_is_better: bool = True, level: float = 0.95) -> Extremal:
    """The largest difference between two groups, max - min; the same for either direction.

    low   max(0, max_ij(d_ij - c · SE_ij)), c the simultaneous quantile of |d| over all pairs
    high  max_ij(d_ij + t · SE_ij): no multiplicity, since one pair is the true extremum
    """
    usable, left_out = usable_groups(groups)
    if len(usable) < 2:
        return missing_extremal(usable, left_out, "single group")
    parts = joint(usable)
    value = float(np.ptp(parts.values))
    if parts.reason:
        return withheld_extremal(value, usable, left_out, parts.reason)
    low, high = largest_of(contrasts(parts, pairs(len(usable))), level)
    null = float(np.quantile(_spread(parts), 0.95))
    return extremal(value, max(0.0, low), high, null, None, usable, left_out, parts.note)


def worst_group(
    groups: Sequence[Estimate], higher_is_better: bool = True, level: float = 0.95
) -> Extremal:
    """The score of the worst group: the smallest where higher is better, else the largest.

    As for the gap with signs turned: the bound on the good side is simultaneous over groups, the
    one on the bad side needs no multiplicity.
    """
    usable, left_out = usable_groups(groups)
    if len(usable) < 2:
        return missing_extremal(usable, left_out, "single group")
    parts = joint(usable)
    sign = -1.0 if higher_is_better else 1.0
    value = float(sign * (sign * parts.values).max())
    if parts.reason:
        return withheld_extremal(value, usable, left_out, parts.reason)
    ends = largest_of(contrasts(parts, sign * np.eye(len(usable))), level)
    low, high = sorted(sign * end for end in ends)
    return extremal(value, low, high, math.nan, None, usable, left_out, parts.note)


def es_sum(overall: Estimate, groups: Sequence[Estimate], level: float = 0.95) -> Extremal:
    """The equity-scaled score o / (1 + Σ|o - m_g|) of FairSeg (Tian et al. 2024), o ≥ 0.

    Bounds by inverting θ_s(e) = o - e·(1 + s·d) over sign vectors s: the true score e makes the
    smallest θ_s zero.

    low   the largest e with θ_s(e) > t · SD_s(e) for every s (roots in closed form, Fieller 1954)
    high  the smallest e with θ_s(e) < -c(e) · SD_s(e) for some s, c(e) a one-sided max-T quantile

    `null95` is that of the gap of the same groups.
    """
    usable, left_out = usable_groups(groups)
    if reason := no_score(overall, usable):
        return missing_extremal(usable, left_out, reason)
    parts = joint([overall, *usable])
    value = float(parts.values[0] / (1 + np.abs(parts.values[0] - parts.values[1:]).sum()))
    if parts.reason:
        return withheld_extremal(value, usable, left_out, parts.reason)
    signs, note = sign_vectors(parts)
    low, high = inverted(_family(parts, signs), value, level)
    null = float(np.quantile(_spread(_groups_only(parts)), 0.95))
    note = join_notes([parts.note, note])
    centred = parts.drawn - parts.values[:, None]
    expected = fair(parts.drawn[0] / (1 + np.abs(centred[1:] - centred[0]).sum(axis=0)))
    return extremal(value, low, high, null, expected, usable, left_out, note, "inversion")


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
        parts.reason,
        parts.note,
    )


def no_score(overall: Estimate, usable: Sequence[Estimate]) -> str:
    """Why a form that scales the overall score has no value; '' where it has one."""
    if len(usable) < 2:
        return "single group"
    return (overall.note or "no overall score") if math.isnan(overall.value) else ""


def fair(scores: Array) -> Fair:
    """What `scores` (R,), those of a model without disparity, say of its score."""
    low, median, high = np.quantile(scores, [0.05, 0.5, 0.95])
    return Fair(float(median), float(low), float(high))


def sign_vectors(parts: Joint) -> tuple[Array, str]:
    """All sign vectors (S, G) of the deviations, up to 2^10, and a note where others were fixed."""
    groups = len(parts.values) - 1
    deviations = contrasts(parts, np.column_stack([np.ones(groups), -np.eye(groups)]))
    certain_first = np.argsort(-np.abs(deviations.z), kind="stable")
    fixed = certain_first[: max(groups - MAX_SIGNS, 0)]
    free = certain_first[len(fixed) :]
    signs = np.empty((2 ** len(free), groups))
    signs[:, fixed] = np.sign(deviations.values[fixed])
    signs[:, free] = list(product([-1.0, 1.0], repeat=len(free)))
    least = np.abs(deviations.z[fixed]).min(initial=np.inf)
    return signs, f"signs of {len(fixed)} groups fixed at |z| ≥ {least:.1f}" if len(fixed) else ""


@dataclass(frozen=True, eq=False)
class Family:
    """θ_s(e) = o_s - e·q_s for S index values s: the true e makes the smallest θ_s zero.

    o, q                  float64 (S,), o also (1,) where all have the same
    o_centred, q_centred  float64 (S, R), o_centred also (1, R): replicates minus values
    most                  the largest e that is possible
    """

    o: Array
    q: Array
    o_centred: Array
    q_centred: Array
    inflation: float
    df: float
    most: float

    def theta(self, e: float) -> Array:
        return self.o - e * self.q

    def centred(self, e: float) -> Array:
        return np.asarray(self.o_centred - e * self.q_centred)


def inverted(family: Family, value: float, level: float) -> tuple[float, float]:
    """The ends of e: what no θ_s refutes pointwise, and what some θ_s refutes simultaneously."""
    return _lower(family, level), _upper(family, value, level)


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


def _lower(family: Family, level: float) -> float:
    """The smallest positive root in e of θ_s(e)² = t² · Var_s(e) over s; 0 where an o may be 0."""
    t = float(stats.t.ppf((1 + level) / 2, family.df)) * family.inflation
    rest_o = family.o_centred - family.o_centred.mean(axis=1, keepdims=True)
    rest_q = family.q_centred - family.q_centred.mean(axis=1, keepdims=True)
    free = rest_o.shape[1] - 1
    a = family.q**2 - t**2 * (rest_q**2).sum(axis=1) / free
    b = family.o * family.q - t**2 * (rest_q * rest_o).sum(axis=1) / free
    c = family.o**2 - t**2 * (rest_o**2).sum(axis=1) / free
    if (family.o <= 0).any() or (c <= 0).any():
        return 0.0
    # the root c / (b + √(b² - ac)) is the stable form, and the smaller of two positive ones
    discriminant = b**2 - a * c
    denominator = b + np.sqrt(np.maximum(discriminant, 0.0))
    exists = (discriminant >= 0) & (denominator > 0)
    roots = np.broadcast_to(c, denominator.shape)[exists] / denominator[exists]
    return float(np.min(roots, initial=family.most))


def _upper(family: Family, value: float, level: float) -> float:
    """The smallest e that is refuted, by bisection from the value upwards."""
    inside, outside = value, family.most
    if outside <= inside:
        return inside
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if _refuted(family, middle, level):
            outside = middle
        else:
            inside = middle
    return outside


def _refuted(family: Family, e: float, level: float) -> bool:
    """Whether θ_s(e) lies significantly under 0 for some s, simultaneously over all s."""
    centred = family.centred(e)
    sd = deviation(centred)
    scale = np.where(sd == 0, np.inf, sd)
    c = largest(-centred / scale[:, None], level)
    bound = to_t(c, family.df) * family.inflation * sd
    return bool((family.theta(e) < -bound).any())


def usable_groups(groups: Sequence[Estimate]) -> tuple[list[Estimate], tuple[int, ...]]:
    left_out = tuple(i for i, group in enumerate(groups) if math.isnan(group.value))
    return [group for group in groups if not math.isnan(group.value)], left_out


def extremal(
    value: float,
    low: float,
    high: float,
    null95: float,
    fair: Fair | None,
    usable: Sequence[Estimate],
    left_out: tuple[int, ...],
    note: str,
    method: str = "simultaneous",
) -> Extremal:
    n, clusters = _smallest(usable)
    return Extremal(value, low, high, null95, fair, n, clusters, method, note, left_out)


def missing_extremal(
    usable: Sequence[Estimate], left_out: tuple[int, ...], reason: str
) -> Extremal:
    return withheld_extremal(math.nan, usable, left_out, reason)


def withheld_extremal(
    value: float, usable: Sequence[Estimate], left_out: tuple[int, ...], reason: str
) -> Extremal:
    n, clusters = _smallest(usable)
    nan = math.nan
    return Extremal(value, nan, nan, nan, None, n, clusters, "withheld", reason, left_out)


def _smallest(usable: Sequence[Estimate]) -> tuple[int, int]:
    return (
        min((group.n for group in usable), default=0),
        min((group.clusters for group in usable), default=0),
    )
