"""Trainings of one recipe: how far apart they score, and the interval of the recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from .estimate import Estimate
from .intervals import Interval, around, interval
from .notes import Code, Notes, join_notes, note

LUCKY: Final = 0.5
"""An own variance under this share of the pooled one is luck.

Simulated for two seeds, one recipe of 3 to 12 noisier by 2 to 6 times: 1 covers .92 of it, .5
covers .94, and 0 .96 with intervals twice as wide where all are alike.
"""


@dataclass(frozen=True)
class SeedSpread:
    """How far apart the trainings of a recipe score.

    trainings  S, of which the recipe's score is the mean
    variance   s² between single trainings, with `df` degrees of freedom
    recipes    how many recipes it is pooled over; 1: these trainings alone
    """

    trainings: int
    variance: float
    df: int
    recipes: int = 1

    @property
    def notes(self) -> Notes:
        """Which spread it is."""
        return note(Code.SEEDS_POOLED, self.recipes) if self.recipes > 1 else note(Code.SEEDS_OWN)


def seed_spread(
    own: NDArray[np.float64], recipes: Sequence[NDArray[np.float64]]
) -> SeedSpread | None:
    """The spread of the trainings whose scores are `own` (S,): their own or the pooled one.

    `recipes` holds the scores of each recipe of the table, `own` among them. The recipe's own
    variance counts, because it may be noisier than the others. If it is under half (`LUCKY`) of the
    pooled one, its few trainings are close by luck, and the pooled one counts. Recipes of one
    training, or with a missing score, are left out; None without any.
    """
    whole = [found for found in recipes if len(found) > 1 and np.isfinite(found).all()]
    df = sum(len(found) - 1 for found in whole)
    if not df:
        return None
    squares = sum(float(((found - found.mean()) ** 2).sum()) for found in whole)
    pooled = SeedSpread(len(own), squares / df, df, len(whole))
    if len(own) < 2 or not np.isfinite(own).all():
        return pooled
    alone = SeedSpread(len(own), float(own.var(ddof=1)), len(own) - 1)
    return pooled if alone.variance < LUCKY * pooled.variance else alone


def recipe_interval(
    estimate: Estimate,
    spreads: Sequence[SeedSpread],
    level: float = 0.95,
    lower: float = -math.inf,
    upper: float = math.inf,
) -> Interval:
    """The interval of a recipe within [lower, upper]: new samples *and* new trainings.

    `estimate` is the mean over the trainings of one spread, with these weights' replicates, or the
    difference of two such means. The half-width is √(t² · SE² + Σ t'² · s²/S), each part with the t
    quantile of its own df (Howe 1974): one df for the sum, as Satterthwaite has it, is too large
    where it hangs on two trainings. Between bounds it becomes a score interval, as that of the
    samples does. It is withheld if the interval of the samples is (STATISTICS.md, Seeds).
    """
    samples = interval(estimate, level, lower, upper)
    if samples.method in ("withheld", "none"):
        return samples
    tail = (1 + level) / 2
    seeds = sum(scipy.stats.t.ppf(tail, s.df) ** 2 * s.variance / s.trainings for s in spreads)
    if seeds == 0:
        low, high, method = samples.low, samples.high, samples.method
    else:
        half = math.sqrt(float(scipy.stats.t.ppf(tail, estimate.df) * estimate.sd) ** 2 + seeds)
        low, high, method = around(estimate, half, (lower, upper))
    two = note(Code.TWO_TRAININGS) if min(s.trainings for s in spreads) == 2 else ()
    return Interval(low, high, method, join_notes([*(s.notes for s in spreads), two]))
