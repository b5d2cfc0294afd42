"""A paired difference, and what its test has to know of the samples behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .contrasts import Array, resolution
from .estimate import Estimate
from .exact import FEW, alike
from .skewness import SKEW_FACTOR

SKEWED_FROM: Final = 20
"""With fewer clusters, a sample's own skewness says nothing of the population's."""

BORROWS: Final = 20.0
"""A cell of fewer than 20·γ² clusters may lack what is rare among all samples, of skewness γ.

Of samples of which 3 % gain much (γ = 5.5), 33 hold none with 37 %. Simulated for exponential,
lognormal and rare gains: 5 leaves 10 % false alarms, 10 leaves 7 %, 20 keeps 5 %.
"""


@dataclass(frozen=True)
class Tail:
    """How the differences of all samples are spread: what a cell of a few of them may not show.

    variance  of one cluster's difference;   skewness  of the same, γ
    """

    variance: float
    skewness: float


@dataclass(frozen=True, eq=False)
class Change:
    """A paired difference, and what its test has to know of it.

    skewness  of the difference, above 0 where few gain much. It is used from 20 clusters on
    differing  how many clusters differ
    effects   float64 (differing,): what each of these adds to the difference; None where unknown
    tail      that of all samples, if the cell holds a part of them
    """

    difference: Estimate
    skewness: float
    differing: int
    effects: Array | None = None
    tail: Tail | None = None

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        one = self.difference
        return self.differing > 0 and bool(one.value or one.deviations.any())

    @property
    def exact(self) -> bool:
        """Whether the test is exact: few differ, under half of all, or by one amount."""
        few = self.effects is not None and 0 < self.differing < FEW
        if not few or self.effects is None:
            return False
        return self.differing < self.difference.clusters / 2 or alike(self.effects)

    @property
    def own_skewness(self) -> float:
        """The skewness that is discounted: to the right, and beyond what chance gives.

        Of n normal clusters, the skewness of their mean has the standard error √6/n.
        """
        clusters = self.difference.effective
        known = clusters >= SKEWED_FROM and self.skewness > 2 * math.sqrt(6) / clusters
        return self.skewness if known else 0.0

    @property
    def error(self) -> tuple[float, float]:
        """Standard error and skewness of the difference, those of the tail where it is heavier."""
        one, own = self.difference, SKEW_FACTOR * self.own_skewness
        if self.tail is None or one.effective >= BORROWS * max(self.tail.skewness, 0.0) ** 2:
            return one.sd, own
        borrowed = math.sqrt(self.tail.variance / one.effective)
        return max((one.sd, own), (borrowed, self.tail.skewness / math.sqrt(one.effective)))


def difference(candidate: Estimate, baseline: Estimate, higher_is_better: bool = True) -> Estimate:
    """The paired difference, negative where the candidate is worse; df is the smaller of both.

    What is below the `resolution` of both is 0.
    """
    change = candidate - baseline if higher_is_better else baseline - candidate
    noise = resolution([candidate, baseline])
    if not abs(change.value) <= noise:
        return change
    deviations = np.where(np.abs(change.deviations) <= noise, 0.0, change.deviations)
    return replace(change, value=0.0, centre=0.0, deviations=deviations)
