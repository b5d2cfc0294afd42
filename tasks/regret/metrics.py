"""Regret: the mean loss of a group, above that of the linear model that fits the group best.

That model depends on who counts, so each group and each replicate of an interval has its own.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Mean, Pooled
from benchsuite.estimation.least_squares import Products

from .measure import PEOPLE

Records = tuple[Products, NDArray[np.float64]]  # what the best model is fitted to, and losses (N,)


def _records(rows: pd.DataFrame) -> Records:
    features = np.stack(rows["features"].tolist())
    return Products.of(features, rows["target"]), rows["loss"].to_numpy(np.float64)


def hindsight(records: Records, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The loss (B,) of the best linear model in hindsight under each weights (B, N)."""
    return PEOPLE * records[0].least_error(weights)


def regret(records: Records, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The loss above that of the best linear model (B,); NaN where nobody counts."""
    best = hindsight(records, weights)
    mean = weights @ records[1] / np.where(np.isnan(best), np.nan, weights.sum(axis=1))
    return np.asarray(mean - best)


_COST: Final[dict[str, Any]] = {"unit": f"per {PEOPLE} people", "higher_is_better": False}
_READ: Final[dict[str, Any]] = {"columns": ("loss", "target", "features"), "prepare": _records}
METRICS: Final = (
    Pooled("regret", estimator=regret, equity=True, **_READ, **_COST),
    Mean("loss", "loss", bounds=(0.0, np.inf), **_COST),
    Pooled("best in hindsight", estimator=hindsight, drawn="nobody", detail=True, **_READ, **_COST),
)
