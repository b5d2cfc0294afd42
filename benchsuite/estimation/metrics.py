"""Metrics: monoids over per-sample statistics, finished into estimates.

`accumulate` reads one table (`sample_id`, `cluster`, the task's columns), `merge` joins the states
of two tables, `finish` gives one estimate a group. A cluster must not span two tables that are
merged: the evaluator plans shards on the borders of clusters, and counts of clusters and memory
rely on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate, join_notes, small_sample_factor
from .sums import Sums, check_groups, cluster_means, cluster_order, count_clusters, group_sums
from .weights import Weights

Tail = Literal["light", "heavy"]

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
    def tail(self) -> Tail: ...
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
        """K estimates, one a group; NaN with a note where a group is empty or a part is missing."""
        ...


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a metric declares about itself; with `equity`, boards show how groups share it."""

    unit: str = ""
    higher_is_better: bool = True
    bounds: tuple[float, float] = (-math.inf, math.inf)
    version: int = 1
    tail: Tail = "light"
    equity: bool = False


@dataclass(frozen=True)
class Mean(Declared):
    """The mean of a column over samples (clusters weigh as much as they have samples). Linear."""

    name: str
    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        return group_sums(table, with_count(table, self.column), weights, groups)

    def merge(self, a: Sums, b: Sums) -> Sums:
        return a + b

    def finish(self, state: Sums, weights: Weights) -> list[Estimate]:
        means = quotient(state)
        return [
            Estimate(
                means[0, k], masked(means[1:, k], means[0, k]), int(state.n[k]),
                int(state.clusters[k]), note=what_is_missing(state.n[k], state.missing[k]),
            )
            for k in range(means.shape[1])
        ]  # fmt: skip


@dataclass(frozen=True)
class ClusterMean(Mean):
    """The mean over clusters of a cluster's mean: every cluster weighs the same. Linear.

    With `where`, only the samples count in which that column is true; a cluster without such a
    sample does not count.
    """

    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.where) if self.where else (self.column,)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        values = numbers(table, self.column)
        return cluster_means(table, values, weights, counted(table, self.where, groups))


def counted(table: pd.DataFrame, where: str, groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`groups` without the samples whose column `where` is 0; all of them for an empty name.

    A sample that failed has NaN there: it counts, and makes its cells missing.
    """
    return groups & (numbers(table, where) != 0)[:, None] if where else groups


@dataclass(frozen=True)
class Ratio(Declared):
    """The sum of one column over the sum of another. Smooth; NaN where the denominator is 0."""

    name: str
    numerator: str
    denominator: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.numerator, self.denominator)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        features = np.column_stack([numbers(table, column) for column in self.columns])
        return group_sums(table, features, weights, groups)

    def merge(self, a: Sums, b: Sums) -> Sums:
        return a + b

    def finish(self, state: Sums, weights: Weights) -> list[Estimate]:
        ratios = quotient(state)
        return [
            Estimate(
                ratios[0, k], masked(ratios[1:, k], ratios[0, k]), int(state.n[k]),
                int(state.clusters[k]), "smooth",
                note=_ratio_note(state, k),
            )
            for k in range(ratios.shape[1])
        ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Strata:
    """The sums of each stratum, and each group's samples and clusters over all of them."""

    sums: dict[str, Sums]
    n: NDArray[np.int64]
    clusters: NDArray[np.int64]
    missing: NDArray[np.int64]


@dataclass(frozen=True)
class MacroMean(Declared):
    """The mean over strata of the mean within a stratum, over the strata where a group has members.

    Linear, for *these* strata. df by Welch and Satterthwaite over strata with n_h - 1 each (1 where
    a stratum has one cluster), never above clusters - 1, since a cluster may have samples in
    several. With `where`, only the samples count in which that column is true.
    """

    name: str
    column: str
    stratum: str
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.stratum, *filter(None, [self.where]))

    def accumulate(
        self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]
    ) -> Strata:
        check_groups(table, groups)
        groups = counted(table, self.where, groups)
        features = with_count(table, self.column)
        order, starts = cluster_order(table)
        names, unknown = _strata(table, self.stratum)
        return Strata(
            {
                name: group_sums(table[here], features[here], weights, groups[here])
                for name in sorted(set(names[~unknown]))
                for here in [(names == name) & ~unknown]
            },
            groups.sum(axis=0, dtype=np.int64),
            count_clusters(groups[order], starts),
            groups[unknown | np.isnan(features[:, 0])].sum(axis=0, dtype=np.int64),
        )

    def merge(self, a: Strata, b: Strata) -> Strata:
        names = sorted({*a.sums, *b.sums})
        return Strata(
            {name: _added(a.sums, b.sums, name) for name in names},
            a.n + b.n,
            a.clusters + b.clusters,
            a.missing + b.missing,
        )

    def finish(self, state: Strata, weights: Weights) -> list[Estimate]:
        parts = list(state.sums.values())
        return [_macro(state, parts, k, weights.replicates) for k in range(len(state.n))]


