"""How a claim about groups stands if any one cluster had not been there.

    benchsuite report leave-one-out RUN... attribute=modality --out DIR

A group of 12 images may owe its score to one of them. So every number about the groups is computed
again without each cluster: a group's score, the gap, and their differences from the first run.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchsuite.errors import BadData, WrongCall, near
from benchsuite.estimation import Code, Metric, Weights, note
from benchsuite.estimation.cells import condition_cells, membership
from benchsuite.estimation.influence import without_each
from benchsuite.estimation.intervals import withheld
from benchsuite.publishing.figures import image_bytes, pyplot
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

GAP = "gap"
VALUES, DIFFERENCES = "leave-one-out", "leave-one-out-differences"
FIGURE = "leave-one-out.png"
VALUES_ALONE = Weights(0, "", replicates=0)


class Row(NamedTuple):
    """A number, the ends of what it becomes without one cluster, and which moves it furthest."""

    model: str
    group: str
    clusters: int
    value: float
    lowest: float
    highest: float
    furthest: str


@dataclass(frozen=True)
class Number:
    """A number about groups, and what it is without each of their clusters."""

    value: float
    without: Mapping[str, float]

    def row(self, model: str, group: str) -> Row:
        """Its row; without ends where nothing can be left out."""
        known = {name: value for name, value in self.without.items() if not math.isnan(value)}
        if not known:
            return Row(model, group, len(self.without), self.value, math.nan, math.nan, "")
        furthest = max(known, key=lambda name: (abs(known[name] - self.value), name))
        ends = min(known.values()), max(known.values())
        return Row(model, group, len(self.without), self.value, *ends, furthest)


def leave_one_out(
    runs: Sequence[Statistics],
    progress: Progress,
    attribute: str,
    metric: str = "",
    condition: str = "clean",
) -> Report:
    """The groups' values and their gap, the differences from the first run, and a figure of both.

    The ends are those over all clusters, each left out once. `metric` is the headline by default.
    Raises BadData for a condition or an attribute that a run lacks, and for runs of other clusters;
    WrongCall without a run, and for an unknown metric.
    """
    if not runs:
        raise WrongCall("report leave-one-out: expected one or more runs, found none")
    found: dict[str, dict[str, Number]] = {}
    for done, run in enumerate(runs):
        progress("runs", done, len(runs))
        found[_named(run, runs)] = _numbers(run, attribute, condition, _metric(run, metric))
    tables, titles = {VALUES: _rows(found)}, [f"{_metric(runs[0], metric).name} by {attribute}"]
    (first, *others) = found
    if others:
        changes = {model: _minus(found[model], found[first], model) for model in others}
        tables[DIFFERENCES] = _rows(changes)
        titles.append(f"minus {first}")
    figure = _figure(dict(zip(titles, tables.values(), strict=True)))
    return Report(tables, {FIGURE: image_bytes(figure)})


def _metric(run: Statistics, name: str) -> Metric:
    return run.metric(name) if name else run.metrics[0]


def _named(run: Statistics, runs: Sequence[Statistics]) -> str:
    """The run's model, with its id where another run is of the same."""
    model, several = run.identity.model, [one.identity.model for one in runs]
    return model if several.count(model) == 1 else f"{model} {run.manifest.run_id[:6]}"


def _rows(found: Mapping[str, Mapping[str, Number]]) -> pd.DataFrame:
    rows = [one.row(model, group) for model, of in found.items() for group, one in of.items()]
    return pd.DataFrame(rows, columns=Row._fields)


def _numbers(run: Statistics, attribute: str, condition: str, metric: Metric) -> dict[str, Number]:
    """The number of each group, and the gap between those that have a part in it."""
    if condition not in run.tables:
        raise BadData(f"{run.path}: no condition '{condition}'{near(condition, run.tables)}")
    groups = [group for group in run.groups(condition) if group.attribute == attribute]
    if not groups:
        known = sorted({group.attribute for group in run.groups(condition)} - {""})
        raise BadData(f"{run.path}: no attribute '{attribute}'{near(attribute, known)}")
    table = run.tables[condition]
    cells = condition_cells([table], [metric], groups, VALUES_ALONE)
    found = {
        group: Number(cells[group, metric.name].value, without_each(metric, table, mine))
        for group, mine in zip(groups, membership(table, groups).T, strict=True)
    }
    # all that a usable one lacks are replicates
    lacking = note(Code.NO_REPLICATES)
    usable = [found[g] for g in groups if withheld(cells[g, metric.name]) == lacking]
    named = {group.value: number for group, number in found.items()}
    return {**named, GAP: _gap(usable)} if len(usable) > 1 else named


def _gap(groups: Sequence[Number]) -> Number:
    clusters = sorted({name for group in groups for name in group.without})
    return Number(
        float(np.ptp([group.value for group in groups])),
        {c: float(np.ptp([g.without.get(c, g.value) for g in groups])) for c in clusters},
    )


def _minus(
    numbers: Mapping[str, Number], first: Mapping[str, Number], model: str
) -> dict[str, Number]:
    """The differences of what both have. Raises BadData where their clusters are others."""
    found = {}
    for group in (name for name in numbers if name in first):
        one, other = numbers[group], first[group]
        if one.without.keys() != other.without.keys():
            raise BadData(f"report: expected runs of the same clusters, found others in {group} of "
                          f"{model}")  # fmt: skip
        without = {name: one.without[name] - other.without[name] for name in one.without}
        found[group] = Number(one.value - other.value, without)
    return found


def _figure(parts: Mapping[str, pd.DataFrame]) -> Any:
    """A panel for each table: a point is a value, a bar what it is without any one cluster."""
    models = list(dict.fromkeys(model for rows in parts.values() for model in rows["model"]))
    lines = max(len(rows["group"].unique()) for rows in parts.values())
    figure, panels = pyplot().subplots(
        1, len(parts), squeeze=False, layout="constrained",
        figsize=(1.5 + 3.6 * len(parts), 1.2 + 0.2 * lines * (1 + len(models))),
    )  # fmt: skip
    for axis, (title, rows) in zip(panels[0], parts.items(), strict=True):
        groups = list(dict.fromkeys(rows["group"]))
        for i, model in enumerate(models):
            mine = rows[rows["model"] == model]
            at = np.array([groups.index(g) for g in mine["group"]]) + 0.7 * (i + 0.5) / len(models)
            ends = [mine["value"] - mine["lowest"], mine["highest"] - mine["value"]]
            axis.errorbar(
                mine["value"], at, xerr=np.clip(np.nan_to_num(ends), 0, None), ls="none",
                marker="o", ms=4, lw=2.5, color=f"C{i % 7}", label=model,
            )  # fmt: skip
        axis.set_yticks(np.arange(len(groups)) + 0.35, groups, fontsize="small")
        axis.invert_yaxis()
        axis.set_title(title, fontsize="small", loc="left")
        axis.grid(axis="x", alpha=0.3)
    for axis in panels[0, 1:]:
        axis.axvline(0, color="0.5", lw=0.8)
    figure.supxlabel("bars: lowest to highest without any one cluster", fontsize="small")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize="small", loc="outside upper center", ncols=len(models))
    return figure
