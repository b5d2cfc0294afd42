"""The verdict of whole runs, told from parts of them once it is certain (STATISTICS.md, The gate).

A cell of the whole is judged at both ends of what it can still be. If the gate gives one verdict
whether the rest goes as badly as is believable, as the part went, or as well as is believable, then
it is the verdict of the whole. Nothing of the gate is written twice here: the ends are cells like
others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchsuite.estimation import End, Estimate, Metric, Part, join_notes, repeated
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.estimation.intervals import withheld
from benchsuite.gates import regression
from benchsuite.gates.answers import with_kept
from benchsuite.gates.chosen import Asked, Metrics, asked, compared, left_out
from benchsuite.gates.evidence import NO_REPLICATES
from benchsuite.gates.pairs import Compared, Pair
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import problems_in, verdict_on
from benchsuite.gates.verdict import Outcome, Verdict, fingerprint
from benchsuite.runs.manifest import Stopped
from benchsuite.runs.statistics import Statistics, statistics_so_far
from benchsuite.runs.store import RunDirectory

ENDS: Final[tuple[End, ...]] = (-1, 0, 1)
BARE: Final = np.zeros(2, np.float32)
"""Replicates of a value whose counts alone say whether something can be inferred."""
Place = tuple[str, Group, str]
"""Condition, group and metric."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A cell over the part that is measured, beside the baseline over all of its samples.

    stopped  how much of the run is measured; None for all of it
    """

    cell: Compared
    whole: Estimate
    stopped: Stopped | None

    def at(self, end: End) -> Compared:
        """The cell over all samples at an end; what has no value in the part gets none."""
        if np.isnan(self.cell.change.value):
            return self.cell
        part = Part(self.cell.evidence, self.whole)
        change = part.at(end)
        raised = change.difference.value * (1 if self.cell.higher_is_better else -1)
        return replace(
            self.cell,
            evidence=change,
            baseline=part.grown(self.cell.baseline, self.whole.value),
            candidate=part.grown(self.cell.candidate, self.whole.value + raised),
        )

    def shown(self, judged: Compared) -> Compared:
        """The judged cell as it was measured, with its repeated interval."""
        if self.stopped is None:
            return judged
        evidence = self.cell.evidence
        change = repeated(evidence.difference, self.stopped.share, self.stopped.looks)
        told = replace(judged.cell, notes=join_notes([change.notes[:1], judged.cell.notes]))
        return replace(self.cell, evidence=replace(evidence, difference=change), cell=told)


def gate(pairs: Sequence[Pair], metrics: Metrics, policy: Policy) -> Outcome[Compared]:
    """The verdict on (baseline, candidate) pairs, of which some were stopped early.

    INVALID where the verdict of the whole runs is not certain, as by another policy than the one
    that they were stopped for.
    """
    stopped = [run for _, run in pairs if run.manifest.stopped]
    if not stopped:
        return regression.gate(pairs, metrics, policy)
    if (found := foreseen(pairs, metrics, policy)) is not None:
        return found
    reason = (
        f"{stopped[0].path}: {stopped[0].manifest.stopped}, and the verdict of the whole run is "
        "not certain; its command with order=random, and without baseline=, measures the rest"
    )
    return Outcome(regression.NAME, Verdict.INVALID, reason, policy=fingerprint(policy))


def foreseen(pairs: Sequence[Pair], metrics: Metrics, policy: Policy) -> Outcome[Compared] | None:
    """The verdict of whole runs, told from parts of them; None while it is not certain."""
    judged = asked(pairs, metrics, policy)
    parts = [replace(one, pair=_of_part(*one.pair)) for one in judged]
    if problems_in(parts) or not judged:
        return regression.gate([one.pair for one in parts] or pairs, metrics, policy)
    told = [_seen(*both, policy) for both in zip(judged, parts, strict=True)]
    known = [seen for some, _ in told for seen in some]
    worst, middle, best = (
        verdict_on([seen.at(end) for seen in known], parts, policy) for end in ENDS
    )
    verdict = middle.verdict
    blind = not all(every for _, every in told)
    if (blind and verdict != Verdict.FAIL) or not worst.verdict == verdict == best.verdict:
        return None
    # what is worse even if the rest goes well is shown to be worse
    found = best if verdict == Verdict.FAIL else middle
    said = [f"{run.path}: {run.manifest.stopped}" for _, run in pairs if run.manifest.stopped]
    remarks = (*said, *found.remarks, *left_out(pairs, judged))
    shown = tuple(_shown(found.judged, known))
    found = replace(found, judged=shown, remarks=remarks, policy=fingerprint(policy))
    return with_kept(found, [one.pair[1] for one in judged])


@dataclass(frozen=True, eq=False)
class Watch:
    """Whether the verdict on a run is certain by what it has measured so far."""

    baseline: Statistics
    metrics: Metrics
    policy: Policy

    def __call__(self, directory: RunDirectory) -> bool:
        pair = self.baseline, statistics_so_far(directory)
        return foreseen([pair], self.metrics, self.policy) is not None


def _of_part(baseline: Statistics, candidate: Statistics) -> Pair:
    """The candidate beside the same samples of the baseline, as if there were no others."""
    if candidate.manifest.stopped is None:
        return baseline, candidate
    tables = dict(baseline.tables)
    for name in {*tables} & {*candidate.tables}:
        here = tables[name]["sample_id"].isin({*candidate.tables[name]["sample_id"]})
        tables[name] = tables[name][here].reset_index(drop=True)
    manifest = replace(candidate.manifest, stopped=None)
    return replace(baseline, tables=tables), replace(candidate, manifest=manifest)


def _seen(whole: Asked, part: Asked, policy: Policy) -> tuple[list[Seen], bool]:
    """The cells that the part tells of, and whether those are all that the whole tells of."""
    baseline, stopped = whole.pair[0], whole.pair[1].manifest.stopped
    cells = dict(_whole_cells(baseline, whole.metrics))
    seen = {place: cell for cell in compared(part, policy) for place in [_place(cell)]}
    asked = {p for p, one in cells.items() if _is_judged(p[1], one, policy)}
    blind = {p for p in asked if p not in seen or withheld(seen[p].baseline)}
    known = [Seen(cell, cells[p], stopped) for p, cell in seen.items() if p not in blind]
    return known, not blind


def _whole_cells(
    baseline: Statistics, metrics: Sequence[Metric]
) -> Iterator[tuple[Place, Estimate]]:
    """The cells of a baseline, without replicates."""
    for name, table in baseline.tables.items():
        groups = baseline.groups(name)
        found = condition_cells([table], metrics, groups, NO_REPLICATES)
        yield from (((name, *key), one) for key, one in found.items() if key[0] in groups)


def _is_judged(group: Group, whole: Estimate, policy: Policy) -> bool:
    """Whether the whole has a verdict on a cell."""
    known = not withheld(replace(whole, deviations=BARE))
    if group == EVERYBODY:
        return known
    return known and policy.has_group(group) and whole.clusters >= policy.least_clusters


def _shown(judged: Sequence[Compared], known: Sequence[Seen]) -> Iterator[Compared]:
    measured = {(seen.cell.sides[1].path, _place(seen.cell)): seen for seen in known}
    return (measured[cell.sides[1].path, _place(cell)].shown(cell) for cell in judged)


def _place(cell: Compared) -> Place:
    return cell.condition, cell.group, cell.metric
