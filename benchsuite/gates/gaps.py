"""The gaps of a run: what `gate --equity` looks at, each with its ends.

A protocol may hold a perfect model down in some groups. A gap is then shown only where it is left
both in the scores and in what they are of the attainable (STATISTICS.md, Ceilings).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import product
from typing import Any

import numpy as np

from benchsuite.estimation import Estimate, Metric, Weights
from benchsuite.estimation.ceilings import attained, falls_short
from benchsuite.estimation.cells import Group, condition_cells
from benchsuite.estimation.contrasts import Array, joint, largest
from benchsuite.estimation.equity import POWER
from benchsuite.estimation.estimate import MIN_CLUSTERS
from benchsuite.estimation.groups import too_little, usable_groups
from benchsuite.estimation.mover import Differences
from benchsuite.estimation.wording import worded
from benchsuite.gates.verdict import Finding
from benchsuite.runs.ceilings import ceiling
from benchsuite.runs.forms import Form
from benchsuite.runs.statistics import Statistics
from benchsuite.runs.tables import parts


@dataclass(frozen=True, eq=False)
class Gap:
    """The gap of one attribute, metric and condition of a run.

    low, high  its ends: simultaneous over every gap of the call, and pointwise
    mde        the gap that would have been shown with 80 % power; at most all that a metric spans
    headline   whether the metric is the first of those that are looked at
    left_out   the groups of fewer than 5 clusters, which no gap can tell of
    short      the groups in which a perfect model falls short, with what it gets
    status     what the gate says of it: `worse`, `not worse`, or `no verdict`
    """

    run: str
    condition: str
    attribute: str
    metric: str
    value: float
    low: float
    high: float
    mde: float
    worst: str
    best: str
    clusters: int
    headline: bool
    left_out: tuple[str, ...]
    short: tuple[str, ...] = ()
    status: str = "no verdict"

    @property
    def name(self) -> str:
        """`fairseg/erm clean race dice`."""
        return f"{self.run} {self.condition} {self.attribute} {self.metric}"

    @property
    def finding(self) -> Finding:
        """The gap as it is published, with its simultaneous ends."""
        return Finding(
            name=self.name,
            run=self.run,
            condition=self.condition,
            attribute=self.attribute,
            group=self.worst,
            metric=self.metric,
            form=Form.GAP,
            family="headline" if self.headline else "detail",
            status=self.status,
            difference=self.value,
            low=self.low,
            high=self.high,
            detectable=self.mde,
            clusters=self.clusters,
            note=f"{self.worst} worse than {self.best}",
        )

    def columns(self) -> dict[str, Any]:
        """What a table shows of the gap."""
        return {
            "run": self.run, "condition": self.condition, "attribute": self.attribute,
            "metric": self.metric, "gap": self.value, "at least": self.low, "at most": self.high,
            "unseen under": self.mde, "worst": self.worst, "best": self.best,
            "clusters": self.clusters,
        }  # fmt: skip


class Why(Enum):
    """Why an attribute has no gap."""

    SINGLE_GROUP = auto()
    TOO_FEW_CLUSTERS = auto()
    NO_VALUE = auto()


@dataclass(frozen=True, eq=False)
class _About:
    """What a gap is of; `headline`: the metric is the first of those that are looked at."""

    run: str
    condition: str
    attribute: str
    metric: Metric
    headline: bool


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one attribute under one metric and condition, with all their differences.

    attained  the differences of what they attain, where a perfect model falls short in a group
    short     these groups, each with what it gets there
    """

    about: _About
    names: tuple[str, ...]
    values: Array
    apart: Differences
    clusters: int
    left_out: tuple[str, ...]
    attained: Differences | None = None
    short: tuple[str, ...] = ()

    @property
    def highest(self) -> Array:
        """The largest standardised difference in each replicate (R,)."""
        every = [np.abs(one.contrasts.standardised()) for one in (self.apart, self.attained) if one]
        return np.asarray(np.concatenate(every).max(axis=0))


@dataclass(frozen=True)
class Skipped:
    """An attribute that has no gap to look at under a condition and metric, and why."""

    run: str
    condition: str
    attribute: str
    metric: str
    reason: str
    why: Why
    headline: bool


