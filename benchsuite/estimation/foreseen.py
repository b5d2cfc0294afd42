"""What a paired difference over all clusters can still be, when a random part of them is measured.

The part is drawn from a finite list, so only the rest is uncertain. Let D be the difference over
the part and E the one over all. Then E - D has the mean 0 and the variance

    SE(D)² · (n*/N* + 1 - 2g),

with n* and N* the effective numbers of clusters of the part and of all, and g the part's share of
the samples. For clusters of one size it is SE(D)² · (1 - n/N), the finite population correction
(Cochran 1977, 2.6). It is 0 at the end, where nothing is left to be uncertain of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import scipy

from .change import Change
from .contrasts import Array
from .estimate import Estimate
from .exact import FEW
from .skewness import SKEW_FACTOR, skewed

GAMMA: Final = 0.0002
"""How likely the rest is to go beyond what is believable at a look, half of it to either side.

It is a fifth of .001, for all looks of a run together. There are 20, but few matter, and their
results are alike.
"""

End = Literal[-1, 0, 1]
"""The rest goes as badly as is believable, as the part went, or as well as is believable."""


@dataclass(frozen=True, eq=False)
class Part:
    """A random part of a cell's clusters, beside all of them.

    change  what the part shows, negative where the candidate is worse
    whole   the baseline over all clusters: its value and counts; its replicates are not read
    """

    change: Change
    whole: Estimate

    @property
    def ratio(self) -> float:
        """n*/N*: the variance over all clusters as a share of that over the part."""
        return self.change.difference.effective / self.whole.effective

    def at(self, end: End) -> Change:
        """The change over all clusters at an end."""
        if self.change.exact or not self.change.differing:
            return self._of_few(end)
        one = self.change.difference
        far = max(self._drawn(end), self._unseen()) if end else 0.0
        return replace(
            self.change,
            difference=self.grown(one, one.value + end * far),
            skewness=self._skewness(end),
            effects=None,
        )

    def grown(self, estimate: Estimate, value: float, spread: float = 1.0) -> Estimate:
        """An estimate over the part as one over all clusters, of that value.

        Its replicates vary less, as those of more clusters do, but for the factor `spread`.
        """
        inflation = 1 + (estimate.inflation - 1) * self.ratio
        factor = spread * math.sqrt(self.ratio) * estimate.inflation / inflation
        return replace(
            estimate,
            value=value,
            centre=value,
            deviations=estimate.deviations * np.float32(factor),
            n=self.whole.n,
            clusters=self.whole.clusters,
            effective=self.whole.effective,
            df=max((estimate.df + 1) / self.ratio - 1, 0.0),
            inflation=inflation,
        )

    def _drawn(self, end: End) -> float:
        """How far all may be from the part by the luck of the draw.

        The t quantile is that of a skewed mean (Hall 1992): a part that lacks the few that gain
        much looks worse than all, and surer than it is.
        """
        one = self.change.difference
        share = one.n / self.whole.n
        error = self.change.error[0] * math.sqrt(max(self.ratio + 1 - 2 * share, 0.0))
        quantile = float(scipy.stats.t.isf(GAMMA / 2, one.df))
        of_skewed = skewed(-end * quantile, SKEW_FACTOR * self.change.skewness)
        return max(quantile, abs(of_skewed)) * error

    def _skewness(self, end: End) -> float:
        """The skewness over all at an end: a test discounts what is skewed to the right.

        At the worst end nothing is discounted. At the best one, as much as if what is too rare to
        be in the part struck the rest with gains.
        """
        own = self.change.skewness * math.sqrt(self.ratio)
        if end == 0:
            return own
        if end < 0:
            return min(own, 0.0)
        error = self.change.difference.sd * math.sqrt(self.ratio)
        return max(own, 0.0) + (self._most(0) * (self._score / error) ** 3 if error else 0.0)

    def _unseen(self) -> float:
        """How far, if what is too rare to be in the part strikes the rest with a whole score."""
        return self._most(0) * self._score

    def _of_few(self, end: End) -> Change:
        """The change at an end where few clusters differ: the rest holds as many more as it may."""
        one, effects = self.change.difference, self._effects(end)
        seen = np.zeros(0) if self.change.effects is None else self.change.effects
        size = float(np.linalg.norm(effects))
        before = float(np.linalg.norm(seen)) * math.sqrt(one.n / self.whole.n)
        skewness = float((effects**3).sum()) / size**3 if size else 0.0
        return replace(
            self.change,
            difference=self.grown(one, float(effects.sum()), size / before if before else 1.0),
            skewness=min(skewness, 0.0) if end < 0 else skewness,
            differing=len(effects),
            effects=effects if len(effects) < FEW else None,
        )

    def _effects(self, end: End) -> Array:
        """What each cluster that differs adds to the change over all."""
        one, seen = self.change.difference, self.change.effects
        own = np.zeros(0) if seen is None else seen * (one.n / self.whole.n)
        if end == 0:
            return own
        alike = int((own * end > 0).sum())
        size = float(np.abs(own).mean()) if len(own) else self._score
        return np.concatenate([own, np.full(self._most(alike) - alike, end * size)])

    def _most(self, seen: int) -> int:
        return most(seen, self.change.difference.clusters, self.whole.clusters)

    @property
    def _score(self) -> float:
        """What a cluster adds to the change if it loses, or gains, a whole score."""
        return abs(self.whole.value) / self.whole.clusters


@lru_cache(maxsize=4096)
def most(seen: int, part: int, whole: int) -> int:
    """The largest believable number among `whole` clusters, where `seen` are in a part of them.

    It is the largest K for which a random part holds so few with a probability above GAMMA / 2.
    """
    counts = np.arange(seen, whole - part + seen + 1)
    likely = scipy.stats.hypergeom.cdf(seen, whole, counts, part) > GAMMA / 2
    return int(counts[likely].max())
