"""A run as a leaderboard sees it: its cells as estimates, and their summaries over conditions."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, LeftOut
from benchsuite.estimation import Estimate, MetricRecord, mean, sampled_mean
from benchsuite.estimation.cells import Group
from benchsuite.runs.answers import Answers, answers
from benchsuite.runs.cells import Cell, read_cells
from benchsuite.runs.find import find_runs
from benchsuite.runs.manifest import ConditionRecord, Identity, Manifest, comparable
from benchsuite.runs.store import RunDirectory

MEASURED: Final = "measured"


class Form(StrEnum):
    """What a row says about its metric."""

    VALUE = "value"
    RELATIVE = "relative"  # the mean over a set of conditions over the value on clean inputs
    DROP = "drop"  # what is lost from clean to a domain
    GAP = "gap"
    NULL95 = "null95"  # the gap that chance alone exceeds in 5 % of samples
    GAP_MDE = "gap_mde"
    GAP_GROWTH = "gap_growth"
    WORST = "worst"
    SHRUNKEN = "shrunken"  # of each group: its score, drawn towards those of the others
    SD = "sd"
    SD_NULL95 = "sd_null95"
    ES_SUM = "es_sum"
    FAIR = "fair"  # the es_sum of a fair model
    ES_STD = "es_std"
    ES_STD_FAIR = "es_std_fair"
    ES_STD_POPULATION = "es_std_population"
    ES_STD_POPULATION_FAIR = "es_std_population_fair"
    ES_COST = "es_cost"
    ES_COST_FAIR = "es_cost_fair"
    RATIO = "ratio"
    RATIO_FAIR = "ratio_fair"
    CHANCE = "chance"
    MDE = "mde"


class Scope(StrEnum):
    """What a row's condition is: a single one, or which set of conditions."""

    CONDITION = "condition"
    SAMPLED = "sampled"  # a condition of a sampled suite, measured on a part of the clusters
    SUITE = "suite"
    NAME = "name"
    FAMILY = "family"
    SEVERITY = "severity"
    ODD = "odd"  # severities 1, 3 and 5: three fifths of a suite's cost, and not its mean


class Key(NamedTuple):
    """What a row is about: a condition or set, a group, a metric, and the form."""

    condition: str
    group: Group
    metric: str
    form: Form = Form.VALUE


@dataclass(frozen=True)
class Place:
    """A condition, or a set of conditions whose mean is a summary, as a row shows it.

    label    `clean`, `text/typo/3`; of a set: `text`, `text/typo`, `text:character`, `text@3`
    members  the conditions of a set, by full name; empty for a condition
    per_cluster  of a sampled suite: under how many of its conditions a cluster is measured; else 0
    """

    label: str
    scope: Scope
    suite: str
    kind: str
    name: str = ""
    family: str = ""
    severity: int = 0
    members: tuple[str, ...] = ()
    per_cluster: int = 0


@dataclass(frozen=True, eq=False)
class Board:
    """One run as a leaderboard sees it: its manifest, and its cells as estimates.

    source     `measured`, or who published the numbers: those are values without an interval
    trainings  the boards of one recipe's seeds, of which this one is the mean; else empty. Then
               `cells` are those of the first
    answers    those of servers that the run used
    """

    directory: RunDirectory
    manifest: Manifest
    cells: Mapping[Cell, Estimate]
    source: str = MEASURED
    trainings: tuple["Board", ...] = ()
    answers: Answers = field(default_factory=Answers)

    @property
    def identity(self) -> Identity:
        """The run's identity."""
        return self.manifest.identity

    @cached_property
    def metrics(self) -> dict[str, MetricRecord]:
        """The metrics as the task declared them, by name, the headline first."""
        return {metric.name: metric for metric in self.manifest.metrics}

    @cached_property
    def places(self) -> dict[str, Place]:
        """The conditions, and the sets of conditions that have a mean, by label."""
        sets = condition_sets(self.manifest.known_conditions)
        single = [_single(condition) for condition in self.manifest.known_conditions]
        return {place.label: place for place in (*sets, *single)}

    @property
    def sets(self) -> list[Place]:
        """The sets of conditions that have a mean."""
        return [place for place in self.places.values() if place.members]

    @cached_property
    def comparable(self) -> dict[str, Any]:
        """Runs are ranked and compared only where all of this is the same."""
        return comparable(self.identity, len(next(iter(self.cells.values())).deviations))

    @cached_property
    def estimates(self) -> dict[Key, Estimate]:
        """The cells and summaries: means over sets of conditions, relative to clean, drops."""
        if self.trainings:
            return _mean_of([training.estimates for training in self.trainings])
        cells = {Key(*cell): estimate for cell, estimate in self.cells.items()}
        about: dict[tuple[Group, str], dict[str, Estimate]] = {}
        for key, estimate in cells.items():
            about.setdefault((key.group, key.metric), {})[key.condition] = estimate
        ordered = sorted(about.items(), key=lambda item: (item[0][0].place, item[0][1]))
        found = dict(cells)
        for some, ((group, metric), by_condition) in product(self.sets, ordered):
            found |= _summaries(by_condition, Key(some.label, group, metric), some)
        return found | self._drops(cells)

    def _drops(self, cells: Mapping[Key, Estimate]) -> dict[Key, Estimate]:
        """What is lost from clean to each domain: independent where the samples are unrelated."""
        found: dict[Key, Estimate] = {}
        for key, there in cells.items():
            clean = cells.get(key._replace(condition=CLEAN.full_name))
            if clean is not None and self.places[key.condition].kind == "domain":
                better = self.metrics[key.metric].higher_is_better
                found[key._replace(form=Form.DROP)] = clean - there if better else there - clean
        return found

    def higher_is_better(self, key: Key) -> bool:
        """The direction of a metric or of its summary: for a drop, lower is better."""
        return self.metrics[key.metric].higher_is_better and key.form != Form.DROP