def _strata(table: pd.DataFrame, column: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The stratum's name of each row, and where it has none."""
    strata = table[column]
    if pd.api.types.is_float_dtype(strata) and not strata.isna().all():
        # 1 would be `1` in one shard and `1.0` in another that has a missing entry
        raise TypeError(f"stratum {column!r} must hold strings or integers, not floats")
    return strata.astype(str).to_numpy(dtype=object), strata.isna().to_numpy(dtype=np.bool_)


def _added(a: dict[str, Sums], b: dict[str, Sums], name: str) -> Sums:
    if name in a and name in b:
        return a[name] + b[name]
    return a[name] if name in a else b[name]


def _macro(state: Strata, parts: Sequence[Sums], k: int, replicates: int) -> Estimate:
    used = [part for part in parts if part.n[k]]
    means = np.array([quotient(part)[:, k] for part in used]).reshape(-1, 1 + replicates)
    macro = means.mean(axis=0) if used else np.full(1 + replicates, np.nan)
    value = math.nan if state.missing[k] else float(macro[0])
    clusters = np.array([part.clusters[k] for part in used], np.int64)
    df, inflation = welch(means[:, 1:], clusters)
    return Estimate(
        value, masked(macro[1:], value), int(state.n[k]), int(state.clusters[k]),
        df=min(df, max(float(state.clusters[k]) - 1, 0.0)), inflation=inflation,
        note=join_notes([
            what_is_missing(state.n[k], state.missing[k]),
            f"{len(used)} of {len(parts)} strata" if 0 < len(used) < len(parts) else "",
            _lonely(int((clusters == 1).sum())),
        ]),
    )  # fmt: skip


def welch(means: NDArray[np.float64], clusters: NDArray[np.int64]) -> tuple[float, float]:
    """df and inflation of a mean over strata, from replicates (H, R) and clusters (H,).

    df = (Σ V_h)² / Σ V_h²/(n_h - 1) with V_h = v_h · n_h/(n_h - 1) (Welch 1947; Satterthwaite
    1946); inflation = √(Σ V_h / Σ v_h). A stratum of one cluster has no variance of its own and df
    1.
    """
    raw = np.array([_variance(drawn) for drawn in means])
    corrected = raw * [small_sample_factor(count) ** 2 for count in clusters]
    total, spread = corrected.sum(), (corrected**2 / np.maximum(clusters - 1, 1)).sum()
    if not (len(raw) and total > 0 and spread > 0):
        return float(max((clusters - 1).sum(), 0)), 1.0
    return float(total**2 / spread), float(np.sqrt(total / raw.sum()))


def _variance(drawn: NDArray[np.float64]) -> float:
    kept = drawn[~np.isnan(drawn)]
    return float(kept.var(ddof=1)) if kept.size > 1 else 0.0


def _lonely(count: int) -> str:
    if not count:
        return ""
    return f"{count} {'stratum' if count == 1 else 'strata'} of a single cluster"


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


def masked(replicates: NDArray[np.float64], value: float) -> NDArray[np.float32]:
    """Replicates as float32; all NaN where the value is: nothing is inferred from a part."""
    drawn = replicates.astype(np.float32)
    return np.full_like(drawn, np.nan) if math.isnan(value) else drawn


def what_is_missing(n: int, missing: int) -> str:
    """`n=0`, `3 of 40 samples missing`, or ''."""
    if n == 0:
        return "n=0"
    return f"{missing} of {n} samples missing" if missing else ""


def _ratio_note(state: Sums, k: int) -> str:
    note = what_is_missing(state.n[k], state.missing[k])
    empty = state.n[k] and not state.missing[k] and state.totals[0, k, 1] == 0
    return join_notes([note, "denominator 0" if empty else ""])


def merged(metric: Metric, states: Iterable[State]) -> State:
    """All states merged in their order; raises ValueError where there are none."""
    remaining = iter(states)
    try:
        total = next(remaining)
    except StopIteration:
        raise ValueError(f"{metric.name}: no states to merge") from None
    for state in remaining:
        total = metric.merge(total, state)
    return total
