"""Early stop, simulated: does it keep the whole run's verdict, and what share does it need?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchsuite.estimation import Metric
from benchsuite.gates.early import foreseen
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.manifest import Stopped
from benchsuite.runs.statistics import Statistics
from tests.estimation.scenarios import Draw, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates.made import SCORE, TASK, statistics
from tests.gates.populations import (
    AP,
    NORMAL,
    Owners,
    Population,
    Scores,
    Shape,
    answers,
    by_cluster,
    detections,
    few_change,
    gains,
    heavy,
    losses,
    rare_gains,
)

SAME = (0.999, 1.0)
ONE_CELL = Shape(400, 1, 0)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its early verdict and that of the whole, and the share it needed."""

    early: Verdict
    whole: Verdict
    share: float


def ended(
    baseline: Statistics,
    candidate: Statistics,
    look: NDArray[np.int64],
    policy: Policy,
    metric: Metric = SCORE,
) -> Ended:
    """How a candidate ends whose clusters come in the looks (N,), from 1 on."""
    metrics, every = {TASK: (metric,)}, next(iter(candidate.tables.values()))
    of = dict(zip(sorted(every["cluster"].unique()), look, strict=True))
    whole = gate([(baseline, candidate)], metrics, policy).verdict
    for last in range(1, look.max()):
        part = up_to(candidate, of, last)
        if (found := foreseen([(baseline, part)], metrics, policy)) is not None:
            return Ended(found.verdict, whole, last / look.max())
    return Ended(whole, whole, 1.0)


def up_to(run: Statistics, look: Mapping[str, int], last: int) -> Statistics:
    """The run as it is after a look."""
    looked = {
        name: table[table["cluster"].map(look) <= last].reset_index(drop=True)
        for name, table in run.tables.items()
    }
    counts, whole = ({n: len(t) for n, t in ts.items()} for ts in (looked, run.tables))
    stopped = Stopped(last, max(look.values()), counts, counts, whole)
    return replace(run, tables=looked, manifest=replace(run.manifest, stopped=stopped))


@dataclass(frozen=True)
class Case:
    """Pairs of runs that fall by so many units: by default, standard errors of the first cell."""

    population: Population
    shape: Shape = ONE_CELL
    metric: Metric = SCORE
    looks: int = 20
    unit: float = 0.0

    def ended(self, draw: Draw, drop: float) -> Ended:
        """How a run ends that falls by that drop."""
        rng, name = draw.rng, f"{draw.case} {draw.run}"
        owners = self.shape.owners(rng)
        groups = self.shape.labels(rng, owners)
        fall = np.zeros((len(owners), self.shape.conditions))
        if drop:
            unit = self.unit or _error(*self.population(draw.rng, owners, fall), owners)
            fall = fall + drop * unit
        baseline, candidate = (
            statistics(scores, owners, groups, name, [self.metric])
            for scores in self.population(rng, owners, fall)
        )
        look = rng.permutation(np.arange(self.shape.samples) % self.looks) + 1
        return ended(baseline, candidate, look, Policy(replicates=400), self.metric)


def _error(before: Scores, after: Scores, owners: Owners) -> float:
    """The standard error of the mean difference under the first condition."""
    change = (after - before)[:, 0].astype(float)
    sums = np.bincount(owners, change - change.mean())
    return float(np.sqrt((sums**2).sum()) / len(change))


CASES = {
    "symmetric (normal)": Case(NORMAL),
    "symmetric (t, 3 df)": Case(by_cluster(heavy)),
    "skewed to gains (lognormal)": Case(by_cluster(gains)),
    "skewed to losses (lognormal)": Case(by_cluster(losses)),
    "rare gains of 3 %": Case(rare_gains),
    "3 % of samples change": Case(few_change),
    "binary, 10 % flip": Case(answers(0.05)),
    "binary, 2 % flip": Case(answers(0.01)),
    "AP, 150 images": Case(detections, Shape(150, 1, 0), AP, 10, 0.05),
    "Pareto sizes, 200 clusters": Case(NORMAL, Shape(200, 1, 0, clusters=True)),
    "symmetric (normal), 3 × 9 cells, n=800": Case(NORMAL, Shape(800, 3, 2), looks=10),
    "binary, 10 % flip, 3 × 9 cells, n=800": Case(answers(0.05), Shape(800, 3, 2), looks=10),
}
"""One overall cell of 400 samples, unless it says otherwise."""
DROPS = (0.0, 0.0, 2.0, 4.0, 10.0)
"""A drop of 2 is at the edge of a FAIL, where a verdict turns most easily."""


def stopped(runs: int, seed: int) -> Rows:
    """How often an early verdict is that of the whole run, and the share of samples it needs."""
    every: list[Ended] = []
    for name, case in CASES.items():
        found = [case.ended(draw, drop_of(draw)) for draw in draws(runs, seed, name)]
        every += found
        yield Row("early stop keeps the verdict", name, kept(found), runs, SAME)
        for drop in sorted({*DROPS}):
            told = f"{name}, falls by {drop:g}" if drop else f"{name}, unchanged"
            shares = [
                one.share
                for draw, one in zip(draws(runs, seed, name), found, strict=True)
                if drop_of(draw) == drop
            ]
            yield Row("early stop: share of samples", told, float(np.mean(shares)), len(shares))
    yield Row("early stop keeps the verdict", "all of these", kept(every), len(every), SAME)


def drop_of(draw: Draw) -> float:
    """By how many units the run falls."""
    return DROPS[draw.run % len(DROPS)]


def kept(found: Iterable[Ended]) -> float:
    """The share of runs whose early verdict is that of the whole."""
    return share(one.early == one.whole for one in found)
