"""Contrasts of joint estimates and quantiles of their largest: what groups, tests and ranks share.

The quantile of a maximum over contrasts comes from the joint replicates, each standardised by its
own SD, so it knows their correlation (Romano and Wolf 2005). It is a quantile of nearly normal
variables: before it is applied to a contrast it is mapped, at the same tail probability, to that
contrast's t distribution, and widened by √(n/(n-1)), since replicates of few clusters vary too
little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .estimate import Estimate
from .intervals import TRUSTED_CLUSTERS, withheld
from .notes import Code, Notes, join_notes, note
from .sums import one_thread

Array = NDArray[np.float64]

RESOLUTION: Final = 2.0**-20
"""What differs by less than this share of the samples' own spread does not differ.

Models compute in float32, whose rounding is 2⁻²⁴ of a number; ten times that is no change.
"""

ROUNDING: Final = 2.0**-40
"""Relative size of what float64 sums of many samples may lose."""


@dataclass(frozen=True, eq=False)
class Joint:
    """G estimates whose replicates are used together.

    values, df, inflation  float64 (G,)
    drawn                  float64 (G, R'): the replicates in which all G are defined
    resolution             what values may differ by without a difference
    reason                 why nothing can be inferred from them jointly; empty where something can
    notes                  what to be careful of
    """

    values: Array
    drawn: Array
    df: Array
    inflation: Array
    resolution: Array | float
    reason: Notes
    notes: Notes


@dataclass(frozen=True, eq=False)
class Contrasts:
    """C linear combinations of joint estimates.

    values, sd, df, inflation  float64 (C,); sd is of the replicates, not yet inflated
    centred                    float64 (C, R): replicates minus values
    """

    values: Array
    centred: Array
    sd: Array
    df: Array
    inflation: Array

    @property
    def se(self) -> Array:
        """Standard errors (C,): the replicates' SD, inflated."""
        return self.sd * self.inflation

    @property
    def z(self) -> Array:
        """value / se on the normal scale (C,); ±inf where a value other than 0 does not vary."""
        return to_z(_over(self.values, self.se, np.inf), self.df)

    def standardised(self) -> Array:
        """Centred replicates over their SD (C, R), 0 where there is no variation."""
        return _over(self.centred, self.sd[..., None], 0.0)

    def t(self, z: float) -> Array:
        """The normal quantile z at the same tail of each contrast's t distribution (C,)."""
        return to_t(z, self.df)


def joint(estimates: Sequence[Estimate]) -> Joint:
    """Stack estimates without NaN values. Raises ValueError where replicates differ in number."""
    lengths = sorted({len(estimate.deviations) for estimate in estimates})
    if len(lengths) > 1:
        raise ValueError(f"estimates differ in their number of replicates: {lengths}")
    drawn = np.array([estimate.replicates for estimate in estimates])
    complete = ~np.isnan(drawn).any(axis=0)
    return Joint(
        np.array([estimate.value for estimate in estimates]),
        drawn[:, complete],
        np.array([estimate.df for estimate in estimates]),
        np.array([estimate.inflation for estimate in estimates]),
        resolution(estimates),
        join_notes(withheld(estimate) for estimate in estimates),
        _careful(estimates, int((~complete).sum()), complete.size),
    )


def resolution(estimates: Iterable[Estimate]) -> float:
    """The largest difference of such estimates that is no difference, in their unit."""
    sizes = [resolutions(e.sd, e.effective, e.value) for e in estimates]
    return max((float(size) for size in sizes if not math.isnan(size)), default=0.0)


def resolutions(sd: ArrayLike, effective: ArrayLike, values: ArrayLike) -> Array:
    """The largest difference that is none, of each of several estimates."""
    spread, size = np.asarray(sd) * np.sqrt(effective), np.abs(values)
    return np.asarray(RESOLUTION * spread + ROUNDING * size)


def _careful(estimates: Sequence[Estimate], undefined: int, replicates: int) -> Notes:
    fewest = min((estimate.clusters for estimate in estimates), default=0)
    few = note(Code.FEW_IN_GROUP, fewest) if fewest < TRUSTED_CLUSTERS else ()
    return join_notes([few, note(Code.UNDEFINED, undefined, replicates) if undefined else ()])


def contrasts(parts: Joint, matrix: ArrayLike) -> Contrasts:
    """The combinations given by the rows of `matrix` (C, G).

    df is the smallest and inflation the largest of the estimates that take part: two disjoint
    groups are as certain as the smaller one allows.
    """
    rows = np.asarray(matrix, dtype=np.float64)
    used = rows != 0
    with one_thread():
        values, drawn = rows @ parts.values, rows @ parts.drawn
    return combined(
        values,
        drawn,
        np.where(used, parts.df, np.inf).min(axis=1),
        np.where(used, parts.inflation, 1.0).max(axis=1),
        parts.resolution,
    )


def combined(
    values: Array, drawn: Array, df: Array, inflation: Array, noise: Array | float
) -> Contrasts:
    """Contrasts of estimates whose differences up to `noise` are none.

    A contrast within it is 0, and does not vary if its replicates stay within it. Otherwise two
    rows that differ in the last bit would differ with certainty.
    """
    sd = deviation(drawn)
    same = np.abs(values) <= noise
    sd = np.where(same & (sd <= noise), 0.0, sd)
    values = np.where(same, 0.0, values)
    return Contrasts(values, drawn - values[..., None], sd, df, inflation)


def deviation(drawn: Array) -> Array:
    """SD over the last axis (ddof 1), and exactly 0 where replicates are all equal."""
    if drawn.shape[-1] < 2:
        return np.full(drawn.shape[:-1], np.nan)
    return np.where(np.ptp(drawn, axis=-1) == 0, 0.0, drawn.std(axis=-1, ddof=1))


def pairs(groups: int) -> Array:
    """All ordered differences i - j of G groups, (G·(G-1), G)."""
    identity = np.eye(groups)
    first, second = np.nonzero(~np.eye(groups, dtype=np.bool_))
    return identity[first] - identity[second]


def largest(standardised: Array, level: float) -> float:
    """The `level` quantile over replicates of the largest of C standardised replicates (C, R)."""
    return float(quantile(standardised.max(axis=0), level))


def quantile(drawn: Array, level: float) -> Array:
    """The same bits as `np.quantile(drawn, level, axis=-1)`, and several times as fast.

    It is called a hundred thousand times for rows of a thousand replicates.
    """
    last = drawn.shape[-1] - 1
    place = level * last
    below = int(place)
    above, share = min(below + 1, last), place - below
    ordered = np.partition(drawn, (below, above, last), axis=-1)
    low, high = ordered[..., below], ordered[..., above]
    step = high - low
    found = high - step * (1 - share) if share >= 0.5 else low + step * share
    return np.where(np.isnan(ordered[..., last]), np.nan, found)  # NaN is sorted to the end


def to_t(z: Array | float, df: Array | float) -> Array:
    """The quantile of t_df with the tail probability of the normal quantile z."""
    normal = np.asarray(z, dtype=np.float64)
    return np.asarray(np.sign(normal) * np.abs(special.stdtrit(df, special.ndtr(-np.abs(normal)))))


def to_z(statistic: Array | float, df: Array | float) -> Array:
    """The normal quantile with the tail probability of a t_df statistic: the inverse of `to_t`."""
    t = np.asarray(statistic, dtype=np.float64)
    return np.asarray(np.sign(t) * np.abs(special.ndtri(special.stdtr(df, -np.abs(t)))))


def _over(numerator: Array, denominator: Array, where_zero: float) -> Array:
    """A quotient in which x/0 is ±`where_zero` with the sign of x, and 0/0 is 0."""
    zero = denominator == 0
    safe = numerator / np.where(zero, 1.0, denominator)
    return np.where(zero & (numerator != 0), np.copysign(where_zero, numerator), safe)
