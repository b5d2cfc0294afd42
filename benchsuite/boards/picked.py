"""Which samples of a run a page shows: the worst of its worst group, typical ones, and where."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.boards.asked import Asked
from benchsuite.boards.samples import CLUSTER, ID
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import Group
from benchsuite.estimation.influence import scores
from benchsuite.runs.forms import Form
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.statistics import Statistics

SCORE: Final = "score"
TYPICAL: Final = (0.5, 0.25, 0.75)
"""The quantiles of the samples' own scores at which typical ones are taken."""


@dataclass(frozen=True, eq=False)
class WorstGroup:
    """The group that a model serves worst, and how sure that is.

    row      its row in the tidy table
    among    groups that have an interval
    without  groups that have none, and were not looked at
    gap, null95  of its attribute: the difference between groups, and what chance alone stays under
    """

    group: Group
    row: Any
    among: int
    without: int
    gap: float
    null95: float


def worst_group(
    table: pd.DataFrame, groups: Iterable[Group], condition: str, metric: str
) -> WorstGroup | None:
    """The worst of `groups` by the rows of one model; None where none has an interval.

    It is the one whose interval has the worst better end: in the best case that the data allows, it
    is worse than the others in theirs. So a small group is not chosen for a value that is bad by
    chance.
    Equal ends are told apart by the value, then by the order of the table.
    """
    of = table[(table["condition"] == condition) & (table["metric"] == metric)]
    known = {(group.attribute, group.value): group for group in groups if group.attributes}
    values: Iterable[Any] = of[of["form"] == Form.VALUE].itertuples()
    rows = [row for row in values if (row.attribute, row.group) in known]
    sure = [row for row in rows if not math.isnan(row.ci_low + row.ci_high)]
    if not sure:
        return None
    worst = min(sure, key=_best_case)

    def about(form: Form) -> float:
        values = of.loc[(of["form"] == form) & (of["attribute"] == worst.attribute), "value"]
        return float(values.iloc[0]) if len(values) else math.nan

    return WorstGroup(
        known[worst.attribute, worst.group], worst, len(sure), len(rows) - len(sure),
        about(Form.GAP), about(Form.NULL95),
    )  # fmt: skip


def _best_case(row: Any) -> tuple[float, float]:
    """The better end of a row's interval, and its value: larger is better."""
    return (row.ci_high, row.value) if row.higher_is_better else (-row.ci_low, -row.value)


def worst_of(asked: Asked, n: int) -> list[str]:
    """The ids of the samples with the worst own scores, the worst first, one of each cluster.

    Slices of one patient look alike, so a cluster has one. Ties are in the order of ids.
    """
    return [*_ranked(asked).drop_duplicates(CLUSTER)[ID].head(n)]


def typical_of(asked: Asked) -> list[str]:
    """The ids of the samples at the quantiles TYPICAL of own scores, each once."""
    ranked = _ranked(asked)
    places = [round(share * (len(ranked) - 1)) for share in TYPICAL] if len(ranked) else []
    return [*dict.fromkeys(ranked[ID].iloc[places])]


def _ranked(asked: Asked) -> pd.DataFrame:
    """Ids, clusters and own scores of those that have one, the worst first."""
    (table,) = asked.tables.values()
    found = table[[ID, CLUSTER]].assign(**{SCORE: scores(asked.metric, table)})
    return (
        found.dropna(subset=SCORE)
        .sort_values(ID)
        .sort_values(SCORE, ascending=asked.metric.higher_is_better, kind="stable")
    )


def own_scores(
    statistics: Statistics, metric: Metric, conditions: Iterable[str], ids: Iterable[str]
) -> Mapping[tuple[str, str], float]:
    """The own scores of samples, by condition and id; a sample may lack some of the conditions."""
    chosen, found = set(ids), dict[tuple[str, str], float]()
    for condition in conditions:
        table = statistics.tables[condition]
        rows = table[table[ID].isin(chosen)]
        own = scores(metric, rows).tolist()
        found |= {(condition, one): score for one, score in zip(rows[ID], own, strict=True)}
    return found


def spread(known: Sequence[ConditionRecord], most: int) -> list[ConditionRecord]:
    """At most so many conditions that differ most: all of them, or a severity of each name.

    That severity is the middle one. Of more names than `most`, evenly many are left out.
    """
    names: dict[tuple[str, str], list[ConditionRecord]] = {}
    for one in sorted(known, key=lambda one: one.severity):
        names.setdefault((one.kind, one.name), []).append(one)
    middle = [several[len(several) // 2] for several in names.values()]
    kept = [one for one in known if len(known) <= most or one in middle]
    if len(kept) <= most:
        return kept
    return [kept[place] for place in np.linspace(0, len(kept) - 1, most).round().astype(int)]
