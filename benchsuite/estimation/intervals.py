"""Intervals for linear and smooth estimates (STATISTICS.md, Estimates).

Extremal estimates (gap, worst group, equity-scaled score) have none here: their percentiles do not
cover. Their bounds are in `groups`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import scipy  # and scipy.stats with the first interval: it takes half a second to load
from numpy.typing import NDArray

from .estimate import MAX_NAN, MIN_CLUSTERS, Estimate
from .notes import Code, Notes, join_notes, note

TRUSTED_CLUSTERS: Final = 50
TRUSTED_CLUSTERS_SKEWED: Final = 100
MAX_SKEW: Final = 0.1


Array = NDArray[np.float64]
Method = Literal["t", "score", "unseen", "point", "reported", "withheld", "none"]


@dataclass(frozen=True)
class Interval:
    """[low, high] in the metric's unit; NaN where there is none.

    method  `t`, `score`, `unseen` (no variation in the sample), `point` (the same, of a metric
            without bounds), `reported` (others published a standard error), `withheld`, or `none`:
            no replicates were drawn
    notes   why it is withheld, or what to be careful of
    """

    low: float
    high: float
    method: Method
    notes: Notes = ()


def interval(
    estimate: Estimate, level: float = 0.95, lower: float = -math.inf, upper: float = math.inf
) -> Interval:
    """The two-sided interval of a linear or smooth estimate within [lower, upper].

    t       centre ± t_df · SE; the centre is the value without its bias
    score   between two bounds: the shares p of their distance with
            (p̂ - p)² ≤ t_df² · p(1 - p)/n*, where n* = p̂(1 - p̂)/SE² (Wilson 1927; Korn and Graubard
            1998). It is the t interval away from the bounds, and never crosses them
    unseen  all samples are alike: up to t²/(n + t²) of the population may be anywhere within the
            bounds, n the effective number of clusters. At a bound, it is the score interval

    Under 5 clusters, or where more than 3 % of the replicates are NaN, it is withheld. Raises
    ValueError for an extremal estimate, and for a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    if estimate.kind == "extremal":
        raise ValueError("an extremal estimate has no interval: use its bounds in groups")
    if not estimate.deviations.size and not math.isnan(estimate.value):
        return Interval(math.nan, math.nan, "none")
    reason = withheld(estimate)
    if reason:
        return Interval(math.nan, math.nan, "withheld", reason)
    t = float(scipy.stats.t.ppf((1 + level) / 2, estimate.df))
    low, high, method = ends(estimate, t, (lower, upper))
    return Interval(low, high, method, _careful(estimate))


def of_standard_error(estimate: Estimate, error: float, bounds: tuple[float, float]) -> Interval:
    """The 95 % interval of a number of others, from the standard error that they published.

    It is the score interval between two bounds, else the t interval; n is the number of samples,
    and unlimited where nobody says it. It is withheld for fewer than 5 samples, and for an error of
    0, which says that the sample does not vary and not that nothing is uncertain.
    """
    told = note(Code.REPORTED_ERROR, error)
    if error == 0:
        return Interval(math.nan, math.nan, "withheld", told)
    if 0 < estimate.n < MIN_CLUSTERS:
        short = note(Code.NO_INTERVAL, estimate.n, MIN_CLUSTERS)
        return Interval(math.nan, math.nan, "withheld", join_notes([told, short]))
    df = estimate.n - 1 if estimate.n else math.inf
    low, high, _ = around(estimate, float(scipy.stats.t.ppf(0.975, df)) * error, bounds)
    return Interval(low, high, "reported", told)


def ends(estimate: Estimate, t: float, bounds: tuple[float, float]) -> tuple[float, float, Method]:
    """The interval at the quantile `t`, and its method. See `interval`."""
    low, high = bounds
    se = estimate.sd
    if se == 0:
        if not math.isfinite(high - low):
            return estimate.value, estimate.value, "point"
        unseen = t**2 / (estimate.effective + t**2)
        value = estimate.value
        return value - unseen * (value - low), value + unseen * (high - value), "unseen"
    return around(estimate, t * se, bounds)


def around(
    estimate: Estimate, half: float, bounds: tuple[float, float]
) -> tuple[float, float, Method]:
    """The interval whose half-width is `half` > 0 away from the bounds, and its method."""
    low, high = bounds
    centre, width = estimate.centre, high - low
    if math.isfinite(width) and low < centre < high:
        share, reach = np.array([(centre - low) / width, half / width])
        first, last = (low + width * float(end) for end in score(share, reach))
    else:
        first, last = max(centre - half, low), min(centre + half, high)
    # an interval holds its value, however large the bias
    method: Method = "score" if math.isfinite(width) else "t"
    return min(first, estimate.value), max(last, estimate.value), method


def score(share: Array, half: Array) -> tuple[Array, Array]:
    """The score intervals of shares in (0, 1), half = t · SE (Wilson 1927)."""
    pull = half**2 / (share * (1 - share))  # t²/n*
    middle = (share + pull / 2) / (1 + pull)
    reach = np.sqrt(half**2 + pull**2 / 4) / (1 + pull)
    return middle - reach, middle + reach


def withheld(estimate: Estimate) -> Notes:
    """Why nothing can be inferred from this estimate; empty where something can."""
    if math.isnan(estimate.value):
        return estimate.notes or note(Code.NO_VALUE)
    if estimate.clusters < MIN_CLUSTERS:
        return note(Code.NO_INTERVAL, estimate.clusters, MIN_CLUSTERS)
    if short := tuple(one for one in estimate.notes if one.code == Code.SHORT_TAIL):
        return short
    if estimate.deviations.size < 2:
        return note(Code.NO_REPLICATES)
    if estimate.nan_share > MAX_NAN:
        return note(Code.UNDEFINED_SHARE, estimate.nan_share)
    return ()


def _careful(estimate: Estimate) -> Notes:
    drawn = estimate.defined
    undefined, constant = len(estimate.deviations) - len(drawn), np.ptp(drawn) == 0
    notes = [
        note(Code.NO_VARIATION) if constant else (),
        note(Code.UNDEFINED, undefined, len(estimate.deviations)) if undefined else (),
        distrust(estimate, skew(drawn)),
    ]
    return join_notes(notes)


def distrust(estimate: Estimate, skewness: float) -> Notes:
    """That there are too few clusters, by their effective number, for this skewness."""
    clusters, effective = estimate.clusters, estimate.effective
    if effective >= (TRUSTED_CLUSTERS_SKEWED if abs(skewness) > MAX_SKEW else TRUSTED_CLUSTERS):
        return ()
    if clusters >= TRUSTED_CLUSTERS and effective < 0.9 * clusters:
        return note(Code.UNEQUAL_CLUSTERS, effective, clusters)
    return note(Code.FEW_CLUSTERS if effective < TRUSTED_CLUSTERS else Code.FEW_SKEWED, clusters)


def skew(drawn: NDArray[np.float64]) -> float:
    """Skewness of replicates, which estimates skew(x)/√n; 0 where they do not vary.

    Its own error is √(6/R), .08 for 1,000 replicates, so rules that use it are soft at their edge.
    """
    if not drawn.size or np.ptp(drawn) == 0:
        return 0.0
    centred = drawn - drawn.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)
