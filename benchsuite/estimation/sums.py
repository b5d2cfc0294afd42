"""Weighted sums of groups: what every metric that is a function of sums accumulates.

Features are summed by cluster first, then weighted in blocks of 4,096 clusters by one matrix
product for all groups, so memory does not grow with the dataset and (1+R) × N is never held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from .weights import BLOCK, Weights


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
    order, starts = cluster_order(table)
    ids = table["cluster"].to_numpy(dtype=object)[order[starts]]
    filled = np.where(missing[:, None], 0.0, features)[order]
    members = groups[order]
    totals = np.zeros((1 + weights.replicates, groups.shape[1] * features.shape[1]))
    sizes = np.zeros((3, groups.shape[1]))
    for rows, block in _blocks(starts, len(table)):
        summed = _by_cluster(filled[rows], members[rows], starts[block] - rows.start)
        sizes += powers(summed[:, features.shape[1] - 1 :: features.shape[1]])
        _add_weighted(totals, weights(ids[block]), summed)
    return Sums(
        totals.reshape(len(totals), groups.shape[1], features.shape[1]),
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
    order, starts = cluster_order(table)
    ids = table["cluster"].to_numpy(dtype=object)[order[starts]]
    members = groups[order]
    counted = members & ~missing[order, None]
    filled = np.where(missing, 0.0, values)[order, None] * counted
    totals = np.zeros((1 + weights.replicates, 2 * groups.shape[1]))
    sizes = np.zeros((3, groups.shape[1]))
    for rows, block in _blocks(starts, len(table)):
        begins = starts[block] - rows.start
        sums = np.add.reduceat(filled[rows], begins, axis=0)
        counts = np.add.reduceat(counted[rows], begins, axis=0, dtype=np.int64)
        means = np.stack([sums / np.maximum(counts, 1), counts > 0], axis=-1)
        sizes += powers(means[:, :, 1])
        _add_weighted(totals, weights(ids[block]), means.reshape(len(means), -1))
    return Sums(
        totals.reshape(len(totals), groups.shape[1], 2),
        groups.sum(axis=0, dtype=np.int64),
        count_clusters(members, starts),
        groups[missing].sum(axis=0, dtype=np.int64),
        sizes,
    )


def powers(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over clusters of the sizes (C, K), their squares and their cubes: (3, K)."""
    return np.array([(sizes**power).sum(axis=0) for power in (1, 2, 3)])


def check_groups(table: pd.DataFrame, groups: NDArray[np.bool_]) -> None:
    """Raise ValueError unless `groups` is boolean (N, K) for the table's N rows."""
    if groups.ndim != 2 or len(groups) != len(table) or groups.dtype != np.bool_:
        raise ValueError(
            f"groups must be boolean ({len(table)}, K), not {groups.dtype} {groups.shape}"
        )


def cluster_order(table: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions that sort a table by (cluster, sample_id), and where each cluster starts."""
    clusters = table["cluster"].to_numpy(dtype=np.str_)
    order = np.lexsort((table["sample_id"].to_numpy(dtype=np.str_), clusters))
    ranked = clusters[order]
    first = np.ones(len(ranked), dtype=np.bool_)
    first[1:] = ranked[1:] != ranked[:-1]
    return order, np.flatnonzero(first)


def count_clusters(members: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many clusters have a member in each group; `members` (N, K) in the order of clusters."""
    if not len(starts):
        return np.zeros(members.shape[1], np.int64)
    counts: NDArray[np.int64] = np.add.reduceat(members, starts, axis=0, dtype=np.int64)
    present: NDArray[np.int64] = (counts > 0).sum(axis=0, dtype=np.int64)
    return present


def _blocks(starts: NDArray[np.intp], rows: int) -> Iterator[tuple[slice, slice]]:
    edges = np.append(starts, rows)
    for i in range(0, len(starts), BLOCK):
        stop = min(i + BLOCK, len(starts))
        yield slice(int(edges[i]), int(edges[stop])), slice(i, stop)


def _by_cluster(
    features: NDArray[np.float64], members: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    grouped = members[:, :, None] * features[:, None, :]
    return np.add.reduceat(grouped.reshape(len(features), -1), starts, axis=0)


def _add_weighted(
    totals: NDArray[np.float64], weights: NDArray[np.uint8], summed: NDArray[np.float64]
) -> None:
    # The value is a plain sum of its own column: what other groups are asked for cannot move it by
    # a bit, while a product's rounding may depend on the shape of the whole matrix.
    totals[0] += summed.sum(axis=0)
    # Threads split a product differently, which rounds differently.
    with one_thread():
        totals[1:] += weights[1:].astype(np.float64) @ summed


def one_thread() -> Any:
    """A context in which BLAS runs on one thread, so that sums do not depend on their number."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
