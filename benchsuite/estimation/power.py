"""The power of a cell's test: how surely it finds a drop, with how many clusters (STATISTICS.md).

A pilot shows how a difference varies while nothing is worse. A drop is added to it in one of two
ways. Where most clusters differ anyway, all lose alike, so the noise stays. Where few differ, as
answers that are right or wrong, more of them change by the same step, so the noise grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from .change import Change
from .contrasts import Array, to_t
from .exact import FEW, SAME
from .skewness import CHANCE, SKEW_FACTOR, SKEWED_FROM, chance, skewed, unskewed

POWER: Final = 0.8
"""The share of drops that a plan finds."""
MOST: Final = 10_000.0
"""Times the clusters of a pilot; what needs more is not planned."""
FAR: Final = 4.5
"""Numbers of clusters that are so many standard deviations away are left out of a sum."""
STEPS: Final = 16
"""Bisections: a drop is exact to four digits, a number of clusters to three."""


@dataclass(frozen=True, eq=False)
class Noise:
    """What a pilot shows of a difference while nothing is worse.

    change  the difference; its value does not count
    share   how many of the clusters differ, of 1; 1 where most do, and the test is never exact
    step    by how much a cluster that differs changes, where few do
    least   a smaller drop never fails, in the metric's unit
    """

    change: Change
    share: float = 1.0
    step: float = 0.0
    least: float = 0.0

    @property
    def few(self) -> bool:
        """Whether a drop makes more clusters differ, in place of all losing alike."""
        return self.step > 0

    def times(self, factor: float) -> Noise:
        """The noise of `factor` times as many clusters, of the same kind."""
        one, root = self.change.difference, math.sqrt(factor)
        effective = one.effective * factor
        scaled = replace(
            one,
            value=0.0,
            centre=0.0,
            deviations=one.deviations / np.float32(root),
            n=round(one.n * factor),
            clusters=round(one.clusters * factor),
            effective=effective,
            df=max((one.df + 1) * factor - 1, 0.0),
        )
        differing = round(self.share * scaled.clusters)
        # The signs are those of gains: beside the cell that falls, no other does.
        sizes = np.ones(differing) if self.few else np.arange(1.0, differing + 1)
        changed = replace(
            self.change,
            difference=scaled,
            skewness=self.change.skewness / root,
            differing=differing,
            effects=sizes if differing < FEW else None,
        )
        return replace(self, change=changed)

    def power(self, drop: float, z: float) -> float:
        """The probability that a true drop is found, if the cell's p has to reach Φ(z)."""
        return self._on_steps(drop, z) if self.few else self._smooth(drop, z)

    def detectable(self, z: float, power: float = POWER) -> float:
        """The smallest drop that is found with this power; infinite if none is."""
        largest = self._largest(z)
        if not self.power(largest, z) >= power:
            return math.inf
        low, high = 0.0, largest
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle, z) >= power else (middle, high)
        return high

    def _largest(self, z: float) -> float:
        """A drop beyond which no larger one is easier to find."""
        if self.few:
            return self.step * (1 - self.share / 2)
        limit, se, wide = self._test(z)
        return limit * se + 10 * wide * se + self.least

    def _test(self, z: float) -> tuple[float, float, float]:
        """How many standard errors a drop must reach, the error, and their `spread`."""
        one, (se, skewness) = self.change.difference, self.change.error
        clusters = one.df + 1
        own = self.change.skewness if clusters >= SKEWED_FROM else 0.0
        if skewness == SKEW_FACTOR * self.change.own_skewness and clusters >= SKEWED_FROM:
            skewness = SKEW_FACTOR * _discounted(own, math.sqrt(6) / clusters)
        limit = -skewed(float(to_t(z, one.df)), skewness)
        return limit, se, spread(limit, own, clusters)

    def _smooth(self, drop: float, z: float) -> float:
        limit, se, wide = self._test(z)
        if not se > 0:
            return float(drop > max(self.least, 0.0))
        found = special.ndtr((drop / se - limit) / wide)
        return float(min(found, special.ndtr((drop - self.least) / se)))

    def _on_steps(self, drop: float, z: float) -> float:
        """The sum over how many clusters may differ, of which enough lose a step."""
        lost = min(self.share / 2 + drop / self.step, 1.0)
        gained = min(self.share / 2, 1 - lost)
        clusters = max(round(self.change.difference.effective), 1)
        differing = _likely(clusters, lost + gained)
        enough = np.maximum(
            self._enough(differing, clusters, z),
            np.ceil((differing + self.least / self.step * clusters) / 2 - SAME),
        )
        found = special.bdtrc(enough - 1, differing.astype(int), lost / (lost + gained))
        ways = special.bdtr(np.append(differing[0] - 1, differing), clusters, lost + gained)
        return float(np.where(enough > differing, 0.0, found) @ np.diff(ways))

    def _enough(self, differing: Array, clusters: int, z: float) -> Array:
        """How many of the clusters that differ (D,) must lose a step; one more than all if none."""
        low, high = np.ceil(differing / 2) - 1, differing + 1
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            found = _worse(differing, middle, clusters, z)
            low, high = np.where(found, low, middle), np.where(found, middle, high)
        return high


