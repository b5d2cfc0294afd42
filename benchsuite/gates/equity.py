"""`gate --equity`: a verdict on the gaps between groups, which needs no baseline.

It FAILs where the lower end of a gap is above 0, simultaneously over
all attributes, metrics and conditions; in `assure` it PASSes where the upper end of every gap is
within what is tolerated (STATISTICS.md, The gate).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from benchsuite.errors import WrongCall, near
from benchsuite.estimation import Estimate, Metric, Weights
from benchsuite.estimation.cells import condition_cells
from benchsuite.estimation.contrasts import Contrasts, contrasts, joint, largest, pairs
from benchsuite.estimation.equity import POWER
from benchsuite.estimation.estimate import MIN_CLUSTERS
from benchsuite.gates.regression import Policy, Verdict
from benchsuite.runs.statistics import Statistics


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


@dataclass(frozen=True, eq=False)
class EquityOutcome:
    """The verdict, one line that says it, the gaps, and what could not be looked at."""

    verdict: Verdict
    line: str
    gaps: tuple[Gap, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Groups:
    """The groups of one attribute under one metric and condition, with all their differences."""

    run: str
    condition: str
    attribute: str
    metric: Metric
    names: tuple[str, ...]
    values: np.ndarray[Any, np.dtype[np.float64]]
    differences: Contrasts
    clusters: int
    headline: bool
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Skipped:
    """An attribute that has no gap to look at, and why.

    kind  `none`: it has a single group; `small`: its groups are; `invalid`: one has no value
    """

    reason: str
    kind: str
    headline: bool


def equity_gate(
    runs: Sequence[Statistics], policy: Policy, tolerance: float = 0.0, metric: str = ""
) -> EquityOutcome:
    """The verdict on every gap of the runs: attributes × metrics × conditions, one alpha.

    In `detect`, the metrics are all that ask for equity; in `assure`, whose `tolerance` has a unit,
    the headline alone; in both, the named one where `metric` names one.
    Groups of fewer than 5 clusters are not looked at: the outcome names them, and no `assure` is a
    PASS beside them. INVALID where a group has no value in the headline metric, or no attribute has
    two groups of 5 clusters.
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
    missing = [one.reason for one in skipped if one.kind == "invalid" and one.headline]
    reasons = [one.reason for one in skipped]
    if missing or not found:
        reason = missing[0] if missing else "no attribute has two groups of 5 clusters"
        return EquityOutcome(Verdict.INVALID, f"INVALID: {reason}", (), tuple(reasons))
    gaps = _gaps(found, policy.alpha)
    small = dict.fromkeys(f"{g.run} {g.attribute}: {', '.join(g.left_out)}"
                          for g in gaps if g.left_out)  # fmt: skip
    verdict, text = (
        _assured(gaps, tolerance) if policy.mode == "assure" else _detected(gaps, policy)
    )
    unmeasured = [*small, *(one.reason for one in skipped if one.kind == "small" and one.headline)]
    if policy.mode == "assure" and verdict == Verdict.PASS and unmeasured:
        verdict = Verdict.INCONCLUSIVE
    if unmeasured and verdict != Verdict.FAIL:
        more = f" and {len(unmeasured) - 1} more" if len(unmeasured) > 1 else ""
        text = f"{text}; not looked at: {unmeasured[0]}{more}"
    return EquityOutcome(verdict, f"{verdict}: {text}", tuple(gaps), (*small, *reasons))


def _metrics(run: Statistics, name: str, every: bool) -> list[Metric]:
    declared = run.manifest["metrics"]
    known = {m["name"]: m for m in declared}
    if name and name not in known:
        raise WrongCall(f"--metric: task {run.identity['task']} has no metric '{name}'"
                        f"{near(name, known)}")  # fmt: skip
    asking = [m["name"] for m in declared if m.get("equity")] if every else []
    wanted = [name] if name else asking or [declared[0]["name"]]
    task = run.task
    return [metric for metric in task.metrics if metric.name in wanted]


def _run_groups(
    run: Statistics, metrics: Sequence[Metric], policy: Policy
) -> Iterator[_Groups | _Skipped]:
    name = f"{run.identity['task']}/{run.identity['model']}"
    for condition, table in run.tables.items():
        weights = Weights(policy.seed, run.manifest["populations"][condition], policy.replicates)
        groups = run.groups(condition)
        cells = condition_cells([table], metrics, groups, weights)
        for attribute, metric in product(dict.fromkeys(a for a, _ in groups[1:]), metrics):
            mine = {v: cells[(a, v), metric.name] for a, v in groups if a == attribute}
            yield _together(name, condition, attribute, metric, metric == metrics[0], mine)


