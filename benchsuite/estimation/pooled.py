"""The metric for what does not reduce to sums: average precision, a correlation, a quantile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .metrics import Declared, masked, what_is_missing
from .sums import check_groups, cluster_order, one_thread
from .weights import Weights

Estimator = Callable[[Any, NDArray[np.float64]], NDArray[np.float64]]
"""(records of N samples, weights float64 (B, N)) -> float64 (B,), NaN where it is undefined."""


@dataclass(frozen=True, eq=False)
class Records:
    """The rows that an estimator needs, and which groups (N, K) they are in."""

    table: pd.DataFrame
    groups: NDArray[np.bool_]


@dataclass(frozen=True)
class Pooled(Declared):
    """Any estimator over the pooled records of a group. Smooth.

    columns    what the estimator reads; nothing else is kept but ids
    estimator  called with the group's rows in the order of (cluster, sample_id), and weights (B, N)
    block      replicates a call: weights are made anew for each block, never (1+R, N)
    prepare    if given, called once a group with its rows; the estimator gets its result instead of
               the rows (say, detections sorted by score), so that no block repeats the work
    """

    name: str
    columns: tuple[str, ...]
    estimator: Estimator
    block: int = 50
    prepare: Callable[[pd.DataFrame], Any] | None = None

    def accumulate(
        self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]
    ) -> Records:
        check_groups(table, groups)
        kept = table[list(dict.fromkeys(["sample_id", "cluster", *self.columns]))]
        return Records(kept.reset_index(drop=True), groups)

    def merge(self, a: Records, b: Records) -> Records:
        return Records(
            pd.concat([a.table, b.table], ignore_index=True), np.concatenate([a.groups, b.groups])
        )

    def finish(self, state: Records, weights: Weights) -> list[Estimate]:
        order, _ = cluster_order(state.table)
        table, groups = state.table.iloc[order].reset_index(drop=True), state.groups[order]
        return [self._estimate(table[mine], weights) for mine in groups.T]

    def _estimate(self, table: pd.DataFrame, weights: Weights) -> Estimate:
        missing = int(table[list(self.columns)].isna().any(axis=1).sum())
        usable = len(table) > 0 and missing == 0
        drawn = self._drawn(table, weights) if usable else np.full(1 + weights.replicates, np.nan)
        return Estimate(
            float(drawn[0]), masked(drawn[1:], float(drawn[0])), len(table),
            table["cluster"].nunique(), "smooth", notes=what_is_missing(len(table), missing),
        )  # fmt: skip

    def _drawn(self, table: pd.DataFrame, weights: Weights) -> NDArray[np.float64]:
        rows = table.reset_index(drop=True)
        records = self.prepare(rows) if self.prepare else rows
        clusters = rows["cluster"].to_numpy(dtype=object)
        with one_thread():
            blocks = [
                self._checked(records, weights.rows(clusters, start, stop).astype(np.float64))
                for start, stop in _spans(1 + weights.replicates, self.block)
            ]
        return np.concatenate(blocks)

    def _checked(self, records: Any, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.asarray(self.estimator(records, weights), dtype=np.float64)
        if values.shape != (len(weights),):
            raise ValueError(
                f"{self.name}: the estimator gave {values.shape} for {len(weights)} rows of weights"
            )
        return values


def _spans(rows: int, block: int) -> Iterator[tuple[int, int]]:
    """Row 0 alone, since it is the value, then blocks of replicates."""
    yield 0, 1
    for start in range(1, rows, block):
        yield start, min(start + block, rows)
