"""Non-inferiority: a cell is shown not to be worse by more than what is tolerated.

Every cell has to pass at α, so there is nothing to correct for (intersection-union, Berger 1982).
What makes a pass false is a loss that strikes few samples: the sample may hold none of them, or so
few that the bound is too short. So a cell needs clusters enough to have met such a loss, and its
bound is corrected for skew (STATISTICS.md, The gate).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import scipy

from .estimate import Estimate
from .intervals import MAX_SKEW, TRUSTED_CLUSTERS_SKEWED, interval, skew, withheld
from .notes import Notes
from .skewness import SKEW_FACTOR, skewed

RARE: Final = 0.05
"""A loss that strikes so many samples must not be missed, however large the margin is."""


@dataclass(frozen=True)
class Tolerated:
    """What a cell may lose.

    change  candidate - baseline, negative where the candidate is worse
    excess  change + tolerated loss, below 0 where the loss is larger than tolerated. There are two
            where the sign of the baseline is not known, and what is said must hold for both
    share   the tolerated loss as a share of the baseline. If a sample can lose its whole score and
            no more, the loss strikes at least this share of the samples
    """

    change: Estimate
    excess: tuple[Estimate, ...]
    share: float

    @property
    def signed(self) -> bool:
        """Whether the sign of the baseline is known."""
        return len(self.excess) == 1


@dataclass(frozen=True)
class Bound:
    """The one-sided lower bound of an excess; it passes from 0 on, with clusters enough.

    needed  the least effective number of clusters
    notes   why nothing can be inferred
    """

    low: float
    effective: float
    needed: int
    notes: Notes = ()

    @property
    def enough(self) -> bool:
        return self.effective >= self.needed - 1e-6

    @property
    def passed(self) -> bool:
        return self.enough and self.low >= 0


def relative_margin(change: Estimate, baseline: Estimate, margin: float) -> Tolerated:
    """A share `margin` > 0 of the baseline's absolute value may be lost.

    `change` is negative where the candidate is worse, for every direction and sign of the metric.
    The sign of the baseline is that of its interval. If the interval holds 0, both are tested.
    """
    if not margin > 0:
        raise ValueError(f"a margin must be above 0, not {margin}")
    known = interval(baseline)
    signs = [1.0] * (not known.high < 0) + [-1.0] * (not known.low > 0)
    excess = tuple(change + sign * margin * baseline for sign in signs)
    return Tolerated(change, excess, margin)


def absolute_margin(change: Estimate, baseline: Estimate, loss: float) -> Tolerated:
    """So much may be lost, `loss` > 0 in the metric's unit."""
    if not loss > 0:
        raise ValueError(f"a tolerated loss must be above 0, not {loss}")
    share = loss / abs(baseline.value) if baseline.value else math.inf
    return Tolerated(change, (change + loss,), share)


def assure(tolerated: Tolerated, alpha: float = 0.05, skewness: float | None = None) -> Bound:
    """The bound at 1 - `alpha` that shows whether no more is lost than tolerated.

    A cell needs so many clusters that a loss which strikes a share s of them is met with
    probability 1 - alpha: (1 - s)ⁿ ≤ alpha. s is the share that a loss of the margin must strike,
    5 % at most: 59 clusters from a margin of 5 % on, 149 for 2 %. Where the change is skewed
    towards losses, 100 are needed; `skewness` is its own, that of its replicates by default.
    """
    excess, least = tolerated.excess, least_clusters(tolerated.share, alpha)
    skewness = skew(tolerated.change.defined) if skewness is None else skewness
    needed = max(least, TRUSTED_CLUSTERS_SKEWED) if skewness < -MAX_SKEW else least
    low = min(lower_bound(one, alpha) for one in excess)
    return Bound(low, tolerated.change.effective, needed, withheld(excess[0]))


def lower_bound(difference: Estimate, alpha: float = 0.05) -> float:
    """The one-sided lower bound at 1 - alpha, corrected for left skew; NaN where there is none.

    It is value - SE · `skewed`(t_df, a). The skewness of the replicates, times SKEW_FACTOR, is a.
    Right skew would raise the bound; estimated from few clusters, it is not trusted to.
    """
    if withheld(difference):
        return math.nan
    t = float(scipy.stats.t.ppf(1 - alpha, difference.df))
    toward_losses = SKEW_FACTOR * min(skew(difference.defined), 0.0)
    return difference.centre - difference.sd * max(skewed(t, toward_losses), t)


def least_clusters(share: float, alpha: float) -> int:
    """The clusters of which one is met by a loss of so many, but for a probability of alpha."""
    return math.ceil(math.log(alpha) / math.log1p(-min(share, RARE)) - 1e-9)
