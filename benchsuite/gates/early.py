"""The verdict of whole runs, told from parts of them once it is certain (STATISTICS.md, The gate).

A cell of the whole is put at the ends of what it can still be. If the gate gives one verdict
whether the rest goes as badly as is believable, as the part went, as well as is believable, or
drives the groups apart, then it is the verdict of the whole. Nothing of the gate is written twice
here: cells at an end are cells like others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchsuite.estimation import End, Estimate, Part, join_notes, repeated
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.estimation.intervals import withheld
from benchsuite.estimation.weights import VALUES_ALONE
from benchsuite.gates import regression
from benchsuite.gates.answers import with_kept
from benchsuite.gates.chosen import Asked, Metrics, asked, left_out, unmet
from benchsuite.gates.derived import Shift
from benchsuite.gates.pairs import Compared, Pair
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import compare_pairs, problems_in, verdict_on
from benchsuite.gates.verdict import Judged, Outcome, Verdict, fingerprint
from benchsuite.runs.manifest import Stopped
from benchsuite.runs.statistics import Statistics, kept_statistics
from benchsuite.runs.store import RunDirectory

BARE: Final = np.zeros(2, np.float32)
"""Replicates of a value whose counts alone say whether something can be inferred."""
Place = tuple[Path, str, Group, str]
"""A run, a condition, a group and a metric."""


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

    def away(self, overall: float) -> End:
        """The end that takes a group further from the candidate's overall value."""
        if self.cell.group == EVERYBODY:
            return 0
        return 1 if (self.cell.candidate.value > overall) == self.cell.higher_is_better else -1

    def shown(self, judged: Compared) -> Compared:
        """The judged cell as it was measured, with its repeated interval."""
        if (stopped := self.stopped) is None:
            return judged
        baseline, candidate, change = (
            repeated(one, stopped.share, stopped.looks)
            for one in (self.cell.baseline, self.cell.candidate, self.cell.change)
        )
        told = replace(judged.cell, notes=join_notes([change.notes[:1], judged.cell.notes]))
        evidence = replace(self.cell.evidence, difference=change)
        return replace(
            self.cell, baseline=baseline, candidate=candidate, evidence=evidence, cell=told
        )


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
    seen, every = _seen(judged, parts, policy)
    ends = [verdict_on(cells, parts, policy) for cells in _at_ends(seen)]
    _, middle, best, _ = ends
    if len({found.verdict for found in ends}) > 1:
        return None
    fails = middle.verdict == Verdict.FAIL
    # A gap is as large where all groups gain. So a cell has to fall, whatever else does.
    if not (any(cell.cell.worse for cell in best.judged) if fails else every):
        return None
    said = [f"{run.path}: {run.manifest.stopped}" for _, run in pairs if run.manifest.stopped]
    apart = [*left_out(pairs, judged, policy), *unmet(judged, policy)]
    # What is worse even if the rest goes well is shown to be worse.
    found = _as_measured(best if fails else middle, seen)
    remarks = (*said, *found.remarks, *apart)
    found = replace(found, remarks=remarks, policy=fingerprint(policy))
    return with_kept(found, [one.pair[1] for one in judged])


@dataclass(frozen=True, eq=False)
class Watch:
    """Whether the verdict on a run is certain by what it has measured so far."""

    baseline: Statistics
    metrics: Metrics
    policy: Policy

    def __call__(self, directory: RunDirectory) -> bool:
        pair = self.baseline, kept_statistics(directory)
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


def _seen(
    judged: Sequence[Asked], parts: Sequence[Asked], policy: Policy
) -> tuple[list[Seen], bool]:
    """The cells that the parts tell of, and whether those are all that the wholes tell of."""
    wholes = dict(place for one in judged for place in _whole_cells(one))
    stopped = {one.pair[1].path: one.pair[1].manifest.stopped for one in judged}
    cells = {_place(cell): cell for cell in compare_pairs(parts, policy)}
    asked_for = {p for p, one in wholes.items() if _is_judged(p[2], one, policy)}
    blind = {p for p in asked_for if p not in cells or withheld(cells[p].baseline)}
    known = ((p, cell) for p, cell in cells.items() if p not in blind)
    return [Seen(cell, wholes[p], stopped[p[0]]) for p, cell in known], not blind


def _whole_cells(one: Asked) -> Iterator[tuple[Place, Estimate]]:
    """The cells of a baseline, without replicates."""
    baseline, candidate = one.pair
    for name, table in baseline.tables.items():
        groups = baseline.groups(name)
        found = condition_cells([table], one.metrics, groups, VALUES_ALONE)
        for (group, metric), estimate in found.items():
            if group in groups:
                yield (candidate.path, name, group, metric), estimate


def _is_judged(group: Group, whole: Estimate, policy: Policy) -> bool:
    """Whether the whole has a verdict on a cell."""
    known = not withheld(replace(whole, deviations=BARE))
    if group == EVERYBODY:
        return known
    return known and policy.has_group(group) and whole.clusters >= policy.least_clusters


def _at_ends(seen: Sequence[Seen]) -> Iterator[list[Compared]]:
    """The cells at their worst, as they are, at their best, and with groups driven apart."""
    ends: tuple[End, ...] = (-1, 0, 1)
    for end in ends:
        yield [one.at(end) for one in seen]
    overall = {_about(o.cell): o.cell.candidate.value for o in seen if o.cell.group == EVERYBODY}
    yield [one.at(one.away(overall.get(_about(one.cell), np.nan))) for one in seen]


def _as_measured(found: Outcome[Compared], seen: Sequence[Seen]) -> Outcome[Compared]:
    """The outcome with its cells as they were measured."""
    known = {_place(one.cell): one for one in seen}
    return replace(
        found,
        judged=tuple(known[_place(cell)].shown(cell) for cell in found.judged),
        derived=tuple(_with_groups(one, known) for one in found.derived),
    )


def _with_groups(one: Judged, known: Mapping[Place, Seen]) -> Judged:
    """A worst group or a gap with its groups as they were measured."""
    if not isinstance(one, Shift):
        return one
    about, *cells = (known[_place(c)].shown(c) for c in (one.axis.about, *one.axis.cells))
    return replace(one, axis=replace(one.axis, about=about, cells=tuple(cells)))


def _place(cell: Compared) -> Place:
    return cell.sides[1].path, cell.condition, cell.group, cell.metric


def _about(cell: Compared) -> tuple[Path, str, str]:
    return cell.sides[1].path, cell.condition, cell.metric
