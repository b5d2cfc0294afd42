"""`assure`: PASS and FAIL are about the margin alone (STATISTICS.md, The gate).

FAIL where some cell is shown to be worse by more than the margin, at one alpha over all cells. PASS
where every cell is shown to be within it. What is neither is INCONCLUSIVE. A run in which no sample
differs from the baseline passes; where some do, a small group without a difference may be luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchsuite.errors import some_of
from benchsuite.estimation import (
    Bound,
    Cell,
    Tolerated,
    absolute_margin,
    assure,
    family_test,
    relative_margin,
)
from benchsuite.estimation.wording import worded
from benchsuite.gates.pairs import Compared
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Verdict


def tolerated(cell: Compared, policy: Policy) -> Tolerated:
    """What the cell may lose: a share of its baseline, or so much in the metric's unit."""
    if loss := policy.tolerance_of(cell.metric):
        return absolute_margin(cell.change, cell.baseline, loss)
    return relative_margin(cell.change, cell.baseline, policy.margin_of(cell.metric))


def _allowed(cells: Sequence[Compared], policy: Policy) -> str:
    """What the cells may lose, in words."""
    names = dict.fromkeys(cell.metric for cell in cells)
    losses = {name: policy.tolerance_of(name) for name in names}
    shares = {name: policy.margin_of(name) for name in names}
    told = {n: f"{losses[n]:g}" if losses[n] else f"{100 * shares[n]:g} %" for n in names}
    if len({*told.values()}) == 1:
        return next(iter(told.values()))
    return ", ".join(f"{text} of {name}" for name, text in told.items())


@dataclass(frozen=True, eq=False)
class Shown:
    """What was shown of a cell."""

    cell: Compared
    tolerated: Tolerated
    bound: Bound

    @property
    def clusters(self) -> str:
        """`20 clusters`, or `100 clusters that count for 37`."""
        counted, effective = self.cell.change.clusters, self.bound.effective
        weighed = f" that count for {effective:.3g}" if effective < 0.95 * counted else ""
        return f"{counted} clusters{weighed}"

    @property
    def why(self) -> str:
        """The cell, its change, and why it is not shown to be within the margin."""
        if self.bound.notes:
            reason = worded(self.bound.notes)
        elif not self.bound.enough:
            reason = f"{self.clusters}, {self.bound.needed} are needed"
        elif not self.tolerated.signed:
            reason = "the baseline may be 0, and a share of 0 is no margin: set --tolerance"
        else:
            reason = self.clusters
        return f"{self.cell.name} {self.cell.raised:+.3g} ({reason})"


def assured(cells: Sequence[Compared], policy: Policy) -> tuple[Verdict, str, list[Compared]]:
    """The verdict, why, and the cells with what was shown of each, those that lose most first."""
    changed = {cell.run for cell in cells if cell.evidence.differs}
    asked = [cell for cell in cells if cell.run in changed and cell.baseline.n > 0]
    shown = [_shown(cell, policy) for cell in asked]
    judged = _judged(shown, policy.alpha)
    same = [replace(cell, cell=Cell("identical")) for cell in cells if cell not in asked]
    verdict, reason = _decided(shown, judged, _allowed(cells, policy), len(cells))
    return verdict, reason, [*sorted(judged, key=_loss), *same]


def _shown(cell: Compared, policy: Policy) -> Shown:
    may_lose = tolerated(cell, policy)
    return Shown(cell, may_lose, assure(may_lose, policy.alpha, cell.evidence.skewness))


def _judged(shown: Sequence[Shown], alpha: float) -> list[Compared]:
    """The cells: `worse` by more than the margin, `not worse`, or `no verdict`."""
    excesses = [
        replace(one.cell.evidence, difference=excess, effects=None)
        for one in shown
        for excess in one.tolerated.excess
    ]
    family = family_test(excesses, alpha)
    tests = iter(family.cells)
    found = []
    for one in shown:
        # What is worse must be so whatever the sign of the baseline is.
        test = min([next(tests) for _ in one.tolerated.excess], key=lambda cell: cell.worse)
        if not test.worse and not one.bound.passed:
            test = replace(test, verdict="no verdict")
        margin = one.tolerated.excess[0].value - one.cell.change.value
        found.append(replace(one.cell, cell=replace(test, mde=margin + test.mde)))
    return found


def _decided(
    shown: Sequence[Shown], judged: Sequence[Compared], allowed: str, cells: int
) -> tuple[Verdict, str]:
    pairs = sorted(zip(shown, judged, strict=True), key=lambda pair: _loss(pair[1]))
    if worse := [f"{c.name} {c.raised:+.3g} ({one.clusters})" for one, c in pairs if c.cell.worse]:
        return Verdict.FAIL, f"worse by more than {allowed}: {some_of(worse)}"
    if unknown := [one.why for one, _ in pairs if not one.bound.passed]:
        count = f"{len(unknown)} of {cells}"
        return (
            Verdict.INCONCLUSIVE,
            f"{count} not shown to be within {allowed}: {some_of(unknown)}",
        )
    if not shown:
        return Verdict.PASS, f"no sample differs; cells: {cells}"
    return Verdict.PASS, f"all is shown not to be worse by more than {allowed}; cells: {cells}"


def _loss(cell: Compared) -> tuple[bool, float]:
    """The headline first, then what loses most."""
    return not cell.headline, cell.change.value
