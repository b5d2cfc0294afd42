"""The gate: two sets of per-sample statistics -> a verdict that knows noise from damage.

One call is one family-wise error of alpha, whatever it covers: a share for the headline family (one
overall cell a task and model), the rest for the detail family (conditions and groups), each jointly
over all runs (STATISTICS.md, The gate).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.errors import Exit, WrongCall, near
from benchsuite.estimation import (
    Derived,
    Metric,
    assure,
    family_test,
    gap_grew,
    relative_margin,
    worst_fell,
)
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.estimate import MIN_REPLICATES
from benchsuite.estimation.testing import MIN_DIFFERING
from benchsuite.gates.pairs import Compared, Pair, compare_pair, problems_of


class Verdict(StrEnum):
    """The four verdicts."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"

    @property
    def exit(self) -> Exit:
        """The exit code of the verdict."""
        return {
            Verdict.PASS: Exit.DONE,
            Verdict.FAIL: Exit.FAIL,
            Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
            Verdict.INVALID: Exit.INVALID,
        }[self]


@dataclass(frozen=True)
class Policy:
    """What the gate tolerates.

    mode      detect: pass what is not shown to be worse; assure: what is shown not to be worse by
              more than `margin`, a share of the baseline.
    alpha     the family-wise error of the whole call; `headline_share` of it is the headline's.
    max_mde   in detect, a PASS whose headline could have hidden a larger drop, as a share of the
              baseline, is INCONCLUSIVE; of `--equity`, a larger gap, in the metric's unit.
    """

    mode: str = "detect"
    alpha: float = 0.05
    headline_share: float = 0.5
    margin: float = 0.02
    max_mde: float | None = None
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value in (("alpha", self.alpha), ("headline-share", self.headline_share)):
            if not 0 < value < 1:
                raise WrongCall(f"--{name}: expected a share between 0 and 1, found {value:g}")
        if self.replicates < MIN_REPLICATES:
            raise WrongCall(f"--replicates: expected {MIN_REPLICATES} or more, "
                            f"found {self.replicates}")  # fmt: skip


@dataclass(frozen=True, eq=False)
class DerivedVerdict:
    """Whether the worst group fell or the gap grew, with an alpha of its own: never a FAIL."""

    name: str
    verdict: Derived


@dataclass(frozen=True, eq=False)
class Outcome:
    """The verdict, one line that says it, and what it rests on."""

    verdict: Verdict
    line: str
    headline: tuple[Compared, ...] = ()
    detail: tuple[Compared, ...] = ()
    derived: tuple[DerivedVerdict, ...] = ()


def gate(pairs: Sequence[Pair], metrics: Mapping[str, Metric], policy: Policy) -> Outcome:
    """The verdict on (baseline, candidate) pairs; `metrics` holds the headline metric of each task.

    INVALID, never a pass: another dataset, other samples, a missing condition or group, NaN.
    """
    problems = [p for pair in pairs for p in problems_of(*pair)]
    if problems or not pairs:
        return Outcome(Verdict.INVALID, f"INVALID: {(problems or ['nothing to compare'])[0]}")
    compared = [
        cell
        for pair in pairs
        for cell in compare_pair(
            pair, metrics[pair[0].identity["task"]], policy.seed, policy.replicates
        )
    ]
    return judge(compared, derived_verdicts(compared, policy.alpha), policy)


def headline_metrics(pairs: Iterable[Pair], name: str = "") -> dict[str, Metric]:
    """The metric that the gate looks at, by task: the named one, or the task's headline."""
    found: dict[str, Metric] = {}
    for baseline, _ in pairs:
        task = baseline.task
        known = {metric.name: metric for metric in task.metrics}
        if name and name not in known:
            raise WrongCall(f"--metric: task {task.name} has no metric '{name}'{near(name, known)}")
        found[task.name] = known[name] if name else task.metrics[0]
    return found


def derived_verdicts(compared: Sequence[Compared], alpha: float) -> tuple[DerivedVerdict, ...]:
    """Worst group and gap of each condition × attribute."""
    families: dict[tuple[str, str, str], list[Compared]] = {}
    for cell in compared:
        if cell.group != EVERYBODY:
            families.setdefault((cell.run, cell.condition, cell.group[0]), []).append(cell)
    found = []
    for (run, condition, attribute), cells in families.items():
        before, after = [c.baseline for c in cells], [c.candidate for c in cells]
        where = f"{run} {condition} {attribute}"
        worst = worst_fell(before, after, alpha, cells[0].higher_is_better)
        found.append(DerivedVerdict(f"{where}: worst group", worst))
        found.append(DerivedVerdict(f"{where}: gap", gap_grew(before, after, alpha)))
    return tuple(found)


def judge(
    compared: Sequence[Compared], derived: tuple[DerivedVerdict, ...], policy: Policy
) -> Outcome:
    """The verdict on compared cells."""
    headline = [cell for cell in compared if is_headline(cell, compared)]
    detail = [cell for cell in compared if not is_headline(cell, compared)]
    head = _tested(headline, policy.alpha * policy.headline_share)
    rest = _tested(detail, policy.alpha * (1 - policy.headline_share))

    def outcome(verdict: Verdict, text: str) -> Outcome:
        return Outcome(verdict, f"{verdict}: {text}", tuple(head), tuple(rest), derived)

    cells = [*head, *rest]
    unmeasured = [c for c in cells if np.isnan(c.candidate.value) and c.baseline.n > 0]
    if unmeasured:
        return outcome(
            Verdict.INVALID, f"{unmeasured[0].name} has no value ({unmeasured[0].candidate.note})"
        )
    worse = [c for c in cells if c.cell is not None and c.cell.worse]
    worse.sort(key=lambda c: (not is_headline(c, compared), c.change.value))
    if worse:
        named = ", ".join(f"{c.name} {c.raised:+.3f}" for c in worse[:5])
        more = f" and {len(worse) - 5} more" if len(worse) > 5 else ""
        return outcome(Verdict.FAIL, f"worse: {named}{more}")
    if policy.mode == "assure":
        return outcome(*_assured(cells, policy))
    verdict, text = _undetected(head, policy)
    return outcome(verdict, text + _untold(rest))


