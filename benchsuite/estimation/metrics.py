"""Metrics: monoids over per-sample statistics, finished into estimates.

`accumulate` reads one table (`sample_id`, `cluster`, the task's columns), `merge` joins the states
of two tables, `finish` gives one estimate per group. A cluster must not span two tables that are
merged: the evaluator plans shards on the borders of clusters, and counts of clusters and memory
rely on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .notes import Code, Notes, join_notes, note
from .spread import spread
from .sums import Sums, cluster_means, group_sums
from .weights import Weights

State: TypeAlias = Any
"""What a metric accumulates: opaque to everybody but the metric."""


class Metric(Protocol):
    """An estimator over weighted statistics; see the module's docstring for the three steps."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def higher_is_better(self) -> bool: ...
    @property
    def bounds(self) -> tuple[float, float]: ...
    @property
    def version(self) -> int: ...
    @property
    def equity(self) -> bool: ...
    @property
    def equity_alpha(self) -> float: ...
    @property
    def detail(self) -> bool: ...
    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the statistics that it reads."""
        ...

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> State:
        """The state of N rows under `groups` (N, K) bool, whose column 0 is everybody."""
        ...

    def merge(self, a: State, b: State) -> State:
        """The state of both tables, in this order."""
        ...

    def finish(self, state: State, weights: Weights) -> list[Estimate]:
        """K estimates, one per group; NaN with a note if a group is empty or a part is missing."""
        ...


@runtime_checkable
class Parted(Protocol):
    """A metric that is a mean over parts, each of which is a group, too: the classes of objects."""

    @property
    def part(self) -> str:
        """What boards call the groups: `class`; '' where there are none."""
        ...

    def finish_parts(self, state: State, weights: Weights) -> Mapping[str, Estimate]:
        """The estimate of each part by its name, on all samples."""
        ...


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a metric declares about itself.

    equity        boards show how groups share it
    equity_alpha  α ≥ 0 of its equity-scaled forms, score / (1 + α · disparity)
    detail        overviews leave it out
    """

    unit: str = ""
    higher_is_better: bool = True
    bounds: tuple[float, float] = (-math.inf, math.inf)
    version: int = 1
    equity: bool = False
    equity_alpha: float = 1.0
    detail: bool = False


@dataclass(frozen=True)
class Mean(Declared):
    """The mean of a column over samples (clusters weigh as much as they have samples). Linear.

    With `where`, only the samples count in which that column is not 0.
    """

    name: str
    column: str
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.where) if self.where else (self.column,)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        table, groups = _counting(table, self.where, groups)
        return group_sums(table, with_count(table, self.column), weights, groups)

    def sample_weights(self, table: pd.DataFrame, groups: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The weight of each sample in each group's mean, float64 (N, K): 1/n of its members."""
        return shares(counted(table, self.where, groups).astype(np.float64))

    def strata(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """The stratum of each sample (N,): all are in one."""
        return np.zeros(len(table), np.intp)

    def merge(self, a: Sums, b: Sums) -> Sums:
        return a + b

    def finish(self, state: Sums, weights: Weights) -> list[Estimate]:
        means = quotient(state)
        return [
            Estimate.of(
                means[0, k], masked(means[1:, k], means[0, k]), int(state.n[k]),
                int(state.clusters[k]), **spread(state.sizes[:, k])._asdict(),
                notes=what_is_missing(state.n[k], state.missing[k]),
            )
            for k in range(means.shape[1])
        ]  # fmt: skip


def _counting(
    table: pd.DataFrame, where: str, groups: NDArray[np.bool_]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The samples whose column `where` is not 0, and their groups; all for an empty name."""
    rows = numbers(table, where) != 0 if where else slice(None)
    return table[rows], groups[rows]


@dataclass(frozen=True)
class ClusterMean(Mean):
    """The mean over clusters of a cluster's mean: every cluster weighs the same. Linear.

    With `where`, a cluster without a sample that counts does not count.
    """

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        values = numbers(table, self.column)
        return cluster_means(table, values, weights, counted(table, self.where, groups))

    def sample_weights(self, table: pd.DataFrame, groups: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The weight of each sample in each group's mean, float64 (N, K)."""
        return shares(within(table["cluster"], counted(table, self.where, groups)))


def counted(table: pd.DataFrame, where: str, groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`groups` without the samples whose column `where` is 0; all of them for an empty name.

    A sample that failed has NaN there: it counts, and makes its cells missing.
    """
    return groups & (numbers(table, where) != 0)[:, None] if where else groups


@dataclass(frozen=True)
class Ratio(Declared):
    """The sum of one column over the sum of another. Smooth; NaN where the denominator is 0.

    With `where`, only the samples count in which that column is not 0.
    """

    name: str
    numerator: str
    denominator: str
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        sums = (self.numerator, self.denominator)
        return (*sums, self.where) if self.where else sums

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        table, groups = _counting(table, self.where, groups)
        features = np.column_stack([numbers(table, n) for n in (self.numerator, self.denominator)])
        return group_sums(table, features, weights, groups)

    def merge(self, a: Sums, b: Sums) -> Sums:
        return a + b

    def finish(self, state: Sums, weights: Weights) -> list[Estimate]:
        ratios = quotient(state)
        return [
            Estimate.of(
                ratios[0, k], masked(ratios[1:, k], ratios[0, k]), int(state.n[k]),
                int(state.clusters[k]), kind="smooth", **spread(state.sizes[:, k])._asdict(),
                notes=_ratio_notes(state, k),
            )
            for k in range(ratios.shape[1])
        ]  # fmt: skip


def shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (N, K) as shares of their column's sum; 0 in a column without any."""
    total = weights.sum(axis=0)
    return weights / np.where(total == 0, 1.0, total)


def within(parts: pd.Series, members: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share (N, K) of each row in the members of its part, a cluster or a stratum."""
    codes, names = pd.factorize(parts)
    counts = np.zeros((len(names), members.shape[1]))
    np.add.at(counts, codes, members)
    return np.where(members, 1 / np.maximum(counts[codes], 1.0), 0.0)


def numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column as float64 (N,), missing entries as NaN; raises KeyError where there is none."""
    if column not in table:
        raise KeyError(f"the statistics have no column {column!r}, only {list(table.columns)}")
    return table[column].to_numpy(dtype=np.float64, na_value=np.nan)


def with_count(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column and a column of ones, (N, 2): the two sums of a mean."""
    values = numbers(table, column)
    return np.column_stack([values, np.ones(len(values))])


def quotient(state: Sums) -> NDArray[np.float64]:
    """First feature over second, (1+R, K); NaN where the second is 0 or a value is missing."""
    below = state.totals[..., 1]
    undefined = (below == 0) | (state.missing > 0)
    return np.where(undefined, np.nan, state.totals[..., 0] / np.where(below == 0, 1.0, below))


def masked(replicates: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """The replicates; all NaN where the value is: nothing is inferred from a part."""
    return np.full_like(replicates, np.nan) if math.isnan(value) else replicates


def what_is_missing(n: int, missing: int) -> Notes:
    """That there is no sample, or how many of `n` lack a value; empty where none does."""
    if n == 0:
        return note(Code.EMPTY)
    return note(Code.MISSING, int(missing), int(n)) if missing else ()


def _ratio_notes(state: Sums, k: int) -> Notes:
    found = what_is_missing(state.n[k], state.missing[k])
    empty = state.n[k] and not state.missing[k] and state.totals[0, k, 1] == 0
    return join_notes([found, note(Code.NO_DENOMINATOR) if empty else ()])