def _mean_of(several: Sequence[Mapping[Key, Estimate]]) -> dict[Key, Estimate]:
    """The mean of several trainings, cell by cell, over those that have the cell."""
    keys = dict.fromkeys(key for estimates in several for key in estimates)
    return {key: mean([e[key] for e in several if key in e]) for key in keys}


def load_board(directory: RunDirectory) -> Board | None:
    """The run's board; None if its cells are not computed yet."""
    manifest, cells = directory.manifest, directory.cells()
    if cells is None or not cells.num_rows:
        return None
    return Board(directory, manifest, read_cells(cells), answers=answers(directory))


def warn_left_out(line: str) -> None:
    """Warn that a board leaves a run out."""
    warnings.warn(LeftOut(line), stacklevel=3)


def load_boards(
    results: str | Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> list[Board]:
    """The boards of every finished run below `results`. Raises BadData where there are none."""
    boards = finished(results, task, left_out)
    if not boards:
        of = "" if task == "*" else f" of task {task}"
        raise BadData(f"{results}: expected at least one finished run{of}, found none")
    return boards


def finished(
    results: str | Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> list[Board]:
    """The boards of every finished run below `results`.

    `left_out` gets a line for each run that is not finished, is damaged, has an older schema, or is
    a copy of another.
    """
    boards: dict[str, Board] = {}
    for directory in find_runs(Path(results), task):
        try:
            board, why = load_board(directory), f"{directory.path}: has no cells yet"
        except BadData as error:
            board, why = None, str(error)
        if board is not None and (same := boards.get(board.manifest.run_id)):
            board, why = None, f"{directory.path}: the same run as {same.directory.path}"
        if board is None:
            left_out(f"left out: {why}")
        else:
            boards[board.manifest.run_id] = board
    return list(boards.values())


def _single(c: ConditionRecord) -> Place:
    scope = Scope.SAMPLED if c.per_cluster else Scope.CONDITION
    return Place(c.condition, scope, c.suite, c.kind, c.name, c.family, c.severity)


def condition_sets(known: Sequence[ConditionRecord]) -> list[Place]:
    """The sets of a task's conditions that have a mean, suites first; never domains.

    If two sets have the same members (a family of one name), only the first one is kept. A sampled
    suite has a mean as a whole alone.
    """
    return list(_condition_sets(tuple(known)))


@lru_cache(maxsize=16)  # the runs of a task know the same conditions
def _condition_sets(known: tuple[ConditionRecord, ...]) -> tuple[Place, ...]:
    altered = [c for c in known if c.kind not in ("clean", "domain")]
    whole = [c for c in altered if not c.per_cluster]
    found: dict[tuple[str, ...], Place] = {}
    for scope in (Scope.SUITE, Scope.NAME, Scope.FAMILY, Scope.SEVERITY, Scope.ODD):
        grouped: dict[Place, list[str]] = {}
        for c in altered if scope == Scope.SUITE else whole:
            if scope != Scope.ODD or c.severity % 2:
                grouped.setdefault(_set(c, scope), []).append(c.condition)
        for some, members in grouped.items():
            if len(members) > 1:
                found.setdefault(tuple(members), replace(some, members=tuple(members)))
    return tuple(found.values())


def _set(c: ConditionRecord, scope: Scope) -> Place:
    """The set of that scope to which a condition belongs."""
    label = {
        Scope.SUITE: c.suite,
        Scope.NAME: f"{c.kind}/{c.name}",
        Scope.FAMILY: f"{c.suite}:{c.family}",
        Scope.SEVERITY: f"{c.suite}@{c.severity}",
        Scope.ODD: f"{c.suite}@odd",
    }[scope]
    return Place(
        label,
        scope,
        c.suite,
        c.kind,
        name=c.name if scope == Scope.NAME else "",
        family=c.family if scope in (Scope.NAME, Scope.FAMILY) else "",
        severity=c.severity if scope == Scope.SEVERITY else 0,
        per_cluster=c.per_cluster,
    )


def _summaries(cells: Mapping[str, Estimate], here: Key, some: Place) -> dict[Key, Estimate]:
    """The mean over a set of conditions, and its share of clean; `cells` are by condition."""
    if not all(condition in cells for condition in some.members):
        return {}
    parts = [cells[condition] for condition in some.members]
    average = sampled_mean(parts, some.per_cluster) if some.per_cluster else mean(parts)
    clean = cells.get(CLEAN.full_name)
    relative = {} if clean is None else {here._replace(form=Form.RELATIVE): average / clean}
    return {here: average, **relative}
