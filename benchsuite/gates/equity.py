"""`gate --equity`: a verdict on the gaps between groups, which needs no baseline.

It FAILs where the lower end of a gap is above 0, simultaneously over all attributes, metrics and
conditions. In `assure` it PASSes where the upper end of every gap is within what is tolerated
(STATISTICS.md, The gate).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import product
from typing import Any, Final

import numpy as np

from benchsuite.errors import WrongCall
from benchsuite.estimation import Estimate, Metric, Weights
from benchsuite.estimation.cells import Group, condition_cells
from benchsuite.estimation.contrasts import Array, joint, largest
from benchsuite.estimation.equity import POWER
from benchsuite.estimation.estimate import MIN_CLUSTERS
from benchsuite.estimation.groups import too_little, usable_groups
from benchsuite.estimation.mover import Differences
from benchsuite.estimation.wording import worded
from benchsuite.gates.verdict import Outcome, Verdict, check_replicates, check_share, named
from benchsuite.runs.statistics import Statistics

NAME: Final = "gate --equity"


@dataclass(frozen=True, eq=False)
class Gap:
    """The gap of one attribute, metric and condition of a run.

    low, high  its ends: simultaneous over every gap of the call, and pointwise
    mde        the gap that would have been shown with 80 % power; at most all that a metric spans
    headline   whether the metric is the first of those that are looked at
    left_out   the groups of fewer than 5 clusters, which no gap can tell of
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

    @property
    def name(self) -> str:
        """`fairseg/erm clean race dice`."""
        return f"{self.run} {self.condition} {self.attribute} {self.metric}"

    def columns(self) -> dict[str, Any]:
        """What a table shows of the gap."""
        return {
            "run": self.run, "condition": self.condition, "attribute": self.attribute,
            "metric": self.metric, "gap": self.value, "at least": self.low, "at most": self.high,
            "unseen under": self.mde, "worst": self.worst, "best": self.best,
            "clusters": self.clusters,
        }  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """What the gate tolerates.

    mode       detect: FAIL where a gap is shown; assure: PASS where every gap is shown to be within
               `tolerance`, in the metric's unit
    alpha      the family-wise error of the whole call
    max_gap    in detect, turn PASS into INCONCLUSIVE if a larger gap could have gone undetected
    """

    mode: str = "detect"
    alpha: float = 0.05
    tolerance: float = 0.0
    max_gap: float | None = None
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_share("--alpha", self.alpha)
        check_replicates(self.replicates)
        if self.mode == "assure" and self.tolerance <= 0:
            raise WrongCall(
                f"--tolerance: expected a gap above 0 to be tolerated, found {self.tolerance:g}"
            )


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
class _Groups:
    """The groups of one attribute under one metric and condition, with all their differences."""

    about: _About
    names: tuple[str, ...]
    values: Array
    apart: Differences
    clusters: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Skipped:
    """An attribute that has no gap to look at, and why."""

    reason: str
    why: Why
    headline: bool


def equity_gate(runs: Sequence[Statistics], policy: Policy, metric: str = "") -> Outcome[Gap]:
    """The verdict on every gap of the runs: attributes × metrics × conditions, one alpha.

    `metric` names the metric. Without it, `detect` looks at all metrics that ask for equity, and
    `assure` at the headline, because its tolerance has a unit. Groups of fewer than 5 clusters are
    left out and named; no `assure` passes beside them. INVALID if a group has no headline value, or
    no attribute has two groups of 5 clusters.
    """
    found: list[_Groups] = []
    skipped: list[_Skipped] = []
    for run in runs:
        metrics = _metrics(run, metric, policy.mode == "detect")
        for each in _run_groups(run, metrics, policy):
            if isinstance(each, _Groups):
                found.append(each)
            else:
                skipped.append(each)
    remarks = [f"not looked at: {one.reason}" for one in skipped]
    missing = [one.reason for one in skipped if one.why == Why.NO_VALUE and one.headline]
    if missing or not found:
        reason = missing[0] if missing else "no attribute has two groups of 5 clusters"
        return Outcome(NAME, Verdict.INVALID, reason, (), tuple(remarks))
    gaps = sorted(_gaps(found, policy.alpha), key=_surest)
    small = {f"{g.run} {g.attribute}: {', '.join(g.left_out)}": g for g in gaps if g.left_out}
    few = [one.reason for one in skipped if one.why == Why.TOO_FEW_CLUSTERS and one.headline]
    verdict, text = _verdict(gaps, [*small, *few], policy)
    remarks = [*(f"not looked at: {one}" for one in small), *remarks]
    return Outcome(NAME, verdict, text, tuple(gaps), tuple(remarks))


def _verdict(gaps: Sequence[Gap], unmeasured: Sequence[str], policy: Policy) -> tuple[Verdict, str]:
    """The verdict on gaps, beside groups that were not measured."""
    assured = policy.mode == "assure"
    verdict, text = _assured(gaps, policy) if assured else _detected(gaps, policy)
    if assured and verdict == Verdict.PASS and unmeasured:
        verdict = Verdict.INCONCLUSIVE
    if unmeasured and verdict != Verdict.FAIL:
        text = f"{text}; not looked at: {named(unmeasured, most=1)}"
    return verdict, text


