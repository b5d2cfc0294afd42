"""Intervals for linear and smooth estimates (STATISTICS.md, Estimates).

Extremal estimates (gap, worst group, equity-scaled score) have none here: their percentiles do not
cover. Their bounds are in `groups`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .estimate import MAX_NAN, MIN_CLUSTERS, Estimate
from .notes import Code, Notes, join_notes, note

TRUSTED_CLUSTERS: Final = 50
TRUSTED_CLUSTERS_SKEWED: Final = 100
MAX_SKEW: Final = 0.1


@dataclass(frozen=True)
class Interval:
    """[low, high] in the metric's unit; NaN where there is none.

    method  `t`, `expanded percentile`, `point` (no variation in the sample), `withheld`, or `none`:
            no replicates were drawn
    notes   why it is withheld, or what to be careful of
    """

    low: float
    high: float
    method: str
    notes: Notes = ()


def interval(
    estimate: Estimate, level: float = 0.95, lower: float = -math.inf, upper: float = math.inf
) -> Interval:
    """The two-sided interval of a linear or smooth estimate, clipped to [lower, upper].

    linear  value ± t_df · SD(replicates) · √(n/(n-1))
    smooth  percentiles of the replicates at Φ(±√(n/(n-1)) · t_df) (Hesterberg 2015)

    Under 5 clusters, or where more than 1 % of the replicates are NaN, it is withheld. Raises
    ValueError for an extremal estimate, and for a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    if estimate.kind == "extremal":
        raise ValueError(
            "an extremal estimate has no percentile interval: use its bounds in groups"
        )
    if not estimate.replicates.size and not math.isnan(estimate.value):
        return Interval(math.nan, math.nan, "none")
    reason = withheld(estimate)
    if reason:
        return Interval(math.nan, math.nan, "withheld", reason)
    drawn = estimate.replicates[~np.isnan(estimate.replicates)].astype(np.float64)
    low, high, method = _ends(estimate, drawn, level)
    low, high = (min(max(end, lower), upper) for end in (low, high))
    return Interval(low, high, method, _careful(estimate, drawn))


@dataclass(frozen=True)
class SeedSpread:
    """How far apart trainings of one recipe score: a variance with its degrees of freedom."""

    variance: float
    df: int


def recipe_interval(
    estimate: Estimate,
    trainings: Sequence[int],
    spread: SeedSpread,
    level: float = 0.95,
    lower: float = -math.inf,
    upper: float = math.inf,
) -> Interval:
    """The interval of a recipe: new samples *and* new trainings, clipped to [lower, upper].

    `estimate` is the mean over S trainings, `trainings` = [S], with these weights' replicates, or
    the difference of two such means, [S, S']. Its variance is V = SE²_samples + s²_seed · Σ 1/S;
    the degrees of freedom of V are Satterthwaite's,
    V² / (SE⁴ / df_samples + (s²_seed · Σ 1/S)² / df_seed) (STATISTICS.md, Seeds). It is withheld
    if the interval of the samples is.
    """
    samples = interval(estimate, level)
    if samples.method in ("withheld", "none"):
        return samples
    of_samples, of_seeds = estimate.sd**2, spread.variance * sum(1 / s for s in trainings)
    total = of_samples + of_seeds
    if total == 0:
        return Interval(estimate.value, estimate.value, "point")
    df = total**2 / (of_samples**2 / estimate.df + of_seeds**2 / spread.df)
    half = float(stats.t.ppf((1 + level) / 2, df)) * math.sqrt(total)
    low, high = (min(max(estimate.value + end, lower), upper) for end in (-half, half))
    return Interval(low, high, "t", note(Code.TWO_TRAININGS) if min(trainings) == 2 else ())


def withheld(estimate: Estimate) -> Notes:
    """Why nothing can be inferred from this estimate; empty where something can."""
    if math.isnan(estimate.value):
        return estimate.notes or note(Code.NO_VALUE)
    if estimate.clusters < MIN_CLUSTERS:
        return note(Code.NO_INTERVAL, estimate.clusters, MIN_CLUSTERS)
    if estimate.replicates.size < 2:
        return note(Code.NO_REPLICATES)
    if estimate.nan_share > MAX_NAN:
        return note(Code.UNDEFINED_SHARE, estimate.nan_share)
    return ()


def _ends(estimate: Estimate, drawn: NDArray[np.float64], level: float) -> tuple[float, float, str]:
    if np.ptp(drawn) == 0:
        return estimate.value, estimate.value, "point"
    quantile = float(stats.t.ppf((1 + level) / 2, estimate.df))
    if estimate.kind == "linear":
        half = quantile * estimate.sd
        return estimate.value - half, estimate.value + half, "t"
    tail = stats.norm.cdf(-quantile * estimate.inflation)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high), "expanded percentile"


def _careful(estimate: Estimate, drawn: NDArray[np.float64]) -> Notes:
    undefined = len(estimate.replicates) - len(drawn)
    constant = np.ptp(drawn) == 0
    notes = [
        note(Code.NO_VARIATION) if constant else (),
        note(Code.UNDEFINED, undefined, len(estimate.replicates)) if undefined else (),
        _distrust(estimate.clusters, 0.0 if constant else skew(drawn)),
    ]
    return join_notes(notes)


def _distrust(clusters: int, skewness: float) -> Notes:
    if clusters < TRUSTED_CLUSTERS:
        return note(Code.FEW_CLUSTERS, clusters)
    if clusters < TRUSTED_CLUSTERS_SKEWED and abs(skewness) > MAX_SKEW:
        return note(Code.FEW_SKEWED, clusters)
    return ()


def skew(drawn: NDArray[np.float64]) -> float:
    """Skewness of the replicates, which estimates skew(x)/√n: the quantity that the rules refer to.

    Its own error is √(6/R), .08 for 1,000 replicates, so rules that use it are soft at their edge.
    """
    centred = drawn - drawn.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)
