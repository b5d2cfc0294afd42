"""Early stop, simulated: does it keep the whole run's verdict, and what share does it need?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Metric, Pooled
from benchsuite.gates.early import foreseen
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.manifest import Stopped
from benchsuite.runs.statistics import Statistics
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates import hard
from tests.gates.made import SCORE, TASK, statistics

SAME = (0.999, 1.0)


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
    """How a candidate ends whose samples come in the looks (N,), from 1 on."""
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


Noise = Callable[[np.random.Generator, hard.Sizes], Array]
ONE_CELL = hard.Sizes(400, 1)


@dataclass(frozen=True)
class Case:
    """Changes of samples of a mean of about .6.

    flips  they are 1, 0 and -1, and a drop is more of -1
    """

    noise: Noise
    of: hard.Sizes = ONE_CELL
    flips: bool = False
    law: str = ""
    metric: Metric = SCORE
    looks: int = 20

    def ended(self, rng: np.random.Generator, drop: float, name: str) -> Ended:
        """How a run ends that falls by `drop` standard errors of its overall difference."""
        change = self.noise(rng, self.of)
        sizes = np.ones(self.of.samples) if not self.law else hard.sizes(rng, self.law, len(change))
        lost = drop * change[:, 0].std() * np.sqrt((sizes**2).sum()) / sizes.sum()
        if self.flips:
            change[rng.random(change.shape) < lost] = -1.0
        else:
            change -= lost
        owner = np.repeat(np.arange(len(change)), sizes.astype(int))
        before, groups = rng.normal(0.6, 0.1, change.shape), self.of.groups(rng)
        baseline, candidate = (
            statistics(x[owner], owner, groups, name, [self.metric])
            for x in (before, before + change)
        )
        look = rng.permutation(np.arange(len(change)) % self.looks) + 1
        return ended(baseline, candidate, look, Policy(replicates=400), self.metric)


def median(table: pd.DataFrame, weights: Array) -> Array:
    """The weighted median of a batch of weights (B, N)."""
    order = np.argsort(table["x"].to_numpy(), kind="stable")
    sums = np.cumsum(weights[:, order], axis=1)
    return table["x"].to_numpy()[order][(sums >= sums[:, -1:] / 2).argmax(axis=1)]


CASES = {
    "normal": Case(hard.normal),
    "t3": Case(hard.heavy),
    "right-skewed (lognormal)": Case(hard.lognormal),
    "left-skewed (lognormal)": Case(hard.collapses),
    "3 % rare gains": Case(hard.rare),
    "binary, 10 % flip": Case(hard.flips, flips=True),
    "binary, 2 % flip": Case(hard.few_flips, flips=True),
    "2 % fail or recover, all shift": Case(hard.few_flips),
    "clusters of Pareto sizes": Case(hard.normal, law="Pareto"),
    "median": Case(hard.normal, metric=Pooled("median", ("x",), median)),
    "normal, 3 × 9 cells": Case(hard.normal, hard.Sizes(800, 3, 2), looks=10),
    "binary, 10 % flip, 3 × 9 cells": Case(hard.flips, hard.Sizes(800, 3, 2), True, looks=10),
}
DROPS = (0.0, 0.0, 2.0, 4.0, 10.0)
"""In standard errors. A drop of 2 is at the edge of a FAIL, where a verdict turns most easily."""


def stopped(runs: int, seed: int) -> Rows:
    """How often an early verdict is that of the whole run, and the share of samples it needs."""
    every: list[Ended] = []
    for name, case in CASES.items():
        found = {
            draw.run: case.ended(draw.rng, DROPS[draw.run % len(DROPS)], f"{name} {draw.run}")
            for draw in draws(runs, seed, name)
        }
        every += found.values()
        yield Row("early stop keeps the verdict", name, kept(found.values()), runs, SAME)
        for drop in sorted({*DROPS}):
            told = f"{name}, drop of {drop:g} SE" if drop else f"{name}, unchanged"
            shares = [e.share for k, e in found.items() if DROPS[k % len(DROPS)] == drop]
            yield Row("early stop: share of samples", told, float(np.mean(shares)), len(shares))
    yield Row("early stop keeps the verdict", "all of these", kept(every), len(every), SAME)


def kept(found: Iterable[Ended]) -> float:
    """The share of runs whose early verdict is that of the whole."""
    return share(one.early == one.whole for one in found)
