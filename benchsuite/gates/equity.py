"""`gate --equity`: a verdict on the gaps between groups, which needs no baseline.

It FAILs where the lower end of a gap is above 0, simultaneously over all attributes, metrics and
conditions. In `assure` it PASSes where the upper end of every gap is within what is tolerated
(STATISTICS.md, The gate).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchsuite.errors import WrongCall, some_of
from benchsuite.estimation import Metric
from benchsuite.gates.gaps import Gap, Groups, Skipped, Why, gaps_of, run_groups
from benchsuite.gates.names import names_of
from benchsuite.gates.remarks import once
from benchsuite.gates.verdict import Outcome, Verdict, check_replicates, check_share, fingerprint
from benchsuite.runs.statistics import Statistics

NAME: Final = "gate --equity"
HELD: Final = (
    "a perfect model gets {} under this protocol; a gap is shown only where it is also one of what "
    "each group's score is of that"
)
"""What is said of a gap that the protocol may make."""


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


def equity_gate(runs: Sequence[Statistics], policy: Policy, metric: str = "") -> Outcome[Gap]:
    """The verdict on every gap of the runs: attributes × metrics × conditions, one alpha.

    `metric` names the metric. Without it, `detect` looks at all metrics that ask for equity, and
    `assure` at the headline, because its tolerance has a unit. Groups of fewer than 5 clusters are
    left out and named; no `assure` passes beside them. INVALID if a group has no headline value, or
    no attribute has two groups of 5 clusters.
    """
    named = [*zip(names_of(runs), runs, strict=True)]
    conditions = {name: [*run.tables] for name, run in named}
    found, skipped = _looked_at(named, policy, metric)
    remarks = _not_looked_at(skipped, conditions)
    missing = [s for s in skipped if s.why == Why.NO_VALUE and s.headline][:1]
    if missing or not found:
        without = once(((s, s.reason) for s in missing), conditions)
        (reason,) = without or ["no attribute has two groups of 5 clusters"]
        return Outcome(NAME, Verdict.INVALID, reason, (), tuple(remarks), fingerprint(policy))
    gaps = sorted(gaps_of(found, policy.alpha), key=_surest)
    gaps = [replace(gap, status=_status(gap, policy)) for gap in gaps]
    small = {f"{g.run} {g.attribute}: {', '.join(g.left_out)}": g for g in gaps if g.left_out}
    scarce = [s for s in skipped if s.why == Why.TOO_FEW_CLUSTERS and s.headline]
    few = once(((s, s.reason) for s in scarce), conditions)
    verdict, text = _verdict(gaps, [*small, *few], policy)
    held = once(((g, HELD.format(", ".join(g.short))) for g in gaps if g.short), conditions)
    remarks = [*(f"not looked at: {one}" for one in small), *remarks, *held]
    return Outcome(NAME, verdict, text, tuple(gaps), tuple(remarks), fingerprint(policy))


def _looked_at(
    runs: Iterable[tuple[str, Statistics]], policy: Policy, metric: str
) -> tuple[list[Groups], list[Skipped]]:
    """The groups of all runs whose gaps are judged, and what has no gap."""
    found: list[Groups] = []
    skipped: list[Skipped] = []
    for name, run in runs:
        metrics = _metrics(run, metric, policy.mode == "detect")
        for each in run_groups(run, name, metrics, policy.seed, policy.replicates):
            if isinstance(each, Groups):
                found.append(each)
            else:
                skipped.append(each)
    return found, skipped


def _not_looked_at(
    skipped: Iterable[Skipped], conditions: Mapping[str, Sequence[str]]
) -> list[str]:
    """A line for each reason, which names the conditions and metrics that it is one for."""
    return [f"not looked at: {one}" for one in once(((s, s.reason) for s in skipped), conditions)]


def _verdict(gaps: Sequence[Gap], unmeasured: Sequence[str], policy: Policy) -> tuple[Verdict, str]:
    """The verdict on gaps, beside groups that were not measured."""
    assured = policy.mode == "assure"
    verdict, text = _assured(gaps, policy) if assured else _detected(gaps, policy)
    if assured and verdict == Verdict.PASS and unmeasured:
        verdict = Verdict.INCONCLUSIVE
    if unmeasured and verdict != Verdict.FAIL:
        text = f"{text}; not looked at: {some_of(unmeasured, most=1)}"
    return verdict, text


def _status(gap: Gap, policy: Policy) -> str:
    """What is said of one gap, by the same bounds as the verdict."""
    assured = policy.mode == "assure"
    if gap.low > (policy.tolerance if assured else 0):
        return "worse"
    return "not worse" if not assured or gap.high <= policy.tolerance else "no verdict"


def _surest(gap: Gap) -> tuple[float, float]:
    return -gap.low, -gap.value / max(gap.mde, 1e-300)


def _metrics(run: Statistics, name: str, every: bool) -> list[Metric]:
    if name:
        return [run.metric(name)]
    return [metric for metric in run.metrics if metric.equity and every] or [run.metrics[0]]


def _detected(gaps: Sequence[Gap], policy: Policy) -> tuple[Verdict, str]:
    unfair = sorted(
        (g for g in gaps if g.status == "worse"), key=lambda g: -g.low / max(g.value, 1e-300)
    )
    if unfair:
        shown = (
            f"{g.name} {g.value:.3f} ({g.worst} worse than {g.best}, at least {g.low:.3f})"
            for g in unfair
        )
        return Verdict.FAIL, f"a gap between groups: {some_of(shown)}"
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
    unfair = [g for g in gaps if g.status == "worse"]
    if unfair:
        return Verdict.FAIL, f"{unfair[0].name}: the gap is at least {unfair[0].low:.3f}"
    wide = [g for g in gaps if g.status == "no verdict"]
    if not wide:
        return Verdict.PASS, f"all {len(gaps)} gaps are shown to be within {tolerance:g}"
    return Verdict.INCONCLUSIVE, (
        f"{len(wide)} of {len(gaps)} gaps are not shown to be within {tolerance:g}: "
        f"{wide[0].name} may be {wide[0].high:.3f}"
    )
