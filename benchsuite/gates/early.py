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

from benchsuite.estimation import End, Estimate, Part, join_notes, repeated
from benchsuite.estimation.cells import condition_cells
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


@dataclass(frozen=True, eq=False)
class Seen:
    """A cell over the part that is measured, beside the baseline over all of its samples.

    stopped  how much of the run is measured; None for all of it
    """

    cell: Compared
    whole: Estimate
    stopped: Stopped | None

    @property
    def blind(self) -> bool:
        """Whether the part is too small to tell anything of a cell that the whole can tell of."""
        return bool(withheld(self.cell.baseline)) and not withheld(
            replace(self.whole, deviations=BARE)
        )

    def at(self, end: End) -> Compared:
        """The cell over all samples at an end."""
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
    every = [seen for pair in zip(judged, parts, strict=True) for seen in _seen(*pair, policy)]
    known = [seen for seen in every if not seen.blind]
    worst, middle, best = (
        verdict_on([seen.at(end) for seen in known], parts, policy) for end in ENDS
    )
    verdict = middle.verdict
    unsure = len(known) < len(every) and verdict != Verdict.FAIL
    if unsure or not worst.verdict == verdict == best.verdict:
        return None
    # what is worse even if the rest goes well is shown to be worse
    found = best if verdict == Verdict.FAIL else middle
    said = [f"{run.path}: {run.manifest.stopped}" for _, run in pairs if run.manifest.stopped]
    remarks = (*said, *found.remarks, *left_out(pairs, judged))
    shown = tuple(_shown(found.judged, known))
    told = replace(found, judged=shown, remarks=remarks, policy=fingerprint(policy))
    return with_kept(told, [one.pair[1] for one in judged])


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


def _seen(whole: Asked, part: Asked, policy: Policy) -> Iterator[Seen]:
    baseline, stopped = whole.pair[0], whole.pair[1].manifest.stopped
    cells = {
        (name, *key): one
        for name, table in baseline.tables.items()
        for key, one in condition_cells(
            [table], whole.metrics, baseline.groups(name), NO_REPLICATES
        ).items()
    }
    for cell in compared(part, policy):
        yield Seen(cell, cells[cell.condition, cell.group, cell.metric], stopped)


def _shown(judged: Sequence[Compared], known: Sequence[Seen]) -> Iterator[Compared]:
    measured = {_place(seen.cell): seen for seen in known}
    return (measured[_place(cell)].shown(cell) for cell in judged)


def _place(cell: Compared) -> tuple[object, ...]:
    return cell.sides[1].path, cell.condition, cell.group, cell.metric