def _together(
    run: str,
    condition: str,
    attribute: str,
    metric: Metric,
    headline: bool,
    estimates: Mapping[str, Estimate],
) -> _Groups | _Skipped:
    where = f"{run} {condition} {attribute} {metric.name}"
    large = {value: e for value, e in estimates.items() if e.clusters >= MIN_CLUSTERS}
    without = [value for value, e in large.items() if np.isnan(e.value)]
    if without:
        reason = f"{where}: group {without[0]} has no value ({large[without[0]].note})"
        return _Skipped(reason, "invalid", headline)
    if len(large) < 2:
        reason = f"{where}: {len(large)} of {len(estimates)} groups have 5 clusters"
        return _Skipped(reason, "small" if len(estimates) > 1 else "none", headline)
    parts = joint(list(large.values()))
    if parts.reason:
        return _Skipped(f"{where}: {parts.reason}", "small", headline)
    left_out = [f"{value} ({e.clusters} clusters)" for value, e in estimates.items()
                if value not in large]  # fmt: skip
    return _Groups(
        run, condition, attribute, metric, tuple(large), parts.values,
        contrasts(parts, pairs(len(large))), min(e.clusters for e in large.values()), headline,
        tuple(left_out),
    )  # fmt: skip


def _gaps(found: Sequence[_Groups], alpha: float) -> list[Gap]:
    """Every gap, its lower end simultaneous over all of them."""
    least = min(one.differences.centred.shape[1] for one in found)
    highest = [np.abs(g.differences.standardised()[:, :least]).max(axis=0) for g in found]
    c = largest(np.stack(highest), 1 - alpha)
    return [_gap(one, c, alpha) for one in found]


def _gap(one: _Groups, c: float, alpha: float) -> Gap:
    d = one.differences
    t = d.t(c)
    reach = one.metric.bounds[1] - one.metric.bounds[0]
    best, worst = int(np.argmax(one.values)), int(np.argmin(one.values))
    if not one.metric.higher_is_better:
        best, worst = worst, best
    return Gap(
        run=one.run,
        condition=one.condition,
        attribute=one.attribute,
        metric=one.metric.name,
        value=float(np.ptp(one.values)),
        low=max(0.0, float((d.values - t * d.se).max())),
        high=min(reach, float((d.values + d.t(float(special.ndtri(1 - alpha / 2))) * d.se).max())),
        mde=min(reach, float(((t + POWER) * d.se).max())),
        worst=one.names[worst],
        best=one.names[best],
        clusters=one.clusters,
        headline=one.headline,
        left_out=one.left_out,
    )


def _detected(gaps: Sequence[Gap], policy: Policy) -> tuple[Verdict, str]:
    unfair = sorted((g for g in gaps if g.low > 0), key=lambda g: -g.low / max(g.value, 1e-300))
    if unfair:
        named = ", ".join(
            f"{g.name} {g.value:.3f} ({g.worst} worse than {g.best}, at least {g.low:.3f})"
            for g in unfair[:5]
        )
        more = f" and {len(unfair) - 5} more" if len(unfair) > 5 else ""
        return Verdict.FAIL, f"a gap between groups: {named}{more}"
    # A blindness is told in the unit of a headline; gaps of the others have units of their own.
    blindest = max((g for g in gaps if g.headline), key=lambda g: g.mde, default=None)
    if blindest is None:
        return Verdict.INCONCLUSIVE, f"no gap is shown in {len(gaps)}, none of a headline metric"
    text = (
        f"no gap is shown in {len(gaps)} looked at; gaps under {blindest.mde:.3f} "
        f"({blindest.name}) go unseen"
    )
    if policy.max_mde is not None and blindest.mde > policy.max_mde:
        return Verdict.INCONCLUSIVE, f"{text}, more than the {policy.max_mde:.3f} allowed"
    return Verdict.PASS, text


def _assured(gaps: Sequence[Gap], tolerance: float) -> tuple[Verdict, str]:
    if tolerance <= 0:
        raise WrongCall(f"--tolerance: expected a gap above 0 to be tolerated, found {tolerance:g}")
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


def equity_summary(outcome: EquityOutcome, most: int = 30) -> str:
    """A Markdown summary for a pull request: the verdict, and the gaps, the surest first."""
    from benchsuite.publish.formats import markdown

    lines = [f"### benchsuite gate --equity: {outcome.line}", ""]
    rows = [
        {"run": g.run, "condition": g.condition, "attribute": g.attribute, "metric": g.metric,
         "gap": g.value, "at least": g.low, "at most": g.high, "unseen under": g.mde,
         "worst": g.worst, "best": g.best, "clusters": g.clusters}
        for g in sorted(outcome.gaps, key=lambda g: (-g.low, -g.value / max(g.mde, 1e-300)))
    ]  # fmt: skip
    if rows:
        lines.append(markdown(pd.DataFrame(rows[:most])))
        if len(rows) > most:
            lines.append(f"{len(rows) - most} more gaps, none of them surer than these.")
    lines += [f"- not looked at: {one}" for one in outcome.skipped[:most]]
    if len(outcome.skipped) > most:
        lines.append(f"- not looked at: {len(outcome.skipped) - most} more")
    return "\n".join(lines) + "\n"
