"""Bounds of differences between groups, from the intervals of both groups.

A group near the end of a scale has an interval that is longer on one side. Such intervals are put
together side by side (MOVER: Newcombe 1998; Zou and Donner 2008). Where both are symmetric, this
is d ± t · SE.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .contrasts import Array, Contrasts, Joint, contrasts, deviation, pairs
from .estimate import Estimate
from .intervals import score
from .moderation import Bounds

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Reach:
    """How far the intervals of G estimates reach, for many quantiles at once.

    centres, se  float64 (G,)
    linear       whether they are means: between two bounds, these have score intervals here, while
                 smooth estimates keep centre ± t · SE, cut at the bounds
    """

    centres: Array
    se: Array
    linear: bool
    bounds: Bounds

    @classmethod
    def of(cls, groups: Sequence[Estimate], parts: Joint, bounds: Bounds) -> Reach:
        """The reach of the estimates whose replicates are `parts`."""
        centres = np.array([group.centre for group in groups])
        linear = all(group.kind == "linear" for group in groups)
        return cls(centres, deviation(parts.drawn) * parts.inflation, linear, bounds)

    def ends(self, places: Places, t: Array) -> tuple[Array, Array]:
        """The distances from centre to lower and to upper end of the groups at `places` (C,)."""
        low, high = self.bounds
        centre, half = self.centres[places], t * self.se[places]
        below = np.minimum(half, np.maximum(centre - low, 0.0))
        above = np.minimum(half, np.maximum(high - centre, 0.0))
        width = high - low
        if not (self.linear and math.isfinite(width)):
            return below, above
        inside = (low < centre) & (centre < high) & (half > 0)
        share = (centre[inside] - low) / width
        first, last = score(share, half[inside] / width)
        below[inside], above[inside] = width * (share - first), width * (last - share)
        return below, above


@dataclass(frozen=True, eq=False)
class Differences:
    """All ordered differences i - j of G groups, C = G·(G - 1)."""

    contrasts: Contrasts
    reach: Reach
    first: Places
    second: Places

    @classmethod
    def of(cls, groups: Sequence[Estimate], parts: Joint, bounds: Bounds) -> Differences:
        """The differences of the groups whose replicates are `parts`."""
        first, second = np.nonzero(~np.eye(len(groups), dtype=np.bool_))
        reach = Reach.of(groups, parts, bounds)
        return cls(contrasts(parts, pairs(len(groups))), reach, first, second)

    def ends(self, c: float, level: float) -> tuple[float, float]:
        """The bounds of the largest difference: at the normal quantile c of all, and pointwise."""
        alone = self.contrasts.t(float(special.ndtri((1 + level) / 2)))
        _, above = self.reach.ends(self.first, alone)
        below, _ = self.reach.ends(self.second, alone)
        high = self._centres() + self._together(above, below)
        return max(0.0, float(self.lower(c).max())), float(high.max())

    def lower(self, c: float) -> Array:
        """The lower end of each difference (C,), at the normal quantile c."""
        below, _ = self.reach.ends(self.first, self.contrasts.t(c))
        _, above = self.reach.ends(self.second, self.contrasts.t(c))
        return np.asarray(self._centres() - self._together(below, above))

    def _centres(self) -> Array:
        """The differences of centres; exactly 0 where there is none."""
        centres = self.reach.centres[self.first] - self.reach.centres[self.second]
        return np.where(self.contrasts.sd == 0, self.contrasts.values, centres)

    def _together(self, one: Array, other: Array) -> Array:
        """The length of both distances, of groups that are correlated as their replicates."""
        first, second = self.reach.se[self.first], self.reach.se[self.second]
        both = np.where(first * second > 0, first * second, np.inf)
        alike = np.clip((first**2 + second**2 - self.contrasts.se**2) / (2 * both), -1, 1)
        length = np.sqrt(np.maximum(one**2 + other**2 - 2 * alike * one * other, 0.0))
        return np.where(self.contrasts.sd == 0, 0.0, length)
