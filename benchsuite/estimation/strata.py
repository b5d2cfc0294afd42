"""The mean over strata: splits of a benchmark, quarters of sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .metrics import (
    Declared,
    counted,
    masked,
    quotient,
    shares,
    what_is_missing,
    with_count,
    within,
)
from .notes import Code, Notes, join_notes, note
from .order import cluster_order
from .spread import Spread, spread
from .sums import Sums, check_groups, count_clusters, group_sums
from .weights import Weights


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
        order, starts, _ = cluster_order(table)
        names, unknown = _strata(table, self.stratum)
        ids = table[["sample_id", "cluster"]]
        return Strata(
            {
                name: group_sums(ids[here], features[here], weights, groups[here])
                for name in sorted(set(names[~unknown]))
                for here in [(names == name) & ~unknown]
            },
            groups.sum(axis=0, dtype=np.int64),
            count_clusters(groups[order], starts),
            groups[unknown | np.isnan(features[:, 0])].sum(axis=0, dtype=np.int64),
        )

    def sample_weights(self, table: pd.DataFrame, groups: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The weight of each sample in each group's mean over strata, float64 (N, K)."""
        return shares(within(table[self.stratum], counted(table, self.where, groups)))

    def strata(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """The stratum of each sample (N,), as a number."""
        return pd.factorize(table[self.stratum], use_na_sentinel=False)[0]

    def merge(self, a: Strata, b: Strata) -> Strata:
        names = sorted({*a.sums, *b.sums})
        return Strata(
            {name: _added(a.sums, b.sums, name) for name in names},
            a.n + b.n,
            a.clusters + b.clusters,
            a.missing + b.missing,
        )

    def finish(self, state: Strata, weights: Weights) -> list[Estimate]:
        parts = [(part, quotient(part)) for part in state.sums.values()]
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


def _macro(
    state: Strata, parts: Sequence[tuple[Sums, NDArray[np.float64]]], k: int, replicates: int
) -> Estimate:
    used = [part for part, _ in parts if part.n[k]]
    means = np.array([mean[:, k] for part, mean in parts if part.n[k]]).reshape(-1, 1 + replicates)
    macro = means.mean(axis=0) if used else np.full(1 + replicates, np.nan)
    value = math.nan if state.missing[k] else float(macro[0])
    clusters = np.array([part.clusters[k] for part in used], np.int64)
    spreads = [spread(part.sizes[:, k]) for part in used]
    df, inflation = welch(means[:, 1:], spreads)
    return Estimate.of(
        value, masked(macro[1:], value), int(state.n[k]), int(state.clusters[k]),
        effective=_effective(spreads, int(state.clusters[k])),
        df=min(df, max(float(state.clusters[k]) - 1, 0.0)), inflation=inflation,
        notes=join_notes([
            what_is_missing(state.n[k], state.missing[k]),
            note(Code.PART_OF_STRATA, len(used), len(parts)) if 0 < len(used) < len(parts) else (),
            _lonely(int((clusters == 1).sum())),
        ]),
    )  # fmt: skip


def welch(means: NDArray[np.float64], spreads: Sequence[Spread]) -> tuple[float, float]:
    """df and inflation of a mean over strata, from replicates (H, R) and their spreads (H,).

    df = (Σ V_h)² / Σ V_h²/(n_h - 1) with V_h = v_h · inflation_h² and n_h the stratum's effective
    number of clusters (Welch 1947; Satterthwaite 1946); inflation = √(Σ V_h / Σ v_h). A stratum of
    one cluster has no variance of its own and df 1.
    """
    raw = np.array([_variance(drawn) for drawn in means])
    corrected = raw * [one.inflation**2 for one in spreads]
    free = np.array([max(one.effective - 1, 0.0) for one in spreads])
    total, each = corrected.sum(), np.where(free > 0, free, 1.0)
    if not (len(raw) and total > 0):
        return float(free.sum()), 1.0
    return float(total**2 / (corrected**2 / each).sum()), float(np.sqrt(total / raw.sum()))


def _effective(spreads: Sequence[Spread], clusters: int) -> float:
    """The effective number of clusters of a mean over strata that weigh the same."""
    if not spreads or not all(one.effective > 0 for one in spreads):
        return 0.0
    return min(len(spreads) ** 2 / sum(1 / one.effective for one in spreads), float(clusters))


def _variance(drawn: NDArray[np.float64]) -> float:
    kept = drawn[~np.isnan(drawn)]
    return float(kept.var(ddof=1)) if kept.size > 1 else 0.0


def _lonely(count: int) -> Notes:
    return note(Code.LONELY_STRATA, count) if count else ()
