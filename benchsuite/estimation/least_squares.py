"""The best linear model of weighted rows: what a metric of regret or of explained variance needs.

All that a fit needs of a row is the products of its features and its target. Their weighted sums
give the fit under any weights, so each replicate has the model that is best for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .sums import weighted

Array = NDArray[np.float64]
RIDGE: Final = 1e-10
"""The penalty, in units of the features' mean square: without one, features that depend on each
other have no single solution. It changes the error by about as much."""


@dataclass(frozen=True, eq=False)
class Products:
    """The d features and the target of N rows, float64 (N, d+1), whose products a fit needs."""

    values: Array

    @classmethod
    def of(cls, features: ArrayLike, target: ArrayLike) -> Products:
        """Those of features (N, d) and a target (N,)."""
        return cls(
            np.column_stack([np.asarray(features, np.float64), np.asarray(target, np.float64)])
        )

    @property
    def size(self) -> int:
        """The number of features and the target, d + 1."""
        return int(self.values.shape[1])

    def least_error(self, weights: Array) -> Array:
        """The mean squared error (B,) of the linear model that is best under each weights (B, N).

        The model has no intercept but what the features give. NaN where the weights are all 0.
        """
        total = weights.sum(axis=1)
        known = total > 0
        means = weighted(weights, self.values, _products) / np.where(known, total, 1.0)[:, None]
        moments = np.empty((len(weights), self.size, self.size))
        first, second = np.triu_indices(self.size)
        moments[:, first, second] = moments[:, second, first] = means
        features, with_target = moments[:, :-1, :-1], moments[:, :-1, -1:]
        scale = np.trace(features, axis1=1, axis2=2) / (self.size - 1)
        penalty = RIDGE * np.where(scale > 0, scale, 1.0)[:, None, None] * np.eye(self.size - 1)
        explained = with_target * np.linalg.solve(features + penalty, with_target)
        error = np.maximum(moments[:, -1, -1] - explained.sum(axis=(1, 2)), 0.0)
        return np.where(known, error, np.nan)


def _products(rows: Array) -> Array:
    """The products of any two columns of N rows, (N, p)."""
    first, second = np.triu_indices(rows.shape[1])
    return np.asarray(rows[:, first] * rows[:, second])
