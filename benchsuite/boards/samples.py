"""The samples behind a number: each one's own score, and how far it moves the number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from benchsuite.boards.asked import Asked, GroupName, conditions_of
from benchsuite.boards.compare import raise_unless_same
from benchsuite.dataset import RESERVED
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.influence import influences, scores
from benchsuite.runs.manifest import comparable
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, silent

ID, CLUSTER, ERROR = RESERVED
INFLUENCE, CONDITION, A, B, DIFFERENCE = OWN = ("influence", "condition", "a", "b", "difference")
"""Columns beside those of statistics, attributes and metrics."""


def samples(
    statistics: Statistics, condition: str = "", metric: str = "", group: GroupName = EVERYBODY,
    progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """One row per sample, by cluster and id: its own scores, and its influence on a metric.

    Columns: `sample_id`, the asked metric, `influence`, `cluster`, the attributes, the other
    metrics but those of detail, `error`. A score is the metric of this sample alone: NaN where it
    is undefined, or the sample failed. The influence is the group's value with the sample less that
    without it.

    `condition` may name a set of conditions. A score is then the mean over them; the influence is
    that on the mean. Defaults: clean, the headline, everybody. An attribute that is called like
    another column is shown as `attribute NAME`.
    Raises WrongCall with near names where the run has no such condition, metric or group.
    """
    asked = Asked.of(statistics, conditions_of(statistics, condition), metric, group)
    return moving(asked, asked.shown, progress)


def worst(
    statistics: Statistics, n: int = 20, condition: str = "", metric: str = "",
    group: GroupName = EVERYBODY, progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """The `n` samples with the worst scores, the worst first: rows of `samples`.

    The metric's direction says what is worse. Ties are in the order of ids. Samples without a
    score come last. Where no sample has one, as of a correlation, those come first that move the
    number most for the worse.
    """
    if n < 1:
        raise WrongCall(f"samples: expected at least 1, found {n}")
    asked = Asked.of(statistics, conditions_of(statistics, condition), metric, group)
    name, better = asked.metric.name, asked.metric.higher_is_better
    parts = []
    for done, table in enumerate(asked.tables.values()):
        progress("scores", done, len(asked.conditions))
        parts.append(_scored(asked, table, [asked.metric]))
    rows = _over_conditions(parts, [name]).sort_values(ID)
    if rows[name].isna().all():
        every = moving(asked, asked.shown, progress).sort_values(ID)
        ordered = every.sort_values(INFLUENCE, ascending=better, kind="stable")
        return ordered.head(n).reset_index(drop=True)
    first = rows.sort_values(name, ascending=better, kind="stable").head(n)[ID]
    found = moving(asked, asked.shown, progress, {*first})
    return found.set_index(ID, drop=False).loc[first].reset_index(drop=True)


def where_worst(
    statistics: Statistics, ids: Sequence[str], condition: str = "", metric: str = ""
) -> list[str]:
    """The condition under which each sample has its worst score, among those of a set."""
    asked = Asked.of(statistics, conditions_of(statistics, condition), metric, EVERYBODY)
    found = {}
    for place, table in asked.tables.items():
        rows = table[table[ID].isin(ids)]
        found[place] = pd.Series(scores(asked.metric, rows), index=rows[ID])
    sign = 1.0 if asked.metric.higher_is_better else -1.0
    # One without any score is looked at under the first condition that has it.
    badness = (pd.DataFrame(found) * sign).fillna(math.inf)
    return [str(name) for name in badness.loc[list(ids)].idxmin(axis=1)]


def differences(
    a: Statistics, b: Statistics, condition: str = "", metric: str = "",
    group: GroupName = EVERYBODY, progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """B − A of each sample's own score, the most changed first.

    Columns: `sample_id`, `difference`, `condition`, `a`, `b`, `cluster`, the attributes, `error`.
    Among equal changes, those for the worse come first, then those of earlier conditions.
    Samples without a score in either run come last. `condition` may name a set; without it, all
    conditions count that both runs have.
    Raises BadData unless the runs are comparable, WrongCall as `samples` does.
    """
    raise_unless_same(comparable(a.manifest, 0), comparable(b.manifest, 0), b.path)
    if not (shared := [c for c in a.tables if c in b.tables]):
        raise BadData(f"{b.path}: expected a condition of A, found {', '.join(b.tables)}")
    labels = [conditions_of(run, condition) if condition else shared for run in (a, b)]
    in_a, in_b = (Asked.of(*pair, metric, group) for pair in zip((a, b), labels, strict=True))
    after, parts = in_b.tables, []
    for done, (label, table) in enumerate(in_a.tables.items()):
        progress("scores", done, len(in_a.conditions))
        parts.append(_changes(in_a, label, table, after[label]))
    rows = pd.concat(parts, ignore_index=True)
    gain = rows[DIFFERENCE] if in_a.metric.higher_is_better else -rows[DIFFERENCE]
    order = pd.DataFrame({"size": -gain.abs(), "gain": gain}).sort_values(
        ["size", "gain"], kind="stable"
    )
    return rows.loc[order.index].reset_index(drop=True)


def _changes(
    asked: Asked, condition: str, before: pd.DataFrame, after: pd.DataFrame
) -> pd.DataFrame:
    """The own scores of samples in two runs under one condition, in the order of the first."""
    after = after.set_index(ID, drop=False).reindex(before[ID]).reset_index(drop=True)
    a, b = (scores(asked.metric, table) for table in (before, after))
    who = _who(asked, before).reset_index(drop=True)
    who.insert(1, DIFFERENCE, b - a)
    who.insert(2, CONDITION, condition)
    who.insert(3, A, a)
    who.insert(4, B, b)
    errors = _errors(before).reset_index(drop=True)
    return who.assign(**{ERROR: errors.where(errors != "", _errors(after))})


def moving(
    asked: Asked, shown: Sequence[Metric], progress: Progress, chosen: set[str] | None = None
) -> pd.DataFrame:
    """The rows of the chosen samples, or of all, with their scores by the `shown` metrics."""
    tables, parts = asked.tables, []
    for done, table in enumerate(tables.values()):
        if len(tables) > 1:
            progress("conditions", done, len(tables))
        everybody = np.ones(len(table), np.bool_)
        mine = everybody if chosen is None else np.asarray(table[ID].isin(chosen))
        within = partial(progress, "samples")
        moved = influences(asked.metric, table, everybody, mine, within)[mine]
        rows = _scored(asked, table[mine], shown)
        parts.append(rows.assign(**{INFLUENCE: moved, ERROR: _errors(table[mine])}))
    found = _over_conditions(parts, [*(metric.name for metric in shown), INFLUENCE])
    # The mean over conditions has no value where the group has nobody under one of them.
    known = all(map(len, tables.values()))
    found = found if known else found.assign(**{INFLUENCE: math.nan})
    lead = [ID, *(metric.name for metric in shown[:1]), INFLUENCE]
    return found[[*lead, *(name for name in found if name not in lead)]]


def _scored(asked: Asked, table: pd.DataFrame, metrics: Sequence[Metric]) -> pd.DataFrame:
    """Who the samples are, and their own scores."""
    return _who(asked, table).assign(**{one.name: scores(one, table) for one in metrics})


def _who(asked: Asked, table: pd.DataFrame) -> pd.DataFrame:
    """The ids, clusters and attributes of samples."""
    taken = {*OWN, *(metric.name for metric in asked.statistics.metrics)}
    names = asked.statistics.attributes
    shown = {f"attribute {name}" if name in taken else name: table[name] for name in names}
    return table[[ID, CLUSTER]].assign(**shown)


def _errors(table: pd.DataFrame) -> pd.Series:
    """Why samples failed, '' for the others; a baseline file does not tell it."""
    return table[ERROR].fillna("") if ERROR in table else pd.Series("", index=table.index)


def _over_conditions(parts: Sequence[pd.DataFrame], measured: Sequence[str]) -> pd.DataFrame:
    """One row per sample from those under each condition, by cluster and id.

    What is measured is averaged: NaN where a part is. An influence on a mean over C conditions is
    the sum of those on its parts over C: a sample may be measured under some of them alone.
    """
    rows = pd.concat(parts, ignore_index=True).sort_values([CLUSTER, ID], kind="stable")
    if len(parts) == 1:
        return rows.reset_index(drop=True)
    if ERROR in rows:
        rows[ERROR] = rows[ERROR].replace("", None)  # a sample's first error is kept
    samples = rows.groupby(ID, sort=False)
    found = samples.first()
    counted = samples[list(measured)].count().eq(samples.size(), axis=0)
    means = samples[list(measured)].mean().where(counted)
    if INFLUENCE in means:
        means[INFLUENCE] *= samples.size() / len(parts)
    return found.assign(**means).fillna({ERROR: ""}).reset_index()
