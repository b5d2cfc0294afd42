"""The gate: two sets of per-sample statistics -> a verdict that knows noise from damage.

One call spends one family-wise error of alpha, whatever it covers. A share goes to the headline
family (one overall cell per run and metric), one to the detail family (conditions and groups), and
one to worst groups and gaps. Each family spans all runs (STATISTICS.md, The gate).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from benchsuite.errors import some_of
from benchsuite.estimation import Code, family_test, note
from benchsuite.estimation.wording import worded
from benchsuite.gates.answers import of_another_model, with_kept
from benchsuite.gates.assurance import assured
from benchsuite.gates.chosen import (
    Asked,
    Metrics,
    asked,
    compared,
    families,
    left_out,
    told_small,
    too_small,
    unmet,
)
from benchsuite.gates.derived import Shift, shifts
from benchsuite.gates.names import names_of
from benchsuite.gates.pairs import Compared, Pair, problems_of
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Outcome, Verdict, fingerprint

NAME: Final = "gate"

LookedAt = TypeVar("LookedAt", Compared, Shift)


def gate(pairs: Sequence[Pair], metrics: Metrics, policy: Policy) -> Outcome[Compared]:
    """The verdict on (baseline, candidate) pairs; `metrics` are those to judge, by task.

    INVALID, never a pass: another dataset, other samples, a missing condition or group, NaN, and
    kept answers of a model that the server no longer claims to be.
    """
    name, judged = fingerprint(policy), asked(pairs, metrics, policy)
    apart = [*left_out(pairs, judged, policy), *unmet(judged, policy)]
    candidates = [one.pair[1] for one in judged]
    problems = problems_in(judged)
    if problems or not judged:
        reason = (problems or apart or ["nothing to compare"])[0]
        return Outcome(NAME, Verdict.INVALID, reason, policy=name)
    found = verdict_on(compare_pairs(judged, policy), judged, policy)
    remarks = (*found.remarks, *apart)
    return with_kept(replace(found, policy=name, remarks=remarks), candidates)


def problems_in(judged: Sequence[Asked]) -> list[str]:
    """Why pairs cannot be judged, one line per reason."""
    problems = [p for one in judged for m in one.metrics for p in problems_of(one.pair, m)]
    return [*problems, *of_another_model(one.pair[1] for one in judged)]


def verdict_on(
    cells: Sequence[Compared], judged: Sequence[Asked], policy: Policy
) -> Outcome[Compared]:
    """The verdict on the cells of pairs, with remarks on them; it does not name the policy."""
    small = too_small(cells, policy.least_clusters)
    cells = [c for c in cells if c not in small]
    found = _without(judge(cells, policy), [p for one in judged for p in one.lacking])
    return replace(found, remarks=(*found.remarks, *map(told_small, small)))


def compare_pairs(judged: Sequence[Asked], policy: Policy) -> list[Compared]:
    """The cells of all pairs that the policy judges."""
    names = names_of([one.pair[1] for one in judged])
    return [
        replace(cell, run=name)
        for one, name in zip(judged, names, strict=True)
        for cell in compared(one, policy)
    ]


def judge(cells: Sequence[Compared], policy: Policy) -> Outcome[Compared]:
    """The verdict on compared cells, without remarks and the name of the policy."""
    if policy.mode == "assure" and not _without_value(cells):
        verdict, reason, judged = assured(cells, policy)
        return Outcome(NAME, verdict, reason, tuple(judged))
    shared = families(cells, policy)
    first, others = _parted([c for own, alpha in shared for c in _tested(own, alpha, policy)])
    derived = shifts([*first, *others], policy.derived)
    verdict, reason = _decided(first, others, derived, policy)
    found = (*_surest(first), *_surest(others))
    return Outcome(NAME, verdict, reason, found, derived=tuple(_surest(derived)))


def _parted(cells: Sequence[Compared]) -> tuple[list[Compared], list[Compared]]:
    """The headline's cells, and the others."""
    return [c for c in cells if c.headline], [c for c in cells if not c.headline]


def _without(found: Outcome[Compared], lacking: Sequence[str]) -> Outcome[Compared]:
    """The outcome beside conditions that were not measured: no PASS, and each of them named."""
    if not lacking:
        return found
    if found.verdict == Verdict.PASS:
        reason = f"{some_of(lacking, most=1)}; {found.reason}"
        found = replace(found, verdict=Verdict.INCONCLUSIVE, reason=reason)
    return replace(found, remarks=tuple(lacking))


def _decided(
    head: Sequence[Compared], rest: Sequence[Compared], derived: Sequence[Shift], policy: Policy
) -> tuple[Verdict, str]:
    cells = [*head, *rest]
    for c in _without_value(cells):
        return Verdict.INVALID, f"{c.name} has no value ({worded(c.candidate.notes)})"
    worse = sorted(
        (c for c in cells if c.cell.worse), key=lambda c: (not c.headline, c.change.value)
    )
    if worse:  # so is some group where the worst group or a gap is
        harmed: list[Compared | Shift] = [*worse, *(one for one in derived if one.cell.worse)]
        return Verdict.FAIL, f"worse: {some_of(f'{c.name} {c.raised:+.3f}' for c in harmed)}"
    verdict, text = _undetected(head, policy)
    return verdict, text + _small(cells, policy.least_drop) + _untold(rest)


def _without_value(cells: Iterable[Compared]) -> list[Compared]:
    return [c for c in cells if np.isnan(c.candidate.value) and c.baseline.n > 0]


def _surest(cells: Sequence[LookedAt]) -> list[LookedAt]:
    """The cells, those first that are worse with the smallest p; untested ones last."""
    return sorted(cells, key=lambda c: np.inf if np.isnan(c.cell.p) else c.cell.p)


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
