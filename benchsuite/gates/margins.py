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
import scipy
from numpy.typing import NDArray
from scipy import special

from benchsuite.estimation.assurance import least_clusters
from benchsuite.estimation.intervals import MAX_SKEW, TRUSTED_CLUSTERS_SKEWED
from benchsuite.estimation.power import MOST, POWER, Noise, least_factor, spread
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
        effective = self.noise.change.difference.effective
        needed = least_clusters(self.share, self.alpha)
        if self._skewness(needed / effective) < -MAX_SKEW:
            needed = max(needed, TRUSTED_CLUSTERS_SKEWED)
        return needed / effective

    @property
    def factor(self) -> float:
        """How many times the clusters show the cell to be within; infinite where MOST do not."""
        return least_factor(lambda factor: self.power(factor) >= POWER, self.least, MOST)

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
        limit, se, wide = self._bound(factor)
        return float(special.ndtr((self.loss / se - limit) / wide))

    def shown(self) -> float:
        """The smallest margin that is shown with 80 % power, in a run like the pilot."""
        if self.least > 1:
            return math.inf
        limit, se, wide = self._bound(1.0)
        return se * (limit + wide * float(special.ndtri(POWER)))

    def _bound(self, factor: float) -> tuple[float, float, float]:
        """How many standard errors the bound is away, the error, and their `spread`."""
        one, own = self.noise.times(factor).change.difference, self._skewness(factor)
        t = float(scipy.stats.t.ppf(1 - self.alpha, max(one.df, 1)))
        limit = max(skewed(t, SKEW_FACTOR * min(own, 0.0)), t)
        noise = self.noise
        se = noise.step * math.sqrt(noise.share / one.effective) if noise.few else one.sd
        return limit, se, spread(-limit, own, one.df + 1)

    def _skewness(self, factor: float) -> float:
        """That of the difference; where few change, as many rise as fall."""
        return 0.0 if self.noise.few else self.noise.change.skewness / math.sqrt(factor)


def margin_of(cell: Compared, noise: Noise, policy: Policy) -> Margin:
    """What the policy tolerates of a cell."""
    size, loss = abs(cell.baseline.value), policy.tolerance_of(cell.metric)
    share = (loss / size if size else math.inf) if loss else policy.margin_of(cell.metric)
    return Margin(cell, noise, loss or share * size, share, policy.alpha)


def factor_of_all(margins: Sequence[Margin]) -> float:
    """How many times the clusters show all cells at once; infinite where MOST do not."""

    def enough(factor: float) -> bool:
        passed = [one.drawn >= -one.reach(factor) for one in margins]
        return float(np.logical_and.reduce(passed).mean()) >= POWER

    return least_factor(enough, max(one.least for one in margins), MOST)
