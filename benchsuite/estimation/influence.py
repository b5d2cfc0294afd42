"""The samples behind a number: what a metric says of each alone, and how far each moves it.

A sample alone is a group of one. All samples but one are a group, too. So both follow from what
every metric does: states of tables, merged, and finished for K groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import isqrt
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cells import with_columns
from .metrics import Metric, State
from .order import cluster_order
from .pooled import Pooled
from .weights import Weights

Done = Callable[[int, int], None]
"""Gets how many samples are done, and how many there are."""

AT_ONCE: Final = 64
"""Groups at a time, or √N where that is more."""
BATCH_NUMBERS: Final = 2**22
"""Weights of a batch: 32 MB."""
_ALONE: Final = Weights(0, "", replicates=0)


def scores(metric: Metric, table: pd.DataFrame) -> NDArray[np.float64]:
    """The metric of each sample alone, float64 (N,); NaN where it is undefined."""
    table = with_columns(table, metric)
    found = np.full(len(table), np.nan)
    rows = np.arange(len(table))
    if isinstance(metric, Pooled):
        rows = rows[table[list(metric.columns)].notna().all(axis=1)]
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        found[some] = _each_alone(metric, table.iloc[some])
    return found


def _each_alone(metric: Metric, table: pd.DataFrame) -> NDArray[np.float64]:
    if isinstance(metric, Pooled):  # by weights: 1 for the sample, 0 for the others
        with np.errstate(divide="ignore", invalid="ignore"):
            return metric.under(table)(np.eye(len(table)))
    groups = _beside(np.eye(len(table), dtype=np.bool_))
    return _values(metric, metric.accumulate(table, _ALONE, groups))[1:]


def influences(
    metric: Metric,
    table: pd.DataFrame,
    members: NDArray[np.bool_],
    asked: NDArray[np.bool_] | None = None,
    done: Done = lambda samples, of: None,
) -> NDArray[np.float64]:
    """How far each sample moves the metric of a group: the value with it less that without it.

    members  bool (N,): the group's samples
    asked    bool (N,): whose influence is wanted; by default that of all members
    returns  float64 (N,): NaN for other samples, and where either value is missing
    """
    found = np.full(len(table), np.nan)
    rows = np.flatnonzero(members)
    part = with_columns(table.iloc[rows], metric)
    order = cluster_order(part)
    rows = rows[order.positions]
    wanted = np.arange(len(rows)) if asked is None else np.flatnonzero(asked[rows])
    for some, moved in _moved(metric, part.iloc[order.positions], order.starts, wanted):
        found[rows[some]] = moved
        done(int(np.searchsorted(wanted, some[-1])) + 1, len(wanted))
    return found


def without_each(
    metric: Metric, table: pd.DataFrame, members: NDArray[np.bool_]
) -> dict[str, float]:
    """The metric of a group without each of its clusters, by cluster; NaN where nothing is left.

    `members` bool (N,) are the group's samples.
    """
    part = with_columns(table[members], metric)
    clusters = part["cluster"].to_numpy(dtype=object)
    found: dict[str, float] = {}
    names = sorted(set(clusters))
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        others = clusters[:, None] != np.array(some, dtype=object)
        values = _values(metric, metric.accumulate(part, _ALONE, _beside(others)))[1:]
        found |= dict(zip(some, map(float, values), strict=True))
    return found


Places = NDArray[np.intp]
Moved = Iterator[tuple[Places, NDArray[np.float64]]]
"""Places of some rows in the order of clusters, ascending, and their influences."""


def _moved(metric: Metric, table: pd.DataFrame, starts: Places, wanted: Places) -> Moved:
    if isinstance(metric, Pooled):
        return _by_weights(metric, table, wanted)
    return _by_groups(metric, table, starts, wanted)


def _by_weights(metric: Pooled, table: pd.DataFrame, wanted: Places) -> Moved:
    """0 for the sample, 1 for the others."""
    values = metric.under(table)
    everybody = values(np.ones((1, len(table))))
    batch = max(1, min(metric.block, BATCH_NUMBERS // max(len(table), 1)))
    for start in range(0, len(wanted), batch):
        some = wanted[start : start + batch]
        weights = np.ones((len(some), len(table)))
        weights[np.arange(len(some)), some] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):  # nobody is left of a single sample
            moved = everybody - values(weights)
        yield some, moved


def _by_groups(metric: Metric, table: pd.DataFrame, starts: Places, wanted: Places) -> Moved:
    """Groups that lack a sample: those of a block of whole clusters, merged with what is around."""
    columns = max(AT_ONCE, isqrt(len(table)))
    edges = _edges(starts, len(table), columns)
    blocks = [table.iloc[start:stop] for start, stop in pairwise(edges)]
    whole = [_state(metric, block, np.ones((len(block), columns), np.bool_)) for block in blocks]
    before = [None, *accumulate(whole, metric.merge)]
    after = [None, *accumulate(reversed(whole), lambda a, b: metric.merge(b, a))][-2::-1]
    for edge, block, left, right in zip(edges, blocks, before, after, strict=False):
        first, last = np.searchsorted(wanted, [edge, edge + len(block)])
        for start in range(first, last, columns):
            some = wanted[start : min(start + columns, last)]
            groups = np.ones((len(block), columns), np.bool_)
            groups[some - edge, np.arange(len(some))] = False
            state = _between(metric, left, _state(metric, block, groups), right)
            found = _values(metric, state)
            yield some, found[0] - found[1 : 1 + len(some)]


def _edges(starts: NDArray[np.intp], rows: int, least: int) -> Sequence[int]:
    """Where blocks of at least that many rows begin, each at the start of a cluster; then N."""
    edges = [0] if rows else []
    for start in starts:
        if start - edges[-1] >= least:
            edges.append(int(start))
    return [*edges, rows]


def _state(metric: Metric, table: pd.DataFrame, groups: NDArray[np.bool_]) -> State:
    return metric.accumulate(table, _ALONE, _beside(groups))


def _beside(groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The groups (N, K) after everybody, (N, 1+K)."""
    return np.column_stack([np.ones(len(groups), np.bool_), groups])


def _between(metric: Metric, left: State, state: State, right: State) -> State:
    state = state if left is None else metric.merge(left, state)
    return state if right is None else metric.merge(state, right)


def _values(metric: Metric, state: State) -> NDArray[np.float64]:
    return np.array([estimate.value for estimate in metric.finish(state, _ALONE)])
