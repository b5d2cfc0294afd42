"""`gate plan` in `assure`: the clusters that show an unchanged model to be within its margins.

Every cell has to pass, so nothing is corrected. A cell passes if its lower bound is within the
margin, and if its clusters are enough to have met a loss that strikes few (STATISTICS.md, The
gate). All cells pass at once in fewer runs than each alone: the joint replicates say in how many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from benchsuite.estimation.assurance import least_clusters
from benchsuite.estimation.intervals import MAX_SKEW, TRUSTED_CLUSTERS_SKEWED
from benchsuite.estimation.power import POWER, Noise
from benchsuite.estimation.skewness import SKEW_FACTOR, skewed
from benchsuite.gates.pairs import Compared
from benchsuite.gates.policy import Policy


@dataclass(frozen=True, eq=False)
class Margin:
    """A cell, its noise, and the loss that it may be shown to be within.

    loss   tolerated, in the metric's unit;   share  the same, as a share of the baseline
    alpha  of the bound
    """

    cell: Compared
    noise: Noise
    loss: float
    share: float
    alpha: float

    @property
    def least(self) -> float:
        """The least factor: with fewer clusters, a loss that strikes few may not have been met."""
        one = self.noise.change
        skew = one.skewness if not self.noise.few else 0.0
        needed = least_clusters(self.share, self.alpha)
        needed = max(needed, TRUSTED_CLUSTERS_SKEWED) if skew < -MAX_SKEW else needed
        return needed / one.difference.effective

    @cached_property
    def drawn(self) -> NDArray[np.float32]:
        """The replicates of the pilot, with an SD of 1; 0 where nothing varies."""
        one = self.noise.change.difference
        sd = one.sd / one.inflation
        return one.deviations / np.float32(sd) if sd > 0 else np.zeros_like(one.deviations)

    def reach(self, factor: float) -> float:
        """By how many standard errors an estimate may fall, and still pass."""
        limit, se, _ = self._bound(factor)
        return self.loss / se - limit

    def power(self, factor: float) -> float:
        """The probability that the cell passes, of so many times the clusters."""
        limit, se, spread = self._bound(factor)
        return float(special.ndtr((self.loss / se - limit) / spread))

    def shown(self) -> float:
        """The smallest margin that is shown with 80 % power, in a run like the pilot."""
        if self.least > 1:
            return math.inf
        limit, se, spread = self._bound(1.0)
        return se * (limit + spread * float(special.ndtri(POWER)))

    def _bound(self, factor: float) -> tuple[float, float, float]:
        """The standard errors of the bound, one of them, and how the sum of both varies."""
        there = self.noise.times(factor).change
        one, clusters = there.difference, there.difference.df + 1
        own = 0.0 if self.noise.few else there.skewness
        t = float(stats.t.ppf(1 - self.alpha, max(one.df, 1)))
        limit = max(skewed(t, SKEW_FACTOR * min(own, 0.0)), t)
        se = (
            self.noise.step * math.sqrt(self.noise.share / one.effective)
            if self.noise.few
            else one.sd
        )
        variance = 1 - limit * own + limit**2 * (2 / clusters + 1.5 * own**2) / 4
        return limit, se, math.sqrt(max(variance, 0.1))


def margin_of(cell: Compared, noise: Noise, policy: Policy) -> Margin:
    """What the policy tolerates of a cell."""
    size, loss = abs(cell.baseline.value), policy.tolerance_of(cell.metric)
    share = (loss / size if size else math.inf) if loss else policy.margin_of(cell.metric)
    return Margin(cell, noise, loss or share * size, share, policy.alpha)


def all_pass(margins: Sequence[Margin], factor: float) -> float:
    """The probability that all cells pass at once, of so many times the clusters."""
    if any(factor < one.least for one in margins):
        return 0.0
    passed = [one.drawn >= -one.reach(factor) for one in margins]
    return float(np.logical_and.reduce(passed).mean())
