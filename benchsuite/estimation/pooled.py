"""The metric for what does not reduce to sums: average precision, a correlation, a quantile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .metrics import Declared, masked, what_is_missing
from .notes import Code, Notes, note
from .order import cluster_order
from .spread import spread
from .sums import check_groups, one_thread, powers
from .weights import Weights

Estimator = Callable[[Any, NDArray[np.float64]], NDArray[np.float64]]
"""(records of N samples, weights float64 (B, N)) -> float64 (B,), NaN where it is undefined."""


HALVES: Final = 60
"""Random halves from which the bias is told: its own error is then a twentieth of the value's."""

Drawn = Literal["groups", "everybody", "nobody"]
"""Who gets replicates, and so an interval: every group, all samples together, or nobody."""


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
    block      replicates per call: weights are made anew for each block, never (1+R, N)
    prepare    if given, called once per group with its rows. The estimator then gets its result
               (say, detections sorted by score), so that no block repeats the work
    caution    if given, the notes on a group's records: what to be careful of
    drawn      who gets replicates; the others are values without an interval
    lacking    the word of the note for a sample that has only some of the columns: no `mask` was
               predicted; if empty, such a sample counts as missing
    """

    name: str
    columns: tuple[str, ...]
    estimator: Estimator
    block: int = 50
    prepare: Callable[[pd.DataFrame], Any] | None = None
    caution: Callable[[Any], Notes] | None = None
    drawn: Drawn = "groups"
    lacking: str = ""

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
        order = cluster_order(state.table).positions
        table, groups = state.table.iloc[order].reset_index(drop=True), state.groups[order]
        asked = {"groups": groups.shape[1], "everybody": 1, "nobody": 0}[self.drawn]
        return [
            self._estimate(table[mine], weights, weights.replicates if k < asked else 0)
            for k, mine in enumerate(groups.T)
        ]

    def _estimate(self, table: pd.DataFrame, weights: Weights, replicates: int) -> Estimate:
        drawn, notes = np.full(1 + replicates, np.nan), self._unusable(table)
        bias = 0.0
        if not notes:
            rows = table.reset_index(drop=True)
            records = self.prepare(rows) if self.prepare else rows
            clusters = rows["cluster"].to_numpy(dtype=object)
            drawn = self._drawn(records, clusters, weights, replicates)
            bias = self._bias(records, weights.halves(clusters, HALVES), drawn)
            notes = self.caution(records) if self.caution else ()
        sizes = np.bincount(pd.factorize(table["cluster"])[0]).astype(np.float64)
        return Estimate.of(
            float(drawn[0]), masked(drawn[1:], float(drawn[0])), len(table), len(sizes),
            kind="smooth", **spread(powers(sizes))._asdict(),
            centre=float(drawn[0]) - bias, notes=notes,
        )  # fmt: skip

    def _unusable(self, table: pd.DataFrame) -> Notes:
        absent = table[list(self.columns)].isna()
        part = int(absent.any(axis=1).sum())
        missing = int(absent.all(axis=1).sum()) if self.lacking else part
        if missing or not len(table):
            return what_is_missing(len(table), missing)
        return note(Code.UNPREDICTED, self.lacking, part, len(table)) if part else ()

    def _drawn(
        self, records: Any, clusters: NDArray[Any], weights: Weights, replicates: int
    ) -> NDArray[np.float64]:
        with one_thread():
            blocks = [
                self._checked(records, weights.rows(clusters, start, stop).astype(np.float64))
                for start, stop in _spans(1 + replicates, self.block)
            ]
        return np.concatenate(blocks)

    def _bias(self, records: Any, halves: NDArray[np.float64], drawn: NDArray[np.float64]) -> float:
        """How far the value lies above its expectation with many samples: its bias, of order 1/n.

        A half has twice the bias of the whole, so what halves have more is the bias of the whole
        (the jackknife of Quenouille 1956, with random halves). 0 where nothing is drawn, or most
        halves have no value.
        """
        if len(drawn) < 2:
            return 0.0
        with one_thread():
            found = self._checked(records, halves)
        known = found[~np.isnan(found)]
        return float(known.mean() - drawn[0]) if 2 * len(known) > len(found) else 0.0

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
