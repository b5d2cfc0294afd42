"""Two runs on the same samples, cell by cell: whether they can be compared, and what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.condition import CLEAN
from benchsuite.errors import of_others
from benchsuite.estimation import Cell, Estimate, Metric, Weights, difference
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells, membership
from benchsuite.estimation.testing import MIN_DIFFERING
from benchsuite.runs.manifest import comparable
from benchsuite.runs.statistics import Statistics

Pair = tuple[Statistics, Statistics]
UNTESTED: Final = Cell("no verdict")
NO_REPLICATES: Final = Weights(0, "", 0)
"""Weights of values alone."""


@dataclass(frozen=True, eq=False)
class Compared:
    """One cell of the baseline against the candidate's.

    `change` is negative where the candidate is worse, for every direction of the metric.
    `differing` counts the clusters whose statistics differ, `signs` those that are worse and
    better where they are few. `headline`: it is its run's overall cell on clean inputs, or on its
    first condition. `cell` is the family's verdict.
    """

    run: str
    condition: str
    group: Group
    metric: str
    higher_is_better: bool
    baseline: Estimate
    candidate: Estimate
    change: Estimate
    differing: int
    signs: tuple[int, int] | None
    headline: bool = False
    cell: Cell = UNTESTED

    @property
    def raised(self) -> float:
        """Candidate minus baseline."""
        return self.candidate.value - self.baseline.value

    @property
    def unseen(self) -> float:
        """The smallest drop that is found with 80 % power, in the metric's unit; NaN if unknown."""
        return self.cell.mde

    @property
    def unseen_share(self) -> float:
        """`unseen` as a share of the baseline's value."""
        return self.unseen / abs(self.baseline.value) if self.baseline.value else np.inf

    @property
    def name(self) -> str:
        """`bright/minilm clean split=files ndcg@10`."""
        group = f"{self.group.attribute}={self.group.value}"
        where = group if self.group != EVERYBODY else "overall"
        return f"{self.run} {self.condition} {where} {self.metric}"

    def columns(self) -> dict[str, Any]:
        """What a table shows of the cell."""
        return {
            "cell": self.name, "change": self.raised, "p": self.cell.p,
            "verdict": self.cell.verdict, "baseline": self.baseline.value,
            "candidate": self.candidate.value, "sd": self.change.sd, "differing": self.differing,
            "clusters": self.change.clusters, "test": self.cell.method, "unseen": self.unseen,
            "family": "headline" if self.headline else "detail",
        }  # fmt: skip


def problems_of(pair: Pair, metric: Metric) -> Iterator[str]:
    """Why the two cannot be compared by that metric, one line per reason."""
    baseline, candidate = pair
    where = f"{candidate.path}: "
    here = comparable(candidate.identity, 0)
    for key, expected in comparable(baseline.identity, 0).items():
        if expected != here[key]:
            notes = _notes(baseline, candidate)
            yield f"{where}{key}: expected {expected} as in the baseline, found {here[key]}{notes}"
            return
    for condition, table in baseline.tables.items():
        if condition not in candidate.tables:
            yield f"{where}condition {condition} of the baseline is missing"
        elif absent := [
            f"{side.path}: {condition}: expected the column {column} of {metric.name}"
            for side in pair
            for column in metric.columns
            if column not in side.tables[condition]
        ]:
            yield absent[0]
        elif differing := _different_rows(table, candidate.tables[condition], baseline.attributes):
            yield f"{where}condition {condition}: {differing}"


def _notes(baseline: Statistics, candidate: Statistics) -> str:
    notes = [side.manifest.dataset_note for side in (baseline, candidate)]
    if notes[0] == notes[1]:
        return ""
    there, here = (note or "no note" for note in notes)
    return (
        f" ({there}; here: {here}; `benchsuite baseline {candidate.path} --out FOLDER` makes a "
        "baseline for this one)"
    )


