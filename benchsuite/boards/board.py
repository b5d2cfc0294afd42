"""A run as a leaderboard sees it: its cells as estimates, and their summaries over conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, mean
from benchsuite.estimation.cells import Group
from benchsuite.runs.cells import read_cells
from benchsuite.runs.store import RunDirectory, find_runs

COMPARABLE = (
    "task", "task_version", "metrics", "dataset", "dataset_fingerprint", "protocol", "seed",
    "replicates",
)  # fmt: skip
THINNED = "@odd"
"""Of a suite, severities 1, 3 and 5: three fifths of its cost, and no substitute for its mean."""
RELATIVE = "relative "
DROP = "drop "
MEASURED = "measured"

Key = tuple[str, Group, str]


@dataclass(frozen=True)
class ConditionSet:
    """Conditions whose mean is a summary: a suite, or those of one name, family or severity in it.

    label  `text`, `text/typo`, `text:character`, `text@3`, `text@odd`
    """

    label: str
    kind: str
    name: str = ""
    family: str = ""
    severity: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Board:
    """One run as a leaderboard sees it: its manifest, and its cells as estimates.

    source     `measured`, or who published the numbers: those are values without an interval
    trainings  the boards of one recipe's seeds, of which this one is the mean; else empty. Then
               `cells` are those of the first
    """

    directory: RunDirectory
    manifest: Mapping[str, Any]
    cells: Mapping[Key, Estimate]
    source: str = MEASURED
    trainings: tuple["Board", ...] = ()

    @property
    def identity(self) -> Mapping[str, Any]:
        """The run's identity."""
        found: Mapping[str, Any] = self.manifest["identity"]
        return found

    @property
    def noted(self) -> list[str]:
        """The library versions that changed while the run was made."""
        return [str(change) for change in self.manifest.get("noted", [])]

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """What the task said of its metrics, by name, the headline first."""
        return {metric["name"]: metric for metric in self.manifest["metrics"]}

    @cached_property
    def sets(self) -> list[ConditionSet]:
        """The sets of conditions that have a mean."""
        return condition_sets(self.manifest["known_conditions"])

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """kind, name, family and severity of every condition and set of them."""
        single = {
            c["condition"]: _place(c["kind"], c["name"], c["family"], c["severity"])
            for c in self.manifest["known_conditions"]
        }
        means = {s.label: _place(s.kind, s.name, s.family, s.severity) for s in self.sets}
        return {label: {"condition": label, **place} for label, place in (means | single).items()}

    @cached_property
    def comparable(self) -> tuple[Any, ...]:
        """Runs are ranked and compared only where all of this is the same."""
        metrics = sorted(self.identity["metrics"].items())
        versions = ", ".join(f"{name} {version}" for name, version in metrics)
        replicates = len(next(iter(self.cells.values())).replicates)
        known = {**self.identity, "metrics": versions, "replicates": replicates}
        return tuple(known[key] for key in COMPARABLE)

    @cached_property
    def estimates(self) -> dict[Key, Estimate]:
        """The cells and summaries: means over sets of conditions, relative to clean, drops."""
        if self.trainings:
            return _mean_of([training.estimates for training in self.trainings])
        found = dict(self.cells)
        groups = {(group, metric) for _, group, metric in self.cells}
        for some in self.sets:
            for group, metric in sorted(groups):
                found |= _summaries(found, some, group, metric)
        return found | self._drops

    @property
    def _drops(self) -> dict[Key, Estimate]:
        """What is lost from clean to each domain: independent where the samples are unrelated."""
        found: dict[Key, Estimate] = {}
        for (condition, group, metric), there in self.cells.items():
            clean = self.cells.get(("clean", group, metric))
            if clean is not None and self.described[condition]["kind"] == "domain":
                better = self.metrics[metric]["higher_is_better"]
                found[condition, group, DROP + metric] = clean - there if better else there - clean
        return found

    def higher_is_better(self, metric: str) -> bool:
        """The direction of a metric, or of a summary of one: of a drop, less is better."""
        declared = self.metrics.get(metric.split(" ")[-1], {}).get("higher_is_better", True)
        return bool(declared) and not metric.startswith(DROP)


def _mean_of(several: Sequence[Mapping[Key, Estimate]]) -> dict[Key, Estimate]:
    """The mean of several trainings, cell by cell, over those that have the cell."""
    keys = dict.fromkeys(key for estimates in several for key in estimates)
    return {key: mean([e[key] for e in several if key in e]) for key in keys}


def load_board(directory: RunDirectory) -> Board | None:
    """The run's board; None where its cells are not there yet."""
    cells = directory.cells()
    if cells is None or cells.empty:
        return None
    return Board(directory, directory.manifest, read_cells(cells))


def condition_sets(known: Sequence[Mapping[str, Any]]) -> list[ConditionSet]:
    """The sets of a task's conditions that have a mean, suites first; never domains.

    Where two have the same members (a family of one name), the first kind of set stands for both.
    """
    altered = [c for c in known if c["kind"] not in ("clean", "domain")]
    found: dict[tuple[str, ...], ConditionSet] = {}
    for label in (_suite, _name, _family, _severity, _thinned):
        grouped: dict[ConditionSet, list[str]] = {}
        for c in altered:
            if (labelled := label(c)) is not None:
                grouped.setdefault(labelled, []).append(c["condition"])
        for some, members in grouped.items():
            if len(members) > 1:
                found.setdefault(tuple(members), replace(some, members=tuple(members)))
    return list(found.values())


def _suite(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(c["suite"], c["kind"])


def _name(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['kind']}/{c['name']}", c["kind"], name=c["name"], family=c["family"])


def _family(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['suite']}:{c['family']}", c["kind"], family=c["family"])


def _severity(c: Mapping[str, Any]) -> ConditionSet:
    return ConditionSet(f"{c['suite']}@{c['severity']}", c["kind"], severity=c["severity"])


def _thinned(c: Mapping[str, Any]) -> ConditionSet | None:
    return ConditionSet(f"{c['suite']}{THINNED}", c["kind"]) if c["severity"] % 2 else None


def _summaries(
    cells: Mapping[Key, Estimate], some: ConditionSet, group: Group, metric: str
) -> dict[Key, Estimate]:
    parts = [cells[c, group, metric] for c in some.members if (c, group, metric) in cells]
    if len(parts) < len(some.members):
        return {}
    average = mean(parts)
    summary = {(some.label, group, metric): average}
    clean = cells.get(("clean", group, metric))
    if clean is not None:
        summary[some.label, group, RELATIVE + metric] = average / clean
    return summary


def load_boards(results: str | Path, task: str = "*") -> list[Board]:
    """The boards of every finished run below `results`. Raises BadData where there are none."""
    boards = finished(results, task)
    if not boards:
        of = "" if task == "*" else f" of task {task}"
        raise BadData(f"{results}: expected at least one finished run{of}, found none")
    return boards


def finished(results: str | Path, task: str = "*") -> list[Board]:
    """The boards of every finished run below `results`."""
    return [b for d in find_runs(Path(results), task) if (b := load_board(d)) is not None]


def _place(kind: str, name: str, family: str, severity: int) -> dict[str, Any]:
    return {"kind": kind, "name": name, "family": family, "severity": severity or np.nan}
