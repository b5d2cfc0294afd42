"""Two runs on the same samples, cell by cell: whether they can be compared, and what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.condition import CLEAN
from benchsuite.errors import of_others
from benchsuite.estimation import Cell, Change, Estimate, Metric, Weights, interval
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells, membership
from benchsuite.estimation.moderation import UNBOUNDED, Bounds
from benchsuite.estimation.wording import worded
from benchsuite.gates.evidence import evidence
from benchsuite.gates.verdict import Finding
from benchsuite.runs.forms import Form
from benchsuite.runs.manifest import comparable
from benchsuite.runs.statistics import Statistics
from benchsuite.runs.tables import parts

Pair = tuple[Statistics, Statistics]
UNTESTED: Final = Cell("no verdict")


@dataclass(frozen=True, eq=False)
class Compared:
    """One cell of the baseline against the candidate's.

    `sides` are the two runs. `evidence` holds the difference, negative where the candidate is
    worse, for every direction of the metric. `headline`: it is its run's overall cell on clean
    inputs, or on its first condition. `family` is the set of the policy whose error it shares,
    empty for the headline's and the details'. `cell` is the family's verdict. `bounds` are the
    metric's.
    """

    sides: Pair
    run: str
    condition: str
    group: Group
    metric: str
    higher_is_better: bool
    baseline: Estimate
    candidate: Estimate
    evidence: Change
    headline: bool = False
    family: str = ""
    cell: Cell = UNTESTED
    bounds: Bounds = UNBOUNDED

    @property
    def change(self) -> Estimate:
        """The difference, negative where the candidate is worse."""
        return self.evidence.difference

    @property
    def differing(self) -> int:
        """How many clusters differ."""
        return self.evidence.differing

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

    @property
    def finding(self) -> Finding:
        """The cell as it is published, with the interval of its own difference."""
        found = interval(self.change)
        better = self.higher_is_better
        return Finding(
            name=self.name,
            run=self.run,
            condition=self.condition,
            attribute=self.group.attribute,
            group=self.group.value,
            metric=self.metric,
            form=Form.VALUE,
            family=self._family,
            status=self.cell.verdict,
            baseline=self.baseline.value,
            candidate=self.candidate.value,
            difference=self.raised,
            low=found.low if better else -found.high,
            high=found.high if better else -found.low,
            detectable=self.unseen,
            p=self.cell.p,
            test=self.cell.method,
            clusters=self.change.clusters,
            differing=self.differing,
            note=worded(self.cell.notes),
        )

    @property
    def _family(self) -> str:
        return self.family or ("headline" if self.headline else "detail")

    def columns(self) -> dict[str, Any]:
        """What a table shows of the cell."""
        return {
            "cell": self.name, "change": self.raised, "p": self.cell.p,
            "verdict": self.cell.verdict, "baseline": self.baseline.value,
            "candidate": self.candidate.value, "sd": self.change.sd, "differing": self.differing,
            "clusters": self.change.clusters, "test": self.cell.method, "unseen": self.unseen,
            "family": self._family,
        }  # fmt: skip


def problems_of(pair: Pair, metric: Metric) -> Iterator[str]:
    """Why the two cannot be compared by that metric, one line per reason."""
    baseline, candidate = pair
    where = f"{candidate.path}: "
    here = comparable(candidate.manifest, 0)
    for key, expected in comparable(baseline.manifest, 0).items():
        if expected != here[key]:
            notes = _notes(baseline, candidate)
            yield f"{where}{key}: expected {expected} as in the baseline, found {here[key]}{notes}"
            return
    yield from _other_plugins(pair, metric)
    for condition in baseline.tables:
        if condition not in candidate.tables:
            yield f"{where}condition {condition} of the baseline is missing"
        else:
            yield from _in_condition(pair, metric, condition)


def _in_condition(pair: Pair, metric: Metric, condition: str) -> Iterator[str]:
    """Why the two cannot be compared under a condition that both have."""
    before, after = (side.tables[condition] for side in pair)
    if absent := [
        f"{side.path}: {condition}: expected the column {column} of {metric.name}; `benchsuite "
        f"baseline accept RUN --metric {metric.name}` keeps what a metric reads"
        for side, table in zip(pair, (before, after), strict=True)
        for column in metric.columns
        if column not in table
    ]:
        yield absent[0]
    elif differing := _different_rows(before, after, pair[0].attributes):
        yield f"{pair[1].path}: condition {condition}: {differing}"


def _other_plugins(pair: Pair, metric: Metric) -> Iterator[str]:
    """Where the metric, or a condition of the baseline, is of another plugin in the candidate."""
    expected, found = (_origins(side) for side in pair)
    for what in (f"metric {metric.name}", *map("condition {}".format, pair[0].tables)):
        there, here = expected.get(what), found.get(what)
        if there is not None and there != here:
            named = "none" if here is None else "version {1} of package {0}".format(*here)
            yield (
                f"{pair[1].path}: {what}: expected version {there[1]} of package {there[0]} as "
                f"in the baseline, found {named}"
            )


def _origins(side: Statistics) -> dict[str, tuple[str, int]]:
    """The packages that add metrics and conditions to the task, and their versions."""
    manifest = side.manifest
    metrics = {f"metric {one.name}": one.origin for one in manifest.added}
    conditions = {
        f"condition {one.condition}": one.origin
        for one in manifest.known_conditions
        if one.added_by
    }
    return metrics | conditions


def _notes(baseline: Statistics, candidate: Statistics) -> str:
    notes = [side.manifest.dataset_note for side in (baseline, candidate)]
    if notes[0] == notes[1]:
        return ""
    there, here = (note or "no note" for note in notes)
    return (
        f" ({there}; here: {here}; `benchsuite baseline accept {candidate.path} --reason WHY` "
        "makes it the baseline)"
    )


def _different_rows(
    baseline: pd.DataFrame, candidate: pd.DataFrame, attributes: Sequence[str]
) -> str:
    expected, found = baseline["sample_id"], candidate["sample_id"]
    if not np.array_equal(expected.to_numpy(dtype=object), found.to_numpy(dtype=object)):
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
) -> list[Compared]:
    """Every cell of the baseline beside the candidate's: conditions × groups, of one metric."""
    baseline, candidate = pair
    run = f"{candidate.identity.task}/{candidate.identity.model}"
    first = CLEAN.full_name if CLEAN.full_name in baseline.tables else next(iter(baseline.tables))
    compared: list[Compared] = []
    for condition in baseline.tables:
        weights = Weights(seed, baseline.manifest.populations[condition], replicates)
        with of_others(f"{run}, {condition}: {metric.name}"):
            found = _condition(pair, condition, metric, weights)
        compared += [
            Compared(
                pair, run, condition, group, metric.name, metric.higher_is_better, before, after,
                change, headline=group == EVERYBODY and condition == first, bounds=metric.bounds,
            )
            for group, before, after, change in found
        ]  # fmt: skip
    return _sharing(compared)


def _condition(
    pair: Pair, condition: str, metric: Metric, weights: Weights
) -> list[tuple[Group, Estimate, Estimate, Change]]:
    before, after = (side.tables[condition] for side in pair)
    groups = pair[0].groups(condition)
    old, new = (condition_cells(parts(side), [metric], groups, weights) for side in (before, after))
    sides = [(old[group, metric.name], new[group, metric.name]) for group in groups]
    changes = evidence((before, after), metric, membership(before, groups), sides)
    return [(g, *side, one) for g, side, one in zip(groups, sides, changes, strict=True)]


def _sharing(compared: Sequence[Compared]) -> list[Compared]:
    """The cells, each at least as skewed as its group's are on average over the conditions.

    The same samples are in them, and of a few conditions one may lack what is rare.
    """
    skews: dict[Group, list[float]] = {}
    for c in compared:
        skews.setdefault(c.group, []).append(c.evidence.skewness)
    least = {group: float(np.mean(found)) for group, found in skews.items()}
    return [
        replace(c, evidence=replace(c.evidence, skewness=max(c.evidence.skewness, least[c.group])))
        for c in compared
    ]
