"""The report `gains`: what each system adds to its own first stage, by split, paired.

A gain is the difference of the means over the same queries; its interval comes from the joint
bootstrap. One family-wise 5 % is spent on all rows of the table, half of it for each direction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.errors import BadData, WrongCall, near
from benchsuite.estimation import Estimate, difference, interval, step_down
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.publishing.figures import image_bytes, pyplot
from benchsuite.runs.manifest import comparable
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from .points import REPLICATES, clean_table, headline_of, label, weights

ALPHA = 0.05
SPLIT = "split"


@dataclass(frozen=True, eq=False)
class Pair:
    """A system and its first stage, on the same queries."""

    system: Statistics
    first: Statistics


@dataclass(frozen=True, eq=False)
class Gain:
    """What a system adds in a group of queries; `unchanged` lists are those of its first stage."""

    pair: Pair
    group: Group
    first: Estimate
    system: Estimate
    change: Estimate
    unchanged: int


def report(
    runs: Sequence[Statistics], progress: Progress, first: str | Mapping[str, str]
) -> Report:
    """The table `gains`, a row for each system and split, and its figure.

    first: the model that is everybody's first stage, or {model: its first stage}.
    `shown` is `gain` or `loss` where the table's family-wise 5 % says so, and empty where it does
    not. `mde` is the smallest gain that would have been shown with a probability of 80 %.
    `unchanged` counts the lists that are the first stage's, documents and scores: such a query was
    probably never reranked.
    """
    metric, found = headline_of(runs), list[Gain]()
    pairs = pairs_of(runs, first)
    for done, pair in enumerate(pairs, start=1):
        found += gains_of(pair)
        progress("gains", done, len(pairs))
    table = pd.DataFrame(_rows(found))
    return Report({"gains": table}, {"gains.png": figure(table, metric)})


def pairs_of(runs: Sequence[Statistics], first: str | Mapping[str, str]) -> list[Pair]:
    """Each system with its first stage. Raises WrongCall for an unknown name, BadData for others.

    Both have to be of the same dataset and be scored in the same way.
    """
    known = {run.identity.model: run for run in runs}
    if len(known) < len(runs):
        raise WrongCall("report gains: expected each model once, found two runs of one name")
    asked = {name: first for name in known if name != first} if isinstance(first, str) else first
    for name in [*asked, *asked.values()]:
        if name not in known:
            raise WrongCall(
                f"report gains: first: no run is of the model '{name}'{near(name, known)}"
            )
    found = [Pair(known[system], known[stage]) for system, stage in asked.items()]
    if not found:
        raise WrongCall("report gains: expected a system beside its first stage, found none")
    for pair in found:
        mine, theirs = (comparable(one.manifest, REPLICATES) for one in (pair.system, pair.first))
        for name, expected in theirs.items():
            if mine[name] != expected:
                raise BadData(
                    f"{pair.system.path}: {name}: expected {expected} as in {pair.first.path}, "
                    f"found {mine[name]}"
                )
    return found


def gains_of(pair: Pair) -> Iterator[Gain]:
    """The gain over all queries, and in each split."""
    tables = [clean_table(one) for one in (pair.first, pair.system)]
    metric = pair.system.metrics[0]
    splits = [Group((SPLIT,), (name,)) for name in dict.fromkeys(tables[0][SPLIT])]
    groups = [EVERYBODY, *(splits if len(splits) > 1 else [])]
    a, b = (condition_cells([one], [metric], groups, weights(pair.first)) for one in tables)
    same = _unchanged(*tables)
    for group in groups:
        members = tables[0][SPLIT].isin(group.values) if group.values else np.ones(len(same), bool)
        before, after = a[group, metric.name], b[group, metric.name]
        change = difference(after, before)
        yield Gain(pair, group, before, after, change, int((same & members).sum()))


def _unchanged(first: pd.DataFrame, system: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the system's list of each query is that of the first stage, documents and scores."""
    if not all("docs" in one for one in (first, system)):  # metrics that were reported alone
        return pd.Series(False, index=range(len(first)))
    lists = [
        [
            (tuple(docs), tuple(scores))
            for docs, scores in zip(one["docs"], one["scores"], strict=True)
        ]
        for one in (first, system)
    ]
    return pd.Series([a == b and bool(a[0]) for a, b in zip(*lists, strict=True)], dtype=bool)


def _rows(found: Sequence[Gain]) -> Iterator[dict[str, Any]]:
    changes = [gain.change for gain in found]
    losses = step_down(changes, ALPHA / 2)
    gains = step_down([-change for change in changes], ALPHA / 2)
    for gain, less, more in zip(found, losses.cells, gains.cells, strict=True):
        bounds = interval(gain.change)
        yield {
            "model": gain.pair.system.identity.model,
            "first_stage": gain.pair.first.identity.model,
            SPLIT: gain.group.value or "mean",
            "queries": gain.change.n,
            "first": gain.first.value,
            "value": gain.system.value,
            "gain": gain.change.value,
            "low": bounds.low,
            "high": bounds.high,
            "shown": "gain" if more.worse else "loss" if less.worse else "",
            "mde": more.mde,
            "unchanged": gain.unchanged,
        }


def figure(table: pd.DataFrame, metric: str) -> bytes:
    """A panel per system: the gain of each split with its interval, filled where it is shown."""
    names = list(dict.fromkeys(table["model"]))
    most = max(int((table["model"] == name).sum()) for name in names)
    drawn, panels = pyplot().subplots(
        1, len(names), figsize=(1.6 + 3.4 * len(names), 0.9 + 0.27 * most),
        squeeze=False, sharey=True, sharex=True,
    )  # fmt: skip
    for name, panel in zip(names, panels[0], strict=True):
        rows = table[table["model"] == name]
        for place, row in enumerate(rows.itertuples()):
            ends = [[row.gain - row.low], [row.high - row.gain]]
            colour = {"color": "C0" if row.shown != "loss" else "C3"}
            panel.errorbar(
                [row.gain],
                [place],
                xerr=ends,
                fmt="o",
                ms=5,
                mfc=None if row.shown else "white",
                **colour,
            )
        panel.axvline(0, color="0.5", lw=0.8)
        panel.set_yticks(range(len(rows)), list(rows[SPLIT]), fontsize="small")
        panel.set_title(f"{name} - {rows['first_stage'].iloc[0]}", fontsize="small")
        panel.set_xlabel(f"gain in {label(metric)}")
        panel.grid(axis="x", alpha=0.3)
    panels[0][0].invert_yaxis()
    drawn.tight_layout()
    return image_bytes(drawn)
