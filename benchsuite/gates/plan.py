"""`gate plan`: the drop that a gate finds in a run, and the clusters that it needs for a given one.

In `assure`: the margin that a run is shown to be within, and the clusters that the policy's needs.
A pilot shows how much two runs differ by chance: a pair of runs, or one run and a stated
correlation between the scores of two models. Every cell is planned by itself, as if it fell while
no other did, at the critical value that the gate's own families have for so many clusters
(STATISTICS.md, The gate).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import first_critical
from benchsuite.estimation.estimate import MIN_CLUSTERS
from benchsuite.estimation.power import MOST, POWER, Noise, least_factor
from benchsuite.gates.chosen import Metrics, asked, families, left_out, told_small, too_small, unmet
from benchsuite.gates.margins import Margin, factor_of_all, margin_of
from benchsuite.gates.pairs import Compared, problems_of
from benchsuite.gates.pilot import Pilot
from benchsuite.gates.policy import Mode, Policy
from benchsuite.gates.regression import compare_pairs
from benchsuite.task import Progress, silent

CORRELATION: Final = 0.8
"""Between the scores that two models give a sample, where a pilot is one run and nobody says."""
REPLICATES: Final = 4000
"""More than a gate draws: a plan rests on quantiles of one pilot."""


@dataclass(frozen=True)
class Drop:
    """How large a drop is: in the metric's unit, or as a share of the baseline's size."""

    size: float
    share: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.size < math.inf:
            raise WrongCall(f"--drop: expected a size above 0, found {self.size:g}")

    def __str__(self) -> str:
        return f"{100 * self.size:g} %" if self.share else f"{self.size:g}"

    def of(self, value: float) -> float:
        """The drop of a baseline of this value, in the metric's unit."""
        return self.size * abs(value) if self.share else self.size


def drop_of(text: str) -> Drop:
    """A drop as a person writes it: `0.02`, or `2%` of the baseline. Raises WrongCall."""
    share = text.endswith("%")
    try:
        size = float(text.removesuffix("%"))
    except ValueError as error:
        raise WrongCall(f"--drop: expected a size such as 0.02 or 2%, found '{text}'") from error
    return Drop(size / 100 if share else size, share)


@dataclass(frozen=True, eq=False)
class Planned:
    """What the gate finds in a cell, and what it needs.

    detectable  the drop that it finds with 80 % power in a run like the pilot; infinite if none.
                In `assure`, the margin that an unchanged model is shown to be within
    drop        the drop, or margin, that is planned for, in the metric's unit; NaN where none is
    factor      how many times the pilot's clusters are enough; infinite if no number is
    """

    cell: Compared
    detectable: float
    drop: float = math.nan
    factor: float = math.nan

    @property
    def clusters(self) -> float:
        """The clusters of the cell that are enough."""
        return _whole(self.factor * self.cell.baseline.clusters)

    @property
    def samples(self) -> float:
        """The samples of the cell that are enough."""
        return _whole(self.factor * self.cell.baseline.n)


@dataclass(frozen=True, eq=False)
class Plan:
    """The plan of a policy: its cells, those that need most first.

    mode     of the policy
    drop     what is planned for; None in `assure`, and where nobody asked
    whole    how many times the clusters are enough for every cell that any number is enough for; in
             `assure`, for all cells at once. NaN where nothing is planned for
    noise    what the pilot shows, and how, as a line
    unknown  cells of which the pilot shows too little
    remarks  what is not judged
    """

    mode: Mode
    drop: Drop | None
    cells: tuple[Planned, ...]
    whole: float
    noise: str
    unknown: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def headline(self) -> tuple[Planned, ...]:
        """The overall cell of each run."""
        return tuple(one for one in self.cells if one.cell.headline)


