"""The metric for what does not reduce to sums: average precision, a correlation, a quantile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .kept import Clusters, Packed, Records
from .metrics import Declared, masked, what_is_missing
from .notes import Code, Notes, note
from .spread import spread
from .sums import one_thread, powers
from .weights import Weights

Estimator = Callable[[Any, NDArray[np.float64]], NDArray[np.float64]]
"""(records of N samples, weights float64 (B, N)) -> float64 (B,), NaN where it is undefined."""


HALVES: Final = 60
"""Random halves from which the bias is told. Complements cancel what is linear in the samples."""

Drawn = Literal["groups", "everybody", "nobody"]
"""Who gets replicates, and so an interval: every group, all samples together, or nobody."""


AT_ONCE: Final = 2**20
"""Weights that are held at a time: 8 MB. Of many samples, a block has fewer replicates."""
LEAST: Final = 4
"""Replicates of a block, at least: one word of a stream draws so many."""


@dataclass(frozen=True)
class Parts:
    """The parts that a metric is a mean over, as groups of their own: the classes of objects.

    A sample may have several of them, so no gap is told of them.
    attribute  what boards call them: `class`
    names      (records) -> the P parts' values
    members    (records) -> bool (N, P): the samples that have something of a part
    estimator  (records, weights float64 (B, N)) -> float64 (B, P), NaN where it is undefined
    """

    attribute: str
    names: Callable[[Any], Sequence[str]]
    members: Callable[[Any], NDArray[np.bool_]]
    estimator: Estimator


@dataclass(frozen=True)
class Pooled(Declared):
    """Any estimator over the pooled records of a group. Smooth.

    columns    what the estimator reads; nothing else is kept but ids
    estimator  called with the group's rows in the order of (cluster, sample_id), and weights (B, N)
    block      replicates per call: weights are made anew for each block, never (1+R, N)
    prepare    if given, called once per group with its rows. The estimator then gets its result
               (say, detections sorted by score), so that no block repeats the work
    select     if given, `prepare` is called once with all rows that lack nothing, and this makes a
               group's part of its result: (prepared, bool (N,)) -> the estimator's records
    caution    if given, the notes on a group's records: what to be careful of
    drawn      who gets replicates; the others are values without an interval
    lacking    the word of the note for a sample that has only some of the columns: no `mask` was
               predicted; if empty, such a sample counts as missing
    parts      if given, each part is a group, too
    """

    name: str
    columns: tuple[str, ...]
    estimator: Estimator
    block: int = 50
    prepare: Callable[[pd.DataFrame], Any] | None = None
    select: Callable[[Any, NDArray[np.bool_]], Any] | None = None
    caution: Callable[[Any], Notes] | None = None
    drawn: Drawn = "groups"
    lacking: str = ""
    parts: Parts | None = None

    @property
    def part(self) -> str:
        return self.parts.attribute if self.parts else ""

    def accumulate(
        self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]
    ) -> Records:
        return self.keep(Packed(table), groups)

    def keep(self, packed: Packed, groups: NDArray[np.bool_]) -> Records:
        return packed.records(self.columns, groups)

    def merge(self, a: Records, b: Records) -> Records:
        return a + b

    def finish(self, state: Records, weights: Weights) -> list[Estimate]:
        state = state.ordered()
        table, absent = self._table(state)
        whole = np.asarray(~absent.any(axis=1))
        shared = self._shared(table[whole].reset_index(drop=True))
        clusters = Clusters.of(state, weights)
        asked = {"groups": state.count, "everybody": 1, "nobody": 0}[self.drawn]
        found = []
        for k in range(state.count):
            mine = state.members(k)
            notes = self._unusable(absent[mine])
            records = None if notes else self._records(shared, mine[whole])
            replicates = weights.replicates if k < asked else 0
            found.append(self._estimate(records, clusters.part(mine), replicates, notes))
        return found

    def finish_parts(self, state: Records, weights: Weights) -> dict[str, Estimate]:
        if self.parts is None:
            return {}
        state = state.ordered()
        table, absent = self._table(state)
        if self._unusable(absent):
            return {}
        records = self._records(self._shared(table), np.ones(len(table), dtype=np.bool_))
        estimator, members = self.parts.estimator, self.parts.members(records)
        clusters = Clusters.of(state, weights)
        replicates = 0 if self.drawn == "nobody" else weights.replicates
        drawn = self._drawn(estimator, records, clusters, replicates)
        biases = self._bias(estimator, records, clusters, drawn[0]) if replicates else 0 * drawn[0]
        return {
            name: _smooth(values, clusters.part(mine), bias)
            for name, mine, values, bias in zip(
                self.parts.names(records), members.T, drawn.T, biases, strict=True
            )
        }

    def _table(self, state: Records) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """The rows as pandas has them, and which columns (N, C) a row lacks."""
        table = state.frame()
        return table, table[list(self.columns)].isna().to_numpy()

    def under(self, table: pd.DataFrame) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        """A function from weights (B, N) to the values (B,) of all N samples, in the table's order.

        Records are made once. The values are those of `finish` where the table is in the order of
        (cluster, sample_id), and NaN where a sample lacks a column.
        """
        absent = table[list(self.columns)].isna().to_numpy()
        if self._unusable(absent):
            return lambda weights: np.full(len(weights), np.nan)
        shared = self._shared(table.reset_index(drop=True))
        records = self._records(shared, np.ones(len(table), dtype=np.bool_))

        def values(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            with one_thread():
                return self._checked(self.estimator, records, weights)

        return values

    def _shared(self, rows: pd.DataFrame) -> Any:
        return self.prepare(rows) if self.select and self.prepare and len(rows) else rows

    def _records(self, shared: Any, mine: NDArray[np.bool_]) -> Any:
        if self.select:
            return self.select(shared, mine)
        rows = shared[mine].reset_index(drop=True)
        return self.prepare(rows) if self.prepare else rows

    def _unusable(self, absent: NDArray[np.bool_]) -> Notes:
        """Why samples have no value that lack some of the columns: absent (N, C)."""
        part = int(absent.any(axis=1).sum())
        missing = int(absent.all(axis=1).sum()) if self.lacking else part
        if missing or not len(absent):
            return what_is_missing(len(absent), missing)
        return note(Code.UNPREDICTED, self.lacking, part, len(absent)) if part else ()

    def _estimate(
        self, records: Any, clusters: Clusters, replicates: int, notes: Notes
    ) -> Estimate:
        drawn, bias = np.full(1 + replicates, np.nan), 0.0
        if not notes:
            drawn = self._drawn(self.estimator, records, clusters, replicates)
            if replicates:
                bias = float(self._bias(self.estimator, records, clusters, drawn[0]))
            notes = self.caution(records) if self.caution else ()
        return _smooth(drawn, clusters, bias, notes)

    def _drawn(
        self, estimator: Estimator, records: Any, clusters: Clusters, replicates: int
    ) -> NDArray[np.float64]:
        """(1+R,), or (1+R, P) of an estimator of parts; row 0, which is the value, comes alone."""
        spans = [(0, 1), *_spans(1, 1 + replicates, self.block, clusters)]
        drawn = (self._under(estimator, records, clusters.rows(*span)) for span in spans)
        return np.concatenate([*drawn])

    def _bias(
        self, estimator: Estimator, records: Any, clusters: Clusters, value: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        spans = _spans(0, HALVES, HALVES, clusters)
        halves = (self._under(estimator, records, clusters.halves(*span)) for span in spans)
        return excess(np.concatenate([*halves]), value)

    def _under(
        self, estimator: Estimator, records: Any, weights: NDArray[np.uint8]
    ) -> NDArray[np.float64]:
        with one_thread():
            return self._checked(estimator, records, weights.astype(np.float64))

    def _checked(
        self, estimator: Estimator, records: Any, weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        values = np.asarray(estimator(records, weights), dtype=np.float64)
        dimensions = 1 if estimator is self.estimator else 2
        if values.ndim != dimensions or len(values) != len(weights):
            raise ValueError(
                f"{self.name}: the estimator gave {values.shape} for {len(weights)} rows of weights"
            )
        return values


def _smooth(
    drawn: NDArray[np.float64], clusters: Clusters, bias: float, notes: Notes = ()
) -> Estimate:
    """The estimate of a value and its replicates (1+R,), on samples of these clusters."""
    sizes = clusters.sizes
    return Estimate.of(
        float(drawn[0]), masked(drawn[1:], float(drawn[0])), len(clusters.codes), len(sizes),
        kind="smooth", **spread(powers(sizes))._asdict(),
        centre=float(drawn[0]) - bias, notes=notes,
    )  # fmt: skip


def excess(
    halves: NDArray[np.float64], value: NDArray[np.float64] | np.float64
) -> NDArray[np.float64]:
    """How far a value lies above its expectation with many samples: its bias, of order 1/n.

    A half has twice the bias of the whole, so what the values of halves (H, ...) have more is the
    bias of the whole (the jackknife of Quenouille 1956, with random halves). 0 where most halves
    have none.
    """
    known = ~np.isnan(halves)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0
        means = np.where(known, halves, 0.0).sum(axis=0) / count
    return np.where(2 * count > len(halves), means - value, 0.0)


def _spans(first: int, stop: int, block: int, clusters: Clusters) -> Iterator[tuple[int, int]]:
    """Rows of weights in blocks of at most so many, and of fewer where there are many samples."""
    size = max(min(block, AT_ONCE // max(len(clusters.codes), 1)), LEAST)
    return ((start, min(start + size, stop)) for start in range(first, stop, size))
