"""Further forms of inequity between groups, each with bounds that hold, and what chance alone does.

    between_sd    standard deviation of the group means
    es_std        o / (1 + α · standard deviation): the equity-scaled score's other two forms
    ratio         smallest group mean / largest
    es_cost       o + α·Σ|o - m_g|: the equity-scaled form where lower is better
    gap_mde       the gap that these groups could have shown
    gap_growth    the gap there minus the gap here

The bounds follow one idea (STATISTICS.md, Groups): each form is a largest value over a family of
linear contrasts, signs or directions. The end on its side needs no multiplicity, since one member
of the family is the true value; the other end is simultaneous over the family.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations
from typing import Final

import numpy as np
import scipy

from .contrasts import Array, Joint, contrasts, joint, largest, pairs
from .ellipsoid import furthest, nearest
from .estimate import Estimate
from .groups import Extremal, Usable, fair, largest_of, no_score, unusable, usable_groups
from .growth import growth_ends
from .inversion import (
    Family,
    directions,
    highest,
    inverted,
    lowest_scaled,
    scaled,
    sign_vectors,
)
from .moderation import UNBOUNDED, Bounds
from .notes import Code, join_notes, note

POWER: Final = 0.84
"""The normal quantile of 80 % power."""


def between_sd(
    groups: Sequence[Estimate],
    population: bool = False,
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> Extremal:
    """The standard deviation of G group means, with G - 1 in its denominator, or G (population).

    It is the largest u·m / √k over unit vectors u that sum to 0, so its bounds are the nearest and
    the furthest point from equality of an ellipsoid around the group means:

    low   the simultaneous ellipsoid, whose radius is a quantile over replicates (Scheffé 1953)
    high  the ellipsoid of radius t: no multiplicity, since one direction is the true one
    """
    usable = usable_groups(groups, bounds)
    if len(usable.estimates) < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    divisor = math.sqrt(len(usable.estimates) - (not population))
    value = float(parts.values.std(ddof=not population))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    near, far = _distances(parts, level)
    null = float(np.quantile(_deviations(usable.fair, population), 0.95))
    ends = (near / divisor, far / divisor)
    return usable.extremal(value, ends, parts.notes, null95=null)


def es_std(
    overall: Estimate,
    groups: Sequence[Estimate],
    population: bool = False,
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
    alpha: float = 1.0,
) -> Extremal:
    """The equity-scaled score o / (1 + α · SD of the group means), o ≥ 0 and α ≥ 0.

    With the sample SD it is FairSeg's second form, with the population SD that of FairMedFM. The
    SD is the largest u·m / √k over unit vectors u that sum to 0, so the true score e makes the
    smallest θ_u(e) = o - e·(1 + α·u·m / √k) zero, as for `es_sum`.

    low   the smallest score that is refuted by no θ_u pointwise
    high  the smallest that some θ_u refutes, simultaneously over directions u
    """
    usable = usable_groups(groups, bounds)
    if reason := no_score(overall, usable.estimates):
        return usable.withheld(math.nan, reason)
    parts = joint([overall, *usable.estimates])
    value = float(overall.value / (1 + alpha * parts.values[1:].std(ddof=not population)))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    count = len(usable.estimates)
    scale = alpha / math.sqrt(count - (not population))
    family = scaled(parts, scale * np.insert(directions(count), 0, 0.0, axis=1))
    ends = lowest_scaled(parts, scale, level), highest(family, value, level)
    o, apart = usable.beside(overall)
    expected = fair((parts.values[0] + o) / (1 + alpha * _deviations(apart, population)))
    return usable.extremal(value, ends, parts.notes, "inversion", fair=expected)


def ratio(
    overall: Estimate,
    groups: Sequence[Estimate],
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> Extremal:
    """The smallest group mean over the largest, in [0, 1], of means that are 0 or more.

    Bounds by inverting θ_ij(e) = m_i - e·m_j over ordered pairs, as for `es_sum`. The overall
    score only says where a fair model's groups would lie.
    """
    usable = usable_groups(groups, bounds)
    if reason := no_score(overall, usable.estimates):
        return usable.withheld(math.nan, reason)
    parts = joint([overall, *usable.estimates])
    values, drawn = parts.values[1:], parts.drawn[1:]
    top = float(values.max())
    if not top > 0:
        return usable.withheld(math.nan, note(Code.NO_RATIO))
    value = float(values.min() / top)
    if parts.reason:
        return usable.withheld(value, parts.reason)
    centred = drawn - values[:, None]
    first, second = (
        list(index) for index in zip(*permutations(range(len(values)), 2), strict=True)
    )
    family = Family(
        values[first], values[second], centred[first], centred[second],
        float(parts.inflation.max()), float(parts.df.min()), 1.0,
    )  # fmt: skip
    low, high = inverted(family, value, level)
    fairly = parts.values[0] + usable.fair
    expected = fair(fairly.min(axis=0) / fairly.max(axis=0))
    return usable.extremal(value, (low, high), parts.notes, "inversion", fair=expected)


def es_cost(
    overall: Estimate,
    groups: Sequence[Estimate],
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
    alpha: float = 1.0,
) -> Extremal:
    """The equity-scaled form of a cost, o + α·Σ|o - m_g|, o ≥ 0 and α ≥ 0.

    Where lower is better (HD95, in pixels), dividing by 1 + Σ|o - m_g| would reward disparity, and
    multiplying by it would depend on the unit. Deviations relative to o grow with disparity, keep
    the unit, and leave a fair model's o as it is. It is the largest o + α·s·d over sign vectors s.
    """
    usable = usable_groups(groups, bounds)
    if reason := no_score(overall, usable.estimates):
        return usable.withheld(math.nan, reason)
    parts = joint([overall, *usable.estimates])
    o, deviations = parts.values[0], parts.values[0] - parts.values[1:]
    value = float(o + alpha * np.abs(deviations).sum())
    if parts.reason:
        return usable.withheld(value, parts.reason)
    signs, fixed = sign_vectors(parts)
    rows = np.column_stack([1 + alpha * signs.sum(axis=1), -alpha * signs])
    low, high = largest_of(contrasts(parts, rows), level)
    deviation, apart = usable.beside(overall)
    expected = fair(o + deviation + alpha * np.abs(apart - deviation).sum(axis=0))
    notes = join_notes([parts.notes, fixed])
    return usable.extremal(value, (low, high), notes, fair=expected)


def gap_mde(groups: Sequence[Estimate], level: float = 0.95, bounds: Bounds = UNBOUNDED) -> float:
    """The gap that 80 % power would have shown, between any two groups.

    (c + .84) · SE of the least certain pair, c the simultaneous quantile over all pairs; NaN where
    nothing can be inferred.
    """
    usable = usable_groups(groups, bounds)
    if len(usable.estimates) < 2 or (parts := joint(usable.estimates)).reason:
        return math.nan
    differences = contrasts(parts, pairs(len(usable.estimates)))
    c = largest(np.abs(differences.standardised()), level)
    return float(((differences.t(c) + POWER) * differences.se).max())


def gap_growth(
    before: Sequence[Estimate],
    after: Sequence[Estimate],
    level: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> Extremal:
    """How much larger the gap is `after` than `before`; the same groups in the same order.

    The bounds are those of `growth_ends`: one pair is the true gap before, so it needs no
    multiplicity; the quantile over the pairs after is one-sided, at half the error.

    `left_out` are the groups that are not usable on either side.
    """
    out = {*unusable(before), *unusable(after)}
    here, there = (
        usable_groups([e for i, e in enumerate(side) if i not in out], bounds)
        for side in (before, after)
    )
    count = len(here.estimates)
    usable = Usable([*here.estimates, *there.estimates], here.fair, tuple(sorted(out)))
    if count < 2:
        return usable.withheld(math.nan, note(Code.SINGLE_GROUP))
    parts = joint(usable.estimates)
    value = float(np.ptp(parts.values[count:]) - np.ptp(parts.values[:count]))
    if parts.reason:
        return usable.withheld(value, parts.reason)
    return usable.extremal(value, growth_ends(parts, (1 + level) / 2), parts.notes)


def _deviations(centred: Array, population: bool) -> Array:
    """Standard deviations between groups of centred replicates (G, R): (R,)."""
    return np.asarray(centred.std(axis=0, ddof=not population))


def _distances(parts: Joint, level: float) -> tuple[float, float]:
    """The bounds of ‖m - mean(m)‖."""
    centring = np.eye(len(parts.values)) - 1 / len(parts.values)
    drawn = centring @ ((parts.drawn - parts.values[:, None]) * parts.inflation[:, None])
    drawn = drawn - drawn.mean(axis=1, keepdims=True)
    squares, axes = np.linalg.eigh(drawn @ drawn.T / (drawn.shape[1] - 1))
    # what varies no more than rounding, the direction that centring took among it, does not vary
    varies = squares > 1e-10 * max(float(squares.max()), 1e-30)
    lengths, centre = np.sqrt(np.where(varies, squares, 0.0)), axes.T @ centring @ parts.values
    # nor does it hold a difference
    centre = np.where(varies | (np.abs(centre) > 1e-9 * np.abs(parts.values).max()), centre, 0.0)
    if not varies.any():
        return (float(np.linalg.norm(centre)),) * 2
    whitened = (axes.T @ drawn)[varies] / lengths[varies, None]
    quantile = float(np.quantile((whitened**2).sum(axis=0), level))
    df, dims = float(parts.df.min()), int(varies.sum())
    # a squared radius is to F as a quantile of normals is to t
    radius = math.sqrt(dims * scipy.stats.f.isf(scipy.stats.chi2.sf(quantile, dims), dims, df))
    t = float(scipy.stats.t.ppf((1 + level) / 2, df))
    return nearest(centre, radius * lengths), furthest(centre, t * lengths)
