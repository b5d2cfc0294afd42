"""What the test of a cell has to know: what each cluster changes, and how skewed that is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Change, Estimate, Metric, Tail, difference
from benchsuite.estimation.contrasts import resolution
from benchsuite.estimation.contributions import Contributions, WeightedSum, contributions
from benchsuite.estimation.exact import FEW
from benchsuite.estimation.intervals import skew
from benchsuite.estimation.weights import VALUES_ALONE

Tables = tuple[pd.DataFrame, pd.DataFrame]
"""The statistics of one condition: the baseline's and the candidate's, row by row."""

MOST: Final = 2**18
"""Rows × groups that are looked at together."""


def evidence(
    tables: Tables,
    metric: Metric,
    member: NDArray[np.bool_],
    sides: Sequence[tuple[Estimate, Estimate]],
) -> list[Change]:
    """The differences of K groups, everybody first, with what is known of their clusters.

    `member` (N, K) says who is in which group, `sides` are (baseline, candidate).
    """
    better = metric.higher_is_better
    changes = [difference(c, b, better) for b, c in sides]
    effects = _of_effects(tables, metric, member, changes, sides) if _is_sum(metric) else None
    if effects is None:
        return _of_replicates(tables, metric, member, changes)
    tail = _tail(changes[0], effects[0].skewness)
    return [effects[0], *(replace(one, tail=tail) for one in effects[1:])]


def _of_effects(
    tables: Tables,
    metric: WeightedSum,
    member: NDArray[np.bool_],
    changes: Sequence[Estimate],
    sides: Sequence[tuple[Estimate, Estimate]],
) -> list[Change] | None:
    """The evidence on a sum without tails, from its clusters' effects; None where nobody knows."""
    made: list[Change] = []
    for some in _blocks(*member.shape):
        parts = contributions(*tables, metric, member[:, some])
        if parts is None:
            return None
        for k, skewness in enumerate(parts.skewness):
            found = _differing(parts, k, resolution(sides[some][k]))
            few = found if len(found) < FEW else None
            made.append(Change(changes[some][k], float(skewness), len(found), few))
    return made


def _blocks(rows: int, groups: int) -> Iterator[slice]:
    """The groups in blocks of a few, so that rows × groups are never held. None stands alone."""
    count = max(min(-(-rows * groups // MOST), groups // 2), 1)
    edges = [groups * n // count for n in range(count + 1)]
    yield from map(slice, edges[:-1], edges[1:])


def _tail(everybody: Estimate, skewness: float) -> Tail | None:
    """How the differences of all clusters are spread."""
    if not everybody.sd > 0:
        return None
    clusters = everybody.effective
    return Tail(everybody.sd**2 * clusters, skewness * float(np.sqrt(clusters)))


def _is_sum(metric: Metric) -> TypeGuard[WeightedSum]:
    return isinstance(metric, WeightedSum)


def _differing(parts: Contributions, k: int, noise: float) -> NDArray[np.float64]:
    """The effects of the clusters that differ in group `k` by more than noise, sample by sample."""
    effects, weights = parts.effects[:, k], parts.weights[:, k]
    return effects[~(np.abs(effects) <= noise * weights)]


def _of_replicates(
    tables: Tables,
    metric: Metric,
    member: NDArray[np.bool_],
    changes: Sequence[Estimate],
) -> list[Change]:
    """The evidence on a metric that is no sum: its skewness is that of the replicates.

    The effect of a cluster is asked for only where few differ: the metric of the baseline with this
    one cluster taken from the candidate.
    """
    before, after = tables
    changed = np.array([_differs(before[c], after[c]) for c in metric.columns]).any(axis=0)
    clusters = before["cluster"].to_numpy(dtype=object)
    differing = [sorted(set(clusters[changed & mine])) for mine in member.T]
    asked = [(c, k) for k, found in enumerate(differing) if len(found) < FEW for c in found]
    effects = effects_of(tables, metric, member, asked)
    owner = np.array([k for _, k in asked])
    return [
        Change(d, skew(d.defined), len(found), effects[owner == k] if len(found) < FEW else None)
        for k, (d, found) in enumerate(zip(changes, differing, strict=True))
    ]


def effects_of(
    tables: Tables,
    metric: Metric,
    member: NDArray[np.bool_],
    asked: Sequence[tuple[str, int]],
) -> NDArray[np.float64]:
    """What each asked (cluster, group) changes, (A,), positive where the candidate is better.

    The candidate's rows of these clusters are added to the baseline's, and each question is a mask
    over both: one pass answers all of them.
    """
    if not asked:
        return np.empty(0)
    before, after = tables
    swapped = before["cluster"].isin({cluster for cluster, _ in asked}).to_numpy()
    both = pd.concat([before, after[swapped][list(before.columns)]], ignore_index=True)
    members = np.concatenate([member, member[swapped]])
    clusters = both["cluster"].to_numpy(dtype=object)
    new = np.arange(len(both)) >= len(before)
    masks = [members[:, k] & ((clusters == cluster) == new) for cluster, k in asked]
    unchanged = values_of(before, metric, member)[[k for _, k in asked]]
    change = values_of(both, metric, np.column_stack(masks)) - unchanged
    return change if metric.higher_is_better else -change


def values_of(
    table: pd.DataFrame, metric: Metric, members: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The metric within each of the masks (N, K), as (K,)."""
    state = metric.accumulate(table, VALUES_ALONE, members)
    return np.array([estimate.value for estimate in metric.finish(state, VALUES_ALONE)])


def _differs(a: pd.Series, b: pd.Series) -> NDArray[np.bool_]:
    if a.dtype == object or b.dtype == object:
        pairs = zip(a, b, strict=True)
        return np.array([not np.array_equal(np.asarray(x), np.asarray(y)) for x, y in pairs])
    same = (a.to_numpy() == b.to_numpy()) | (a.isna().to_numpy() & b.isna().to_numpy())
    return np.asarray(~same, dtype=bool)
