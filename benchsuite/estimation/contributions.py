"""What each cluster adds to the difference of a mean between two runs.

A mean is a weighted sum of its samples: the sum over a cluster of weight × (candidate - baseline)
is what this cluster changes. All effects add up to the difference, and their third moment is its
skewness, without any replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .metrics import numbers
from .order import cluster_order


@runtime_checkable
class WeightedSum(Protocol):
    """A metric that is Σ weight · value over samples, with weights that no model moves."""

    @property
    def column(self) -> str: ...
    @property
    def higher_is_better(self) -> bool: ...

    def sample_weights(self, table: pd.DataFrame, groups: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The weight of each sample in each group's value, float64 (N, K), group by group."""
        ...

    def strata(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """The stratum of each sample (N,), within which clusters are drawn; all 0 without any."""
        ...


@dataclass(frozen=True, eq=False)
class Contributions:
    """C clusters' parts in K groups.

    effects  float64 (C, K): what a cluster adds to the difference, negative where it is worse
    centred  float64 (C, K): the same without the mean difference of its stratum
    weights  float64 (C, K): its share of the group; 0 where it has no part
    """

    effects: NDArray[np.float64]
    centred: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def skewness(self) -> NDArray[np.float64]:
        """The skewness of each difference (K,): Σe³ / (Σe²)^1.5 over centred effects e."""
        squares = (self.centred**2).sum(axis=0)
        known = squares > 0
        cubes = (self.centred**3).sum(axis=0)
        return np.where(known, cubes / np.where(known, squares, 1.0) ** 1.5, 0.0)


def contributions(
    before: pd.DataFrame,
    after: pd.DataFrame,
    metric: WeightedSum,
    groups: NDArray[np.bool_],
) -> Contributions | None:
    """The parts of the clusters of two tables with the same rows; None where weights differ."""
    weights = metric.sample_weights(before, groups)
    if not np.array_equal(weights, metric.sample_weights(after, groups), equal_nan=True):
        return None
    change = numbers(after, metric.column) - numbers(before, metric.column)
    change = change if metric.higher_is_better else -change
    weighted = np.where(weights == 0, 0.0, change[:, None] * weights)
    centred = weighted - weights * _means(metric.strata(before), weighted, weights)
    order, starts, _ = cluster_order(before)
    parts = (np.add.reduceat(part[order], starts) for part in (weighted, centred, weights))
    return Contributions(*parts)


def _means(
    strata: NDArray[np.intp], weighted: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of each row's stratum in each group (N, K), from rows weighted and their weights."""
    sums, shares = np.zeros((2, strata.max() + 1, weights.shape[1]))
    np.add.at(sums, strata, weighted)
    np.add.at(shares, strata, weights)
    means: NDArray[np.float64] = sums / np.where(shares == 0, 1.0, shares)
    return means[strata]
