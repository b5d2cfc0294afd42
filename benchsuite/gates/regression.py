"""The gate: two sets of per-sample statistics -> a verdict that knows noise from damage.

One call spends one family-wise error of alpha, whatever it covers. A share goes to the headline
family (one overall cell per task and model), the rest to the detail family (conditions and groups).
Each family spans all runs (STATISTICS.md, The gate).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchsuite.errors import BadData, WrongCall, some_of
from benchsuite.estimation import (
    Code,
    Derived,
    Metric,
    family_test,
    gap_grew,
    note,
    together,
    worst_fell,
)
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.wording import worded
from benchsuite.gates.answers import of_another_model, with_kept
from benchsuite.gates.assurance import Allowed, assured
from benchsuite.gates.pairs import Compared, Pair, compare_pair, problems_of
from benchsuite.gates.verdict import Outcome, Verdict, check_replicates, check_share

NAME: Final = "gate"

DERIVED_SHARE: Final = 0.2
"""Of the details' share of alpha, what the lines on worst groups and gaps get."""


@dataclass(frozen=True)
class Policy:
    """What the gate tolerates.

    mode      detect: pass what is not shown to be worse; assure: what is shown not to be worse by
              more than `margin`, a share of the baseline's absolute value, or more than `tolerance`
              in the metric's unit where that is given
    alpha     the family-wise error of the whole call; `headline_share` of it is the headline's
    least_drop  what drops by less, as a share of the baseline, never fails
    max_mde   in detect, turn PASS into INCONCLUSIVE if a headline drop larger than this, as a share
              of the baseline, could have gone undetected
    """

    mode: str = "detect"
    alpha: float = 0.05
    headline_share: float = 0.5
    margin: float = 0.02
    tolerance: float = 0.0
    max_mde: float | None = None
    least_drop: float = 0.0
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_share("--alpha", self.alpha)
        check_share("--headline-share", self.headline_share)
        check_share("--margin", self.margin)
        if not self.tolerance >= 0:
            raise WrongCall(f"--tolerance: expected 0 or more, found {self.tolerance:g}")
        check_replicates(self.replicates)
        if not 0 <= self.least_drop < 1:
            raise WrongCall(
                f"--least-drop: expected a share of the baseline, found {self.least_drop:g}"
            )

    @property
    def headline(self) -> float:
        """The error of the headline family."""
        return self.alpha * self.headline_share

    @property
    def derived(self) -> float:
        """The error of all lines on worst groups and gaps: a fifth of what the headline leaves."""
        return DERIVED_SHARE * (self.alpha - self.headline)

    @property
    def detail(self) -> float:
        """The error of the detail family."""
        return self.alpha - self.headline - self.derived


def gate(pairs: Sequence[Pair], metrics: Mapping[str, Metric], policy: Policy) -> Outcome[Compared]:
    """The verdict on (baseline, candidate) pairs; `metrics` holds the headline metric of each task.

    INVALID, never a pass: another dataset, other samples, a missing condition or group, NaN, and
    kept answers of a model that the server no longer claims to be.
    """
    candidates = [candidate for _, candidate in pairs]
    problems = [p for pair in pairs for p in problems_of(pair, metrics[pair[0].identity.task])]
    problems += of_another_model(candidates)
    if problems or not pairs:
        return Outcome(NAME, Verdict.INVALID, (problems or ["nothing to compare"])[0])
    compared = compare_pairs(pairs, metrics, policy)
    found = replace(judge(compared, policy), remarks=tuple(worsened(compared, policy.derived)))
    return with_kept(found, candidates)


def compare_pairs(
    pairs: Sequence[Pair], metrics: Mapping[str, Metric], policy: Policy
) -> list[Compared]:
    """The cells of all pairs, by the metric of their task."""
    return [
        cell
        for pair in pairs
        for cell in compare_pair(
            pair, metrics[pair[0].identity.task], policy.seed, policy.replicates
        )
    ]


def headline_metrics(pairs: Iterable[Pair], name: str = "") -> dict[str, Metric]:
    """The metric that the gate looks at, by task: the named one, or the task's headline.

    A metric of a plugin is judged only where it is named, and only where both sides have it.
    """
    found: dict[str, Metric] = {}
    for baseline, candidate in pairs:
        known = {record.name for record in baseline.manifest.metrics}
        if name in {record.name for record in candidate.manifest.added} - known:
            raise BadData(
                f"{baseline.path}: expected the metric '{name}' as in {candidate.path}, found "
                f"{', '.join(known)}; `benchsuite baseline {candidate.path}` makes one with it"
            )
        found[baseline.identity.task] = baseline.metric(name) if name else baseline.metrics[0]
    return found


def judge(compared: Sequence[Compared], policy: Policy) -> Outcome[Compared]:
    """The verdict on compared cells, without remarks."""
    if policy.mode == "assure" and not _without_value(compared):
        allowed = Allowed(policy.margin, policy.tolerance)
        verdict, reason, judged = assured(compared, allowed, policy.alpha)
        return Outcome(NAME, verdict, reason, tuple(judged))
    grouped = any(c.group != EVERYBODY for c in compared)
    share = policy.detail if grouped else policy.detail + policy.derived
    head = _tested([c for c in compared if c.headline], policy.headline, policy)
    rest = _tested([c for c in compared if not c.headline], share, policy)
    verdict, reason = _decided(head, rest, policy)
    return Outcome(NAME, verdict, reason, (*_surest(head), *_surest(rest)))


