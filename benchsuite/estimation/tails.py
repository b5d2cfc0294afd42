"""The mean of the worst tenth: how bad it gets for those that a model serves worst.

It is the expected shortfall, or CVaR, at 10 % (Rockafellar and Uryasev 2000; Acerbi and Tasche
2002). STATISTICS.md, Tails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .kept import Clusters, Packed, Records
from .metrics import Declared, counted, masked, what_is_missing
from .notes import Code, join_notes, note
from .pooled import HALVES, excess
from .spread import spread
from .sums import powers
from .weights import Keys, Weights

TENTH: Final = 10
"""The tail is one part of so many."""

MIN_IN_TAIL: Final = 3.0
"""Clusters, by their effective number, that a tail needs for an interval: 10 % of 30."""

BLOCK: Final = 256
"""Replicates whose weights are held at a time."""
MOST: Final = 2**22
"""Weights that are held at a time: 4 MB; of more clusters, fewer replicates."""


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
        return self.keep(Packed(table), groups)

    def keep(self, packed: Packed, groups: NDArray[np.bool_]) -> Records:
        return packed.records((self.column,), counted(packed.table, self.where, groups))

    def merge(self, a: Records, b: Records) -> Records:
        return a + b

    def finish(self, state: Records, weights: Weights) -> list[Estimate]:
        state = state.ordered()
        values = state.numbers(self.column)
        clusters = Clusters.of(state, weights)
        found = []
        for k in range(state.count):
            mine = state.members(k)
            part = clusters.part(mine)
            units = self._units(values[mine], part.codes)
            found.append(_estimate(units, len(part.codes), part.keys))
        return found

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


def _estimate(units: Units, n: int, keys: Keys) -> Estimate:
    """The estimate of a group of n samples, of clusters of these keys."""
    drawn = _drawn(units, keys.rows, 1 + keys.replicates, len(keys))
    value, missing = float(drawn[0]), int(np.isnan(units.values).sum())
    bias = 0.0
    if keys.replicates and not math.isnan(value):
        halves = _drawn(units, keys.halves, HALVES, len(keys))
        bias = float(excess(halves, np.float64(value)))
    effective = _in_tail(units)
    short = note(Code.SHORT_TAIL, effective, len(keys), MIN_IN_TAIL)
    sizes = np.bincount(units.places).astype(np.float64)
    return Estimate.of(
        value, masked(drawn[1:], value), n, len(keys), kind="smooth", effective=effective,
        inflation=spread(powers(sizes)).inflation, centre=value - bias,
        notes=join_notes([
            what_is_missing(n, missing), short if 0 < effective < MIN_IN_TAIL - 1e-9 else ()
        ]),
    )  # fmt: skip


def _drawn(
    units: Units, weights: Callable[[int, int], NDArray[np.uint8]], rows: int, clusters: int
) -> NDArray[np.float64]:
    """The tail mean under each of the rows of weights, made in blocks; NaN beside a NaN."""
    from .draws import fill_tails  # numba takes its time to load

    found = np.full(rows, np.nan)
    if not np.isnan(units.values).any():
        block = max(min(BLOCK, MOST // max(clusters, 1)), 1)
        for start in range(0, rows, block):
            some = found[start : start + block]
            drawn = weights(start, start + len(some))
            fill_tails(units.values, units.places, drawn, TENTH, some)
    return found


def _in_tail(units: Units) -> float:
    """The effective number of the clusters in the tail, by their shares of it (Kish 1965).

    (Σ t)² / Σ t·T over clusters, t the units of one that are in the tail, T with the last one as a
    whole: a tenth of the units where each is a cluster.
    """
    tenth = len(units.values) / TENTH
    taken = np.clip(tenth - np.arange(len(units.values)), 0.0, 1.0)
    parts = np.bincount(units.places, taken) @ np.bincount(units.places, np.ceil(taken))
    return float(tenth**2 / parts) if tenth else 0.0