def run_groups(
    run: Statistics, name: str, metrics: Sequence[Metric], seed: int, replicates: int
) -> Iterator[Groups | Skipped]:
    """The groups of each attribute of a run, by condition and metric; or why there is no gap."""
    for condition in run.tables:
        weights = Weights(seed, run.manifest.populations[condition], replicates)
        groups = run.groups(condition)
        cells = condition_cells(parts(run.tables[condition]), metrics, groups, weights)
        axes = dict.fromkeys(group.attributes for group in groups[1:])
        for axis, metric in product(axes, metrics):
            mine = [group for group in groups if group.attributes == axis]
            perfect = (ceiling(run.ceilings, condition, group, metric.name) for group in mine)
            yield _together(
                _About(name, condition, mine[0].attribute, metric, metric == metrics[0]),
                {group: cells[group, metric.name] for group in mine},
                [one.value if one else math.nan for one in perfect],
            )


def _together(
    about: _About, estimates: Mapping[Group, Estimate], ceilings: Sequence[float]
) -> Groups | Skipped:
    """The groups with all their differences; `ceilings` are theirs, NaN where nobody knows."""
    where = f"{about.run} {about.condition} {about.attribute} {about.metric.name}"
    for group, estimate in estimates.items():
        if estimate.clusters >= MIN_CLUSTERS and np.isnan(estimate.value):
            reason = f"group {group.value} has no value ({worded(estimate.notes)})"
            return _skipped(about, reason, Why.NO_VALUE)
    bounds, better = about.metric.bounds, about.metric.higher_is_better
    usable = usable_groups([*estimates.values()], bounds, key=where)
    if len(usable.estimates) < 2:
        reason = f"{len(usable.estimates)} of {len(estimates)} groups have 5 clusters"
        why = Why.TOO_FEW_CLUSTERS if len(estimates) > 1 else Why.SINGLE_GROUP
        return _skipped(about, reason, why)
    parts = joint(usable.estimates)
    groups = [*estimates]
    short = {g.value: c for g, c in zip(groups, ceilings, strict=True)
             if falls_short(c, bounds, better)}  # fmt: skip
    return Groups(
        about=about,
        names=tuple(group.value for i, group in enumerate(groups) if i not in usable.left_out),
        values=parts.values,
        apart=Differences.of(usable.estimates, parts, bounds),
        clusters=min(e.clusters for e in usable.estimates),
        left_out=tuple(
            f"{groups[i].value} ({too_little(estimates[groups[i]])})" for i in usable.left_out
        ),
        attained=_attained([*estimates.values()], ceilings, about, where) if short else None,
        short=tuple(f"{value} {ceiling:.3f}" for value, ceiling in short.items()),
    )


def _skipped(about: _About, reason: str, why: Why) -> Skipped:
    metric = about.metric.name
    return Skipped(about.run, about.condition, about.attribute, metric, reason, why, about.headline)


def _attained(
    estimates: Sequence[Estimate], ceilings: Sequence[float], about: _About, key: str
) -> Differences:
    """The differences between groups of what each score is of the attainable."""
    bounds, better = about.metric.bounds, about.metric.higher_is_better
    scores = [attained(e, c, bounds, better) for e, c in zip(estimates, ceilings, strict=True)]
    usable = usable_groups(scores, bounds, key=key).estimates
    return Differences.of(usable, joint(usable), bounds)


def gaps_of(found: Sequence[Groups], alpha: float) -> list[Gap]:
    """Every gap, its lower end simultaneous over all of them."""
    c = largest(np.stack([one.highest for one in found]), 1 - alpha)
    return [_gap(one, c, alpha) for one in found]


def _gap(one: Groups, c: float, alpha: float) -> Gap:
    about, differences = one.about, one.apart.contrasts
    low, high = one.apart.ends(c, 1 - alpha)
    if one.attained:  # the same two groups must differ both ways
        low = max(0.0, float(np.minimum(one.apart.lower(c), one.attained.lower(c)).max()))
    reach = about.metric.bounds[1] - about.metric.bounds[0]
    best, worst = int(np.argmax(one.values)), int(np.argmin(one.values))
    if not about.metric.higher_is_better:
        best, worst = worst, best
    return Gap(
        run=about.run,
        condition=about.condition,
        attribute=about.attribute,
        metric=about.metric.name,
        value=float(np.ptp(one.values)),
        low=low,
        high=min(reach, high),
        mde=min(reach, float(((differences.t(c) + POWER) * differences.se).max())),
        worst=one.names[worst],
        best=one.names[best],
        clusters=one.clusters,
        headline=about.headline,
        left_out=one.left_out,
        short=one.short,
    )
