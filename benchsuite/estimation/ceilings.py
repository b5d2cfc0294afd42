"""What a score is of the attainable, where a protocol holds a perfect model below the best."""

from __future__ import annotations

import math
from typing import Final

from .estimate import Estimate
from .moderation import Bounds

ROUNDING: Final = 1e-9
"""What a mean of best values may lose."""


def falls_short(ceiling: float, bounds: Bounds, higher_is_better: bool) -> bool:
    """Whether a perfect model gets less than a metric's best; not where that has no bound."""
    best = bounds[higher_is_better]
    return math.isfinite(best) and abs(ceiling - best) > ROUNDING


def attained(score: Estimate, ceiling: float, bounds: Bounds, higher_is_better: bool) -> Estimate:
    """The score as if the ceiling were the metric's best; the score itself where it is.

    Between two bounds it is the same share of the way from the worst value to the best as the score
    is of that to the ceiling. Without a worst value, it keeps its distance to the ceiling. A score
    beyond the ceiling, and any where nothing can be attained, is the best.
    """
    if not falls_short(ceiling, bounds, higher_is_better):
        return score
    best, worst = bounds[higher_is_better], bounds[not higher_is_better]
    reach = max(ceiling, score.value) if higher_is_better else min(ceiling, score.value)
    if not math.isfinite(worst):
        return score + (best - reach)
    return best + (score - reach) * ((best - worst) / (reach - worst) if reach != worst else 0.0)