def _different_rows(
    baseline: pd.DataFrame, candidate: pd.DataFrame, attributes: Sequence[str]
) -> str:
    expected, found = list(baseline["sample_id"]), list(candidate["sample_id"])
    if expected != found:
        missing = sorted(set(expected) - set(found))
        return f"expected the baseline's {len(expected)} samples, found {len(found)}" + (
            f"; '{missing[0]}' is missing" if missing else ""
        )
    for name in ("cluster", *attributes):
        if name not in candidate or not (baseline[name] == candidate[name]).all():
            return f"{name}: other values than in the baseline"
    return ""


def compare_pair(
    pair: Pair, metric: Metric, seed: int = 0, replicates: int = 1000
) -> Iterator[Compared]:
    """Every cell of the baseline beside the candidate's: conditions × groups, of one metric."""
    baseline, candidate = pair
    run = f"{baseline.identity.task}/{baseline.identity.model}"
    first = CLEAN.full_name if CLEAN.full_name in baseline.tables else next(iter(baseline.tables))
    for condition, before in baseline.tables.items():
        population = baseline.manifest.populations[condition]
        weights = Weights(seed, population, replicates)
        groups = baseline.groups(condition)
        after = candidate.tables[condition]
        with of_others(f"{run}, {condition}: {metric.name}"):
            old = condition_cells([before], [metric], groups, weights)
            new = condition_cells([after], [metric], groups, weights)
        counts = Differing(before, after, metric, membership(before, groups))
        for k, group in enumerate(groups):
            b, c = old[group, metric.name], new[group, metric.name]
            change = difference(c, b, metric.higher_is_better)
            yield Compared(
                run=run,
                condition=condition,
                group=group,
                metric=metric.name,
                higher_is_better=metric.higher_is_better,
                baseline=b,
                candidate=c,
                change=change,
                differing=counts.of(k),
                signs=counts.signs(k),
                headline=group == EVERYBODY and condition == first,
            )


class Differing:
    """In which clusters two tables of statistics differ, and, where few do, for better or worse.

    The direction of a cluster is the effect of its statistics alone: the metric of the baseline
    with this one cluster taken from the candidate. So it exists for pooled metrics, too.
    """

    def __init__(
        self, before: pd.DataFrame, after: pd.DataFrame, metric: Metric, member: NDArray[np.bool_]
    ) -> None:
        changed = np.array([_differs(before[c], after[c]) for c in metric.columns]).any(axis=0)
        clusters = before["cluster"].to_numpy(dtype=object)
        self._clusters = [set(clusters[changed & mine]) for mine in member.T]
        asked = [
            (cluster, k)
            for k, found in enumerate(self._clusters)
            if len(found) < MIN_DIFFERING
            for cluster in sorted(found)
        ]
        self._effects = dict(
            zip(asked, effects_of((before, after), metric, member, asked), strict=True)
        )

    def of(self, k: int) -> int:
        """How many clusters differ in group `k`."""
        return len(self._clusters[k])

    def signs(self, k: int) -> tuple[int, int] | None:
        """(worse, better) clusters of group `k`; None where 20 or more differ."""
        if self.of(k) >= MIN_DIFFERING:
            return None
        effects = [self._effects[c, k] for c in self._clusters[k]]
        return sum(e < 0 for e in effects), sum(e > 0 for e in effects)


def effects_of(
    tables: tuple[pd.DataFrame, pd.DataFrame],
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
    state = metric.accumulate(table, NO_REPLICATES, members)
    return np.array([estimate.value for estimate in metric.finish(state, NO_REPLICATES)])


def _differs(a: pd.Series, b: pd.Series) -> NDArray[np.bool_]:
    if a.dtype == object or b.dtype == object:
        pairs = zip(a, b, strict=True)
        return np.array([not np.array_equal(np.asarray(x), np.asarray(y)) for x, y in pairs])
    same = (a.to_numpy() == b.to_numpy()) | (a.isna().to_numpy() & b.isna().to_numpy())
    return np.asarray(~same, dtype=bool)
