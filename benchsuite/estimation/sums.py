"""Weighted sums of groups: what every metric that is a function of sums accumulates.

Features are summed by cluster first, then weighted, in blocks of 4,096 clusters: memory does not
grow with the dataset and (1+R) × N is never held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from .order import cluster_order
from .weights import Weights

BLOCK: Final = 4096
"""Clusters whose sums within groups are held at a time."""
ROWS: Final = 4096
"""Rows whose features are held at a time."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the samples of K groups, in m features.

    totals    float64 (1+R, K, m); row 0 has weight 1
    n         int64 (K,) samples
    clusters  int64 (K,) clusters with a member in the group
    missing   int64 (K,) samples without a value
    sizes     float64 (3, K) sums over clusters of a cluster's size, its square and its cube. The
              size is the cluster's sum of the last feature, by which means and ratios divide
    """

    totals: NDArray[np.float64]
    n: NDArray[np.int64]
    clusters: NDArray[np.int64]
    missing: NDArray[np.int64]
    sizes: NDArray[np.float64]

    def __add__(self, other: Sums) -> Sums:
        """The sums of both parts. Exact in `clusters` where no cluster is in both."""
        return Sums(
            self.totals + other.totals,
            self.n + other.n,
            self.clusters + other.clusters,
            self.missing + other.missing,
            self.sizes + other.sizes,
        )


def group_sums(
    table: pd.DataFrame,
    features: NDArray[np.float64],
    weights: Weights,
    groups: NDArray[np.bool_],
) -> Sums:
    """Weighted sums of `features` (N, m) within `groups` (N, K), clusters drawn together.

    A row with a NaN feature counts as missing and adds nothing. Rows are put in the order of
    (cluster, sample_id), so the bits do not depend on the table's order.
    """
    check_groups(table, groups)
    missing = np.asarray(np.isnan(features).any(axis=1))
    order, starts, ids = cluster_order(table)
    filled = np.where(missing[:, None], 0.0, features)[order]
    members = groups[order]
    totals = np.zeros((groups.shape[1] * features.shape[1], 1 + weights.replicates))
    sizes = np.zeros((3, groups.shape[1]))
    for rows, block in _blocks(starts, len(table)):
        summed = _by_cluster(filled[rows], members[rows], starts[block] - rows.start)
        sizes += powers(summed[:, features.shape[1] - 1 :: features.shape[1]])
        weights.add_to(totals, ids[block], summed)
    return Sums(
        totals.T.reshape(-1, groups.shape[1], features.shape[1]),
        groups.sum(axis=0, dtype=np.int64),
        count_clusters(members, starts),
        groups[missing].sum(axis=0, dtype=np.int64),
        sizes,
    )


def cluster_means(
    table: pd.DataFrame,
    values: NDArray[np.float64],
    weights: Weights,
    groups: NDArray[np.bool_],
) -> Sums:
    """Weighted sums over clusters of a cluster's mean of `values` (N,) in each group, and of 1.

    `groups` (N, K) says which rows count; a cluster without a row in a group is not in it. A NaN
    value counts as missing and adds nothing.
    """
    check_groups(table, groups)
    missing = np.isnan(values)
    order, starts, ids = cluster_order(table)
    members = groups[order]
    counted = members & ~missing[order, None]
    filled = np.where(missing, 0.0, values)[order, None] * counted
    totals = np.zeros((2 * groups.shape[1], 1 + weights.replicates))
    sizes = np.zeros((3, groups.shape[1]))
    for rows, block in _blocks(starts, len(table)):
        begins = starts[block] - rows.start
        sums = np.add.reduceat(filled[rows], begins, axis=0)
        counts = np.add.reduceat(counted[rows], begins, axis=0, dtype=np.int64)
        means = np.stack([sums / np.maximum(counts, 1), counts > 0], axis=-1)
        sizes += powers(means[:, :, 1])
        weights.add_to(totals, ids[block], means.reshape(len(means), -1))
    return Sums(
        totals.T.reshape(-1, groups.shape[1], 2),
        groups.sum(axis=0, dtype=np.int64),
        count_clusters(members, starts),
        groups[missing].sum(axis=0, dtype=np.int64),
        sizes,
    )


def weighted(
    weights: NDArray[np.float64],
    rows: NDArray[Any],
    features: Callable[[NDArray[Any]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """The sums (B, m) of what `features` makes of N rows, (N, m), under each weights (B, N).

    The features of few rows are held at a time.
    """
    parts = (slice(start, start + ROWS) for start in range(0, max(len(rows), 1), ROWS))
    return np.asarray(sum(weights[:, part] @ features(rows[part]) for part in parts))


def powers(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over clusters of the sizes (C, K), their squares and their cubes: (3, K)."""
    squares = sizes * sizes
    return np.array([power.sum(axis=0) for power in (sizes, squares, squares * sizes)])


def check_groups(table: pd.DataFrame, groups: NDArray[np.bool_]) -> None:
    """Raise ValueError unless `groups` is boolean (N, K) for the table's N rows."""
    if groups.ndim != 2 or len(groups) != len(table) or groups.dtype != np.bool_:
        raise ValueError(
            f"groups must be boolean ({len(table)}, K), not {groups.dtype} {groups.shape}"
        )


def count_clusters(members: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many clusters have a member in each group; `members` (N, K) in the order of clusters."""
    if not len(starts):
        return np.zeros(members.shape[1], np.int64)
    present: NDArray[np.bool_] = np.logical_or.reduceat(members, starts, axis=0)
    return np.asarray(present.sum(axis=0, dtype=np.int64))


def _blocks(starts: NDArray[np.intp], rows: int) -> Iterator[tuple[slice, slice]]:
    edges = np.append(starts, rows)
    for i in range(0, len(starts), BLOCK):
        stop = min(i + BLOCK, len(starts))
        yield slice(int(edges[i]), int(edges[stop])), slice(i, stop)


def _by_cluster(
    features: NDArray[np.float64], members: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    grouped = (members[:, :, None] * features[:, None, :]).reshape(len(features), -1)
    alone = len(starts) == len(grouped)  # every sample is a cluster of its own
    return grouped if alone else np.add.reduceat(grouped, starts, axis=0)


def one_thread() -> Any:
    """A context in which BLAS runs on one thread, so that sums do not depend on their number."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