def spread(limit: float, skewness: float, clusters: float) -> float:
    """The SD of a mean plus `limit` of its own standard errors, in such errors.

    With few or skewed clusters the standard error varies, too, and together with the mean. The
    fourth moment is that of a gamma variable of the same skewness.
    """
    together = limit * skewness + limit**2 * (2 / clusters + 1.5 * skewness**2) / 4
    return math.sqrt(max(1 + together, 0.1))


def least_factor(enough: Callable[[float], bool], low: float, high: float) -> float:
    """The smallest factor from `low` to `high` that is enough; infinite if none is."""
    if not enough(high):
        return math.inf
    below, above = math.log2(low), math.log2(high)
    for _ in range(STEPS):
        middle = (below + above) / 2
        below, above = (below, middle) if enough(2**middle) else (middle, above)
    return float(2**above)


def _discounted(skewness: float, error: float) -> float:
    """The skewness that is discounted on average: that of a normal variable beyond chance."""
    above = skewness / error - CHANCE
    density = math.exp(-(above**2) / 2) / math.sqrt(2 * math.pi)
    return float(skewness * special.ndtr(above)) + error * density


def _likely(clusters: int, share: float) -> Array:
    """The numbers of clusters that may differ (D,), but for those that hardly ever do."""
    mean = clusters * share
    width = FAR * math.sqrt(mean * max(1 - share, 0.0)) + FAR
    return np.arange(max(math.floor(mean - width), 1), min(math.ceil(mean + width), clusters) + 1.0)


def _worse(differing: Array, lost: Array, clusters: int, z: float) -> Array:
    """Whether the test calls a cell worse in which `lost` of the clusters that differ lose a step.

    Element by element, it is what `family_test` does with such a cell.
    """
    mean, square = (differing - 2 * lost) / clusters, differing / clusters
    variance = np.maximum(square - mean**2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / np.sqrt(variance / max(clusters - 1, 1))
        skewness = mean * (1 - 3 * square + 2 * mean**2) / variance**1.5 / math.sqrt(clusters)
        discounted = SKEW_FACTOR * np.where(skewness > chance(clusters), skewness, 0.0)
        smooth = unskewed(t, discounted) <= float(to_t(z, max(clusters - 1, 1)))
    reached, few = np.where(variance == 0, mean < 0, smooth), differing < FEW
    signs = special.bdtr((differing - lost)[few], differing[few].astype(int), 0.5)
    reached[few] = signs <= (1 + SAME) * special.ndtr(z)
    return np.asarray(reached & (lost > 0))
