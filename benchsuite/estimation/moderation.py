"""What groups borrow from one another: standard errors that do not take luck for certainty.

A group of 8 that are all right has no variance of its own, and one that met none of the 5 % of
failures has far too little. Both look certain beside a large group. So the variance of a group is
moderated towards that of all groups, upwards alone: a noisier group keeps its own (STATISTICS.md,
Groups).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .contrasts import ROUNDING, Array
from .estimate import Estimate

Bounds = tuple[float, float]

UNBOUNDED: Final[Bounds] = (-math.inf, math.inf)

PRIOR_DF: Final = 4.0
"""Degrees of freedom that the variance of all groups has in that of one (after Smyth 2004)."""


@dataclass(frozen=True, eq=False)
class Moderated:
    """G groups of one metric that borrow from one another.

    groups  their replicates have the moderated standard errors, and all are defined
    fair    float64 (G, R): what chance adds to each group of a model without a gap
    """

    groups: list[Estimate]
    fair: Array


def moderated(groups: Sequence[Estimate], bounds: Bounds, key: str = "") -> Moderated:
    """The groups with moderated standard errors; each has a value and replicates.

    The variance of a group of n effective clusters is κ · s(m) / (n - 1) around its own mean m,
    and κ · s(m̄) / (n - 1) if there is no gap. Here s(m) is m·(1 - m) between two bounds, so that κ
    is 1 for values of 0 and 1; otherwise s is 1. Where κ is less than κ₀, its mean over groups by
    df, it becomes (4·κ₀ + df·κ) / (4 + df). The df grow by what is borrowed, 4 · min(1, κ₀/κ).

    A group that does not vary between two bounds has κ₀, or 1 where none varies, and the standard
    error of its 95 % score interval. Replicates that it lacks are normal draws of `key` and of its
    position. What chance adds is as much wider than a normal variable as t is.
    """
    width = bounds[1] - bounds[0] if _bounded(bounds) else 1.0
    shares, spread, fair_spread = _spreads(groups, bounds)
    df = np.array([group.df for group in groups])
    free = np.array([max(group.effective - 1, 1e-6) for group in groups])
    sd = np.array([group.sd for group in groups]) / width
    varies = width * sd > ROUNDING * np.array([abs(group.value) for group in groups])
    known = (spread > 0) & (varies | (not _bounded(bounds)))
    kappa, lent = _borrowed(sd**2 * free / np.where(spread > 0, spread, np.inf), df, known)
    t = special.stdtrit(df + lent, 0.975)
    unseen = t * kappa / (free + t**2 * kappa) * np.maximum(shares, 1 - shares)
    se = np.where(known, np.sqrt(kappa * spread / free), unseen)
    found = [
        replace(
            group,
            df=float(df[i] + lent[i]),
            deviations=_drawn(
                group, width * se[i], width * sd[i] if varies[i] & known[i] else 0.0, f"{key}/{i}"
            ),
        )
        for i, group in enumerate(groups)
    ]
    drawn = np.array([group.deviations for group in found], dtype=np.float64)
    fair = np.sqrt(kappa * fair_spread / free) / np.where(se > 0, se, np.inf)
    return Moderated(found, drawn * (fair * t / special.ndtri(0.975))[:, None])


def _bounded(bounds: Bounds) -> bool:
    return math.isfinite(bounds[1] - bounds[0])


def _spreads(groups: Sequence[Estimate], bounds: Bounds) -> tuple[Array, Array, float]:
    """Means as shares of the way between the bounds, s of each, and s of the mean of all."""
    means = np.array([group.value for group in groups])
    if not _bounded(bounds):
        return means, np.ones_like(means), 1.0
    shares = np.clip((means - bounds[0]) / (bounds[1] - bounds[0]), 0.0, 1.0)
    everybody = float(np.average(shares, weights=[group.effective for group in groups]))
    return shares, shares * (1 - shares), everybody * (1 - everybody)


def _borrowed(kappa: Array, df: Array, known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """κ of each group, moderated, and the df that each group borrows."""
    weight = np.where(known, df, 0.0)
    total = float((weight * kappa).sum() / weight.sum()) if weight.any() else 1.0
    kappa = np.where(known, kappa, total)
    pulled = (PRIOR_DF * total + df * kappa) / (PRIOR_DF + df)
    lent = PRIOR_DF * np.minimum(1.0, total / np.maximum(kappa, 1e-300))
    return np.maximum(kappa, pulled), lent


def _drawn(group: Estimate, se: float, own: float, key: str) -> NDArray[np.float32]:
    """Deviations of standard error `se`, from those of `own`; normal draws where it has none."""
    drawn = group.deviations * (se / own) if own else np.full_like(group.deviations, np.nan)
    lacking = np.isnan(drawn)
    if lacking.any():
        normal = np.random.default_rng(zlib.crc32(key.encode())).standard_normal(lacking.sum())
        drawn[lacking] = normal * se / group.inflation
    return drawn.astype(np.float32)