def plan(
    pilot: Pilot,
    metrics: Metrics,
    policy: Policy,
    drop: Drop | None = None,
    progress: Progress = silent,
) -> Plan:
    """The plan of a policy.

    Raises BadData where a pair cannot be compared or does not differ, WrongCall for a drop in
    `assure`, which plans for the policy's margins.
    """
    assure = policy.mode == "assure"
    if assure and drop is not None:
        raise WrongCall("gate plan: --drop: expected with mode detect; assure plans for the margin")
    cells, remarks = _cells(pilot, metrics, replace(policy, replicates=REPLICATES))
    noises = {
        cell: replace(noise, least=policy.least_drop * abs(cell.baseline.value))
        for cell, noise in pilot.noises(cells, metrics).items()
    }
    if not noises:
        raise BadData(f"{pilot.pairs[0][1].path}: expected a cell that varies, found none")
    margins = [margin_of(cell, one, policy) for cell, one in noises.items()] if assure else []
    found = []
    for one in _assured(margins) if assure else _detected(noises, policy, drop):
        found.append(one)
        progress("cells", len(found), len(noises))
    enough = (one.factor for one in found if one.factor < math.inf)
    whole = factor_of_all(margins) if assure else max(enough, default=math.nan)
    found.sort(key=lambda one: -one.detectable if math.isnan(one.factor) else -one.factor)
    return Plan(
        policy.mode, drop, tuple(found), whole, str(pilot),
        tuple(cell.name for cell in cells if cell not in noises), tuple(remarks),
    )  # fmt: skip


def _assured(margins: Sequence[Margin]) -> Iterator[Planned]:
    """The plans of cells that have to be shown to be within their margins."""
    for one in margins:
        yield Planned(one.cell, one.shown(), one.loss, one.factor)


def _detected(
    noises: Mapping[Compared, Noise], policy: Policy, drop: Drop | None
) -> Iterator[Planned]:
    """The plans of cells in which a drop has to be found."""
    for family, alpha in families([*noises], policy):
        yield from _of_family({cell: noises[cell] for cell in family}, alpha, drop)


def _cells(pilot: Pilot, metrics: Metrics, policy: Policy) -> tuple[list[Compared], list[str]]:
    """The cells that the policy judges, and what it does not. Raises BadData."""
    judged = asked(pilot.pairs, metrics, policy)
    problems = [p for one in judged for m in one.metrics for p in problems_of(one.pair, m)]
    problems += [line for one in judged for line in one.lacking]
    apart = [*left_out(pilot.pairs, judged, policy), *unmet(judged, policy)]
    if problems or not judged:
        raise BadData((problems or apart or ["nothing to plan"])[0])
    cells = compare_pairs(judged, policy)
    small = too_small(cells, policy.least_clusters)
    return [c for c in cells if c not in small], [*map(told_small, small), *apart]


def _of_family(
    noises: Mapping[Compared, Noise], alpha: float, drop: Drop | None
) -> Iterator[Planned]:
    """The plans of cells that share an error."""

    @cache
    def critical(doublings: int) -> float:
        """The family's first critical value for so many half doublings of the clusters."""
        changes = [noise.times(2 ** (doublings / 2)).change for noise in noises.values()]
        return first_critical(changes, alpha)

    for cell, noise in noises.items():
        detectable = noise.detectable(critical(0)) if _judged(noise) else math.inf
        if detectable > _room(cell):
            detectable = math.inf
        if drop is None:
            yield Planned(cell, detectable)
        else:
            size = drop.of(cell.baseline.value)
            yield Planned(cell, detectable, size, _factor(noise, size, critical))


def _room(cell: Compared) -> float:
    """By how much a cell can fall at most."""
    low, high = cell.bounds
    value = cell.baseline.value
    return value - low if cell.higher_is_better else high - value


def _judged(noise: Noise) -> bool:
    return noise.change.difference.clusters >= MIN_CLUSTERS


def _factor(noise: Noise, drop: float, critical: Callable[[int], float]) -> float:
    """How many times the clusters find the drop; infinite where MOST do not."""

    def finds(factor: float) -> bool:
        z = critical(round(2 * math.log2(factor)))
        return noise.times(factor).power(drop, z) >= POWER

    return least_factor(finds, MIN_CLUSTERS / noise.change.difference.clusters, MOST)


def _whole(count: float) -> float:
    """The next whole number; infinite as it is."""
    return math.ceil(count) if math.isfinite(count) else count
