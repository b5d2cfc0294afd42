"""Non-inferiority: every cell is shown not to be worse by more than its margin.

Every cell has to pass at α, so there is nothing to correct for (intersection-union, Berger 1982).
Differences are left-skewed if a few samples collapse. Plain t bounds then miss too often, so the
bounds are corrected for skew (Hall 1992).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .estimate import Estimate
from .intervals import skew, withheld
from .notes import Notes
from .skewness import skewed


@dataclass(frozen=True)
class Bound:
    """The one-sided lower bound of a difference, and whether it lies above minus the margin."""

    low: float
    margin: float
    passed: bool
    notes: Notes = ()


@dataclass(frozen=True)
class Assurance:
    """The bounds of all cells; `passed` where there are cells and every one of them passed."""

    cells: tuple[Bound, ...]
    alpha: float

    @property
    def passed(self) -> bool:
        return bool(self.cells) and all(cell.passed for cell in self.cells)


def assure(
    differences: Sequence[Estimate], margins: Sequence[float], alpha: float = 0.05
) -> Assurance:
    """Show that no difference (negative is worse) is below minus its margin (≥ 0), each at `alpha`.

    A cell from which nothing can be inferred does not pass. Raises ValueError for a negative
    margin.
    """
    if any(not margin >= 0 for margin in margins):
        raise ValueError(f"margins must be 0 or more: {list(margins)}")
    cells = [_bound(cell, margin, alpha) for cell, margin in zip(differences, margins, strict=True)]
    return Assurance(tuple(cells), alpha)


def relative_margin(
    candidate: Estimate, baseline: Estimate, margin: float, higher_is_better: bool = True
) -> Estimate:
    """The difference to test at margin 0 where the tolerated loss is a share of the baseline.

    candidate - (1 - margin) · baseline, or (1 + margin) · baseline - candidate where lower is
    better.
    """
    if higher_is_better:
        return candidate - (1 - margin) * baseline
    return (1 + margin) * baseline - candidate


def lower_bound(difference: Estimate, alpha: float = 0.05) -> float:
    """The one-sided lower bound at 1 - alpha, corrected for skew; NaN where there is none.

    With T = (estimate - truth) / SE and a = skew of the mean, g(T) = T + a·T²/3 + a²·T³/27 + a/6 is
    free of skew to second order (Hall 1992), so the bound is value - SE · g⁻¹(t_df). The
    replicates' own skewness is a.
    """
    if withheld(difference):
        return math.nan
    drawn = difference.defined
    if np.ptp(drawn) == 0:
        return difference.value
    t = float(stats.t.ppf(1 - alpha, difference.df))
    return difference.value - difference.sd * skewed(t, skew(drawn))


def _bound(difference: Estimate, margin: float, alpha: float) -> Bound:
    low = lower_bound(difference, alpha)
    return Bound(low, float(margin), low >= -margin, withheld(difference))
