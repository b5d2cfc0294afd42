"""The mean of the worst tenth: how bad it gets for those that a model serves worst.

It is the expected shortfall, or CVaR, at 10 % (Rockafellar and Uryasev 2000; Acerbi and Tasche
2002). STATISTICS.md, Tails.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .metrics import Declared, counted, masked, numbers, what_is_missing
from .notes import Code, join_notes, note
from .order import cluster_order
from .pooled import HALVES, Records, excess
from .spread import spread
from .sums import check_groups, powers
from .weights import Weights

TENTH: Final = 10
"""The tail is one part of so many."""

MIN_IN_TAIL: Final = 3.0
"""Clusters, by their effective number, that a tail needs for an interval: 10 % of 30."""

BLOCK: Final = 256
"""Replicates whose weights are held at a time."""
MOST: Final = 2**22
"""Weights that are held at a time; of more clusters, fewer replicates."""


class Units(NamedTuple):
    """What is averaged over, the worst first: `values` float64 (U,), `places` (U,) of clusters."""

    values: NDArray[np.float64]
    places: NDArray[np.intp]


@dataclass(frozen=True)
class TailMean(Declared):
    """The mean of the worst tenth of the samples: of the smallest, or largest if lower is better.

    A tenth of n samples is n/10 of them: the last one counts with the fraction that is left. Under
    weights it is a tenth of their sum, and the last sample counts with what is left of its weight.
    Equal values may come in any order: it changes nothing.

    Smooth. The effective number of clusters is that of the tail's. With `where`, only the samples
    count in which that column is not 0.
    """

    name: str
    column: str
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.where) if self.where else (self.column,)

    def accumulate(
        self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]
    ) -> Records:
        check_groups(table, groups)
        kept = table[["sample_id", "cluster", self.column]]
        return Records((kept,), (counted(table, self.where, groups),))

    def merge(self, a: Records, b: Records) -> Records:
        return a + b

    def finish(self, state: Records, weights: Weights) -> list[Estimate]:
        table = pd.concat(state.tables, ignore_index=True)
        order = cluster_order(table)
        values = numbers(table, self.column)[order.positions]
        groups = np.concatenate(state.groups)[order.positions]
        codes = np.repeat(np.arange(len(order.ids)), np.diff([*order.starts, len(values)]))
        units = [self._units(values[mine], codes[mine]) for mine in groups.T]
        drawn = _drawn(units, order.ids, weights)
        return [
            _estimate(unit, int(mine.sum()), replicates, order.ids, weights)
            for unit, mine, replicates in zip(units, groups.T, drawn, strict=True)
        ]

    def _units(self, values: NDArray[np.float64], codes: NDArray[np.intp]) -> Units:
        order = np.argsort(values if self.higher_is_better else -values, kind="stable")
        return Units(values[order], codes[order])


@dataclass(frozen=True)
class ClusterTailMean(TailMean):
    """The mean of the worst tenth of the clusters, by a cluster's mean over its samples.

    With `where`, a cluster without a sample that counts does not count.
    """

    def _units(self, values: NDArray[np.float64], codes: NDArray[np.intp]) -> Units:
        clusters, places = np.unique(codes, return_inverse=True)
        means = np.bincount(places, values) / np.bincount(places)
        return super()._units(means, clusters)


def _drawn(units: Sequence[Units], clusters: NDArray[Any], weights: Weights) -> NDArray[np.float64]:
    """The tail mean of each of K groups under each row of weights, (K, 1+R)."""
    found = np.empty((len(units), 1 + weights.replicates))
    block = max(min(BLOCK, MOST // max(len(clusters), 1)), 1)
    for start in range(0, found.shape[1], block):
        stop = min(start + block, found.shape[1])
        rows = weights.rows(clusters, start, stop)
        for k, unit in enumerate(units):
            found[k, start:stop] = _weighted(unit, rows)
    return found


def _weighted(units: Units, weights: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The tail mean under weights (B, C) of clusters, (B,); NaN without weight or with a NaN."""
    from .draws import fill_tails  # numba takes its time to load

    found = np.full(len(weights), np.nan)
    if not np.isnan(units.values).any():
        fill_tails(units.values, units.places, weights, TENTH, found)
    return found


def _estimate(
    units: Units, n: int, drawn: NDArray[np.float64], clusters: NDArray[Any], weights: Weights
) -> Estimate:
    """The estimate of a group of n samples from its replicates (1+R,)."""
    value, missing = float(drawn[0]), int(np.isnan(units.values).sum())
    own, sizes = np.unique(units.places, return_counts=True)
    bias = 0.0
    if len(drawn) > 1 and not math.isnan(value):
        halves = np.zeros((HALVES, len(clusters)), np.uint8)
        halves[:, own] = weights.halves(clusters[own], HALVES)
        bias = float(excess(_weighted(units, halves), np.float64(value)))
    effective = _in_tail(units)
    short = note(Code.SHORT_TAIL, effective, len(own), MIN_IN_TAIL)
    return Estimate.of(
        value, masked(drawn[1:], value), n, len(own), kind="smooth", effective=effective,
        inflation=spread(powers(sizes.astype(np.float64))).inflation, centre=value - bias,
        notes=join_notes([
            what_is_missing(n, missing), short if 0 < effective < MIN_IN_TAIL - 1e-9 else ()
        ]),
    )  # fmt: skip


def _in_tail(units: Units) -> float:
    """The effective number of the clusters in the tail, by their shares of it (Kish 1965).

    (Σ t)² / Σ t·T over clusters, t the units of one that are in the tail, T with the last one as a
    whole: a tenth of the units where each is a cluster.
    """
    tenth = len(units.values) / TENTH
    taken = np.clip(tenth - np.arange(len(units.values)), 0.0, 1.0)
    parts = np.bincount(units.places, taken) @ np.bincount(units.places, np.ceil(taken))
    return float(tenth**2 / parts) if tenth else 0.0