def _decided(
    head: Sequence[Compared], rest: Sequence[Compared], policy: Policy
) -> tuple[Verdict, str]:
    cells = [*head, *rest]
    for c in _without_value(cells):
        return Verdict.INVALID, f"{c.name} has no value ({worded(c.candidate.notes)})"
    worse = sorted(
        (c for c in cells if c.cell.worse), key=lambda c: (not c.headline, c.change.value)
    )
    if worse:
        return Verdict.FAIL, f"worse: {some_of(f'{c.name} {c.raised:+.3f}' for c in worse)}"
    verdict, text = _undetected(head, policy)
    return verdict, text + _small(cells, policy.least_drop) + _untold(rest)


def _without_value(cells: Iterable[Compared]) -> list[Compared]:
    return [c for c in cells if np.isnan(c.candidate.value) and c.baseline.n > 0]


def _surest(cells: Sequence[Compared]) -> list[Compared]:
    """The cells, those first that are worse with the smallest p; untested ones last."""
    return sorted(cells, key=lambda c: np.inf if np.isnan(c.cell.p) else c.cell.p)


def worsened(compared: Sequence[Compared], alpha: float) -> Iterator[str]:
    """The worst groups that fell and the gaps that grew, at one alpha for all: no FAIL."""
    families: dict[tuple[str, str, tuple[str, ...]], list[Compared]] = {}
    for cell in compared:
        if cell.group != EVERYBODY:
            key = (cell.run, cell.condition, cell.group.attributes)
            families.setdefault(key, []).append(cell)
    lines: dict[str, Derived] = {}
    for (run, condition, _), cells in families.items():
        before, after = [c.baseline for c in cells], [c.candidate for c in cells]
        where = f"{run} {condition} {cells[0].group.attribute}"
        better = cells[0].higher_is_better
        lines[f"{where}: worst group"] = worst_fell(before, after, alpha, better)
        lines[f"{where}: gap"] = gap_grew(before, after, alpha)
    for line, found in zip(lines, together(list(lines.values()), alpha), strict=True):
        if found.worse:
            yield f"{line}: worse (p = {found.p:.3f})"


def _tested(cells: Sequence[Compared], alpha: float, policy: Policy) -> list[Compared]:
    if not cells:
        return []
    family = family_test([c.evidence for c in cells], alpha)
    judged = [replace(c, cell=verdict) for c, verdict in zip(cells, family.cells, strict=True)]
    return [_excused(c, policy.least_drop) for c in judged]


def _excused(c: Compared, least_drop: float) -> Compared:
    """The cell; no longer worse where it fell by less than the smallest drop that matters."""
    if not c.cell.worse or -c.change.value >= least_drop * abs(c.baseline.value):
        return c
    return replace(c, cell=replace(c.cell, verdict="not worse", notes=note(Code.SMALL_DROP)))


def blindest(cells: Iterable[Compared]) -> Compared | None:
    """The cell with the largest `unseen_share`; None where none was tested."""
    tested = [c for c in cells if not np.isnan(c.unseen)]
    return max(tested, key=lambda c: c.unseen_share, default=None)


def _without_verdict(cells: Iterable[Compared]) -> list[Compared]:
    """The cells that differ and were not judged; those that lose most come first."""
    found = [c for c in cells if c.differing and c.cell.verdict == "no verdict"]
    return sorted(found, key=lambda c: c.change.value * c.change.clusters)


def _untold(rest: Sequence[Compared]) -> str:
    """The details that a PASS does not cover, in words."""
    if not (untold := _without_verdict(rest)):
        return ""
    first = untold[0]
    reason = worded(first.cell.notes)
    return f"; no verdict on {len(untold)} cells ({first.name} {first.raised:+.3f}: {reason})"


def _small(cells: Sequence[Compared], least_drop: float) -> str:
    """The cells that fell by less than the smallest drop that matters, in words."""
    small = [c for c in cells if any(n.code == Code.SMALL_DROP for n in c.cell.notes)]
    if not small:
        return ""
    share = f"{100 * least_drop:g} %"
    return f"; worse by less than {share}: {some_of(f'{c.name} {c.raised:+.3g}' for c in small)}"


def _undetected(head: Sequence[Compared], policy: Policy) -> tuple[Verdict, str]:
    if untold := _without_verdict(head):
        return Verdict.INCONCLUSIVE, f"nothing detected{_untold(untold)}"
    blind = blindest(head)
    if blind is None:
        return Verdict.PASS, "nothing detected; no overall sample differs"
    share = f"{100 * blind.unseen_share:.1f} %"
    text = f"nothing detected; drops under {blind.unseen:.3g} ({share} of {blind.name}) go unseen"
    if policy.max_mde is not None and blind.unseen_share > policy.max_mde:
        return Verdict.INCONCLUSIVE, f"{text}, more than the {100 * policy.max_mde:g} % allowed"
    return Verdict.PASS, text