def _surest(gap: Gap) -> tuple[float, float]:
    return -gap.low, -gap.value / max(gap.mde, 1e-300)


def _metrics(run: Statistics, name: str, every: bool) -> list[Metric]:
    if name:
        return [run.metric(name)]
    return [metric for metric in run.metrics if metric.equity and every] or [run.metrics[0]]


def _run_groups(
    run: Statistics, metrics: Sequence[Metric], policy: Policy
) -> Iterator[_Groups | _Skipped]:
    name = f"{run.identity.task}/{run.identity.model}"
    for condition, table in run.tables.items():
        weights = Weights(policy.seed, run.manifest.populations[condition], policy.replicates)
        groups = run.groups(condition)
        cells = condition_cells([table], metrics, groups, weights)
        axes = dict.fromkeys(group.attributes for group in groups[1:])
        for axis, metric in product(axes, metrics):
            mine = [group for group in groups if group.attributes == axis]
            yield _together(
                _About(name, condition, mine[0].attribute, metric, metric == metrics[0]),
                {group: cells[group, metric.name] for group in mine},
            )


def _together(about: _About, estimates: Mapping[Group, Estimate]) -> _Groups | _Skipped:
    where = f"{about.run} {about.condition} {about.attribute} {about.metric.name}"
    for group, estimate in estimates.items():
        if estimate.clusters >= MIN_CLUSTERS and np.isnan(estimate.value):
            reason = f"{where}: group {group.value} has no value ({worded(estimate.notes)})"
            return _Skipped(reason, Why.NO_VALUE, about.headline)
    bounds = about.metric.bounds
    usable = usable_groups([*estimates.values()], bounds, key=where)
    if len(usable.estimates) < 2:
        reason = f"{where}: {len(usable.estimates)} of {len(estimates)} groups have 5 clusters"
        why = Why.TOO_FEW_CLUSTERS if len(estimates) > 1 else Why.SINGLE_GROUP
        return _Skipped(reason, why, about.headline)
    parts = joint(usable.estimates)
    groups = [*estimates]
    return _Groups(
        about=about,
        names=tuple(group.value for i, group in enumerate(groups) if i not in usable.left_out),
        values=parts.values,
        apart=Differences.of(usable.estimates, parts, bounds),
        clusters=min(e.clusters for e in usable.estimates),
        left_out=tuple(
            f"{groups[i].value} ({too_little(estimates[groups[i]])})" for i in usable.left_out
        ),
    )


def _gaps(found: Sequence[_Groups], alpha: float) -> list[Gap]:
    """Every gap, its lower end simultaneous over all of them."""
    highest = [np.abs(one.apart.contrasts.standardised()).max(axis=0) for one in found]
    c = largest(np.stack(highest), 1 - alpha)
    return [_gap(one, c, alpha) for one in found]


def _gap(one: _Groups, c: float, alpha: float) -> Gap:
    about, differences = one.about, one.apart.contrasts
    low, high = one.apart.ends(c, 1 - alpha)
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
    )


def _detected(gaps: Sequence[Gap], policy: Policy) -> tuple[Verdict, str]:
    unfair = sorted((g for g in gaps if g.low > 0), key=lambda g: -g.low / max(g.value, 1e-300))
    if unfair:
        shown = (
            f"{g.name} {g.value:.3f} ({g.worst} worse than {g.best}, at least {g.low:.3f})"
            for g in unfair
        )
        return Verdict.FAIL, f"a gap between groups: {named(shown)}"
    # The smallest gap that is seen has the unit of a headline; other metrics have their own.
    blindest = max((g for g in gaps if g.headline), key=lambda g: g.mde, default=None)
    if blindest is None:
        return Verdict.INCONCLUSIVE, f"no gap is shown in {len(gaps)}, none of a headline metric"
    text = (
        f"no gap is shown in {len(gaps)} looked at; gaps under {blindest.mde:.3f} "
        f"({blindest.name}) go unseen"
    )
    if policy.max_gap is not None and blindest.mde > policy.max_gap:
        return Verdict.INCONCLUSIVE, f"{text}, more than the {policy.max_gap:.3f} allowed"
    return Verdict.PASS, text


def _assured(gaps: Sequence[Gap], policy: Policy) -> tuple[Verdict, str]:
    tolerance = policy.tolerance
    unfair = [g for g in gaps if g.low > tolerance]
    if unfair:
        return Verdict.FAIL, f"{unfair[0].name}: the gap is at least {unfair[0].low:.3f}"
    wide = [g for g in gaps if g.high > tolerance]
    if not wide:
        return Verdict.PASS, f"all {len(gaps)} gaps are shown to be within {tolerance:g}"
    return Verdict.INCONCLUSIVE, (
        f"{len(wide)} of {len(gaps)} gaps are not shown to be within {tolerance:g}: "
        f"{wide[0].name} may be {wide[0].high:.3f}"
    )