def is_headline(cell: Compared, compared: Sequence[Compared]) -> bool:
    """Whether the cell is its run's overall cell on clean inputs, or on its first condition."""
    first = next(c.condition for c in compared if c.run == cell.run)
    conditions = {c.condition for c in compared if c.run == cell.run}
    where = "clean" if "clean" in conditions else first
    return cell.group == EVERYBODY and cell.condition == where


def _tested(cells: Sequence[Compared], alpha: float) -> list[Compared]:
    if not cells:
        return []
    family = family_test(
        [c.change for c in cells], [c.differing for c in cells], [c.signs for c in cells], alpha
    )
    return [replace(c, cell=verdict) for c, verdict in zip(cells, family.cells, strict=True)]


def blindest(cells: Iterable[Compared]) -> Compared | None:
    """The cell with the largest `unseen_share`; None where every cell is tested by its signs."""
    tested = [c for c in cells if not np.isnan(c.unseen)]
    return max(tested, key=lambda c: c.unseen_share, default=None)


def _without_verdict(cells: Iterable[Compared]) -> list[Compared]:
    """The cells that differ and were not judged, those first in which most is lost."""
    found = [c for c in cells if c.differing and c.cell and c.cell.verdict == "no verdict"]
    return sorted(found, key=lambda c: c.change.value * c.change.clusters)


def _untold(rest: Sequence[Compared]) -> str:
    """Which details a PASS says nothing of."""
    if not (untold := _without_verdict(rest)):
        return ""
    first = untold[0]
    reason = first.cell.note if first.cell else ""
    return f"; no verdict on {len(untold)} cells ({first.name} {first.raised:+.3f}: {reason})"


def _undetected(head: Sequence[Compared], policy: Policy) -> tuple[Verdict, str]:
    if untold := _without_verdict(head):
        return Verdict.INCONCLUSIVE, f"nothing detected, but{_untold(untold).removeprefix(';')}"
    blind = blindest(head)
    if all(c.differing == 0 for c in head):
        return Verdict.PASS, "nothing detected; no overall sample differs"
    if blind is None:
        return Verdict.PASS, f"nothing detected; under {MIN_DIFFERING} clusters differ overall"
    share = f"{100 * blind.unseen_share:.1f} %"
    text = f"nothing detected; drops under {blind.unseen:.3g} ({share} of {blind.name}) go unseen"
    if policy.max_mde is not None and blind.unseen_share > policy.max_mde:
        return Verdict.INCONCLUSIVE, f"{text}, more than the {100 * policy.max_mde:g} % allowed"
    return Verdict.PASS, text


def _assured(cells: Sequence[Compared], policy: Policy) -> tuple[Verdict, str]:
    open_cells = [c for c in cells if c.differing]
    changes = [
        relative_margin(c.candidate, c.baseline, policy.margin, c.higher_is_better)
        for c in open_cells
    ]
    result = assure(changes, [0.0] * len(open_cells), policy.alpha)
    failed = [c for c, bound in zip(open_cells, result.cells, strict=True) if not bound.passed]
    share = f"{100 * policy.margin:g} %"
    if not failed:
        return Verdict.PASS, f"all {len(cells)} cells are shown not to be worse by {share}"
    return (
        Verdict.INCONCLUSIVE,
        f"{len(failed)} of {len(cells)} cells are not shown to be within {share}: {failed[0].name}",
    )


def table(outcome: Outcome) -> pd.DataFrame:
    """The cells of an outcome, the worst first."""
    rows: list[dict[str, Any]] = [
        {
            "family": family, "cell": c.name, "baseline": c.baseline.value,
            "candidate": c.candidate.value, "change": c.raised, "sd": c.change.sd,
            "differing": c.differing, "clusters": c.change.clusters,
            "verdict": c.cell.verdict if c.cell else "", "test": c.cell.method if c.cell else "",
            "p": c.cell.p if c.cell else np.nan, "unseen": c.unseen,
        }
        for family, cells in (("headline", outcome.headline), ("detail", outcome.detail))
        for c in cells
    ]  # fmt: skip
    made = pd.DataFrame(rows)
    if made.empty:
        return made
    return made.sort_values(["family", "p"], ascending=[False, True], kind="stable")


def summary(outcome: Outcome, most: int = 20) -> str:
    """A Markdown summary for a pull request."""
    from benchsuite.publish.formats import markdown

    lines = [f"### benchsuite gate: {outcome.verdict}", "", f"{outcome.line}.", ""]
    found = table(outcome)
    if len(found):
        lines += [markdown(found.head(most))]
        if len(found) > most:
            lines += [f"{len(found) - most} more cells, none of them worse than these.", ""]
    grown = [d for d in outcome.derived if d.verdict.worse]
    lines += [f"- {d.name}: worse (p = {d.verdict.p:.3f})" for d in grown]
    return "\n".join(lines) + "\n"
