"""Early stop, simulated: does it keep the whole run's verdict, and what share does it need?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import ANY, Row, Rows, share
from tests.gates import hard
from tests.gates.made import SCORE, TASK, statistics

LOOKS = 20
SAME = (0.999, 1.0)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its early verdict and that of the whole, and the share it needed."""

    early: Verdict
    whole: Verdict
    share: float

    @property
    def kept(self) -> bool:
        return self.early == self.whole


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
CASES: dict[str, tuple[Noise, hard.Sizes]] = {
    "normal": (hard.normal, hard.Sizes(400, 1)),
    "t3": (hard.heavy, hard.Sizes(400, 1)),
    "right-skewed (lognormal)": (hard.lognormal, hard.Sizes(400, 1)),
    "left-skewed (lognormal)": (hard.collapses, hard.Sizes(400, 1)),
    "3 % rare gains": (hard.rare, hard.Sizes(400, 1)),
    "binary, 10 % flip": (hard.flips, hard.Sizes(400, 1)),
    "binary, 2 % flip": (hard.few_flips, hard.Sizes(400, 1)),
    "2 % fail or recover, all shift": (lambda *of: 1.0 * hard.few_flips(*of), hard.Sizes(400, 1)),
    "normal, 5 × 12 cells": (hard.normal, hard.Sizes(400, 5, 3)),
    "binary, 10 % flip, 5 × 12 cells": (hard.flips, hard.Sizes(400, 5, 3)),
}
DROPS = (0.0, 2.0, 4.0, 10.0)
"""In standard errors of the whole run's overall difference."""


def stopped(runs: int, seed: int) -> Rows:
    """Half of the runs are unchanged; the others fall, by little or by much."""
    for case, (noise, of) in CASES.items():
        found = [_simulated(noise, of, case, *draw) for draw in _draws(runs, seed, case)]
        yield Row("early stop keeps the verdict", case, share(e.kept for e in found), runs, SAME)
        for verdict in (Verdict.PASS, Verdict.FAIL):
            if shares := [e.share for e in found if e.whole == verdict]:
                name = f"early stop: share of samples, {verdict}"
                yield Row(name, case, float(np.mean(shares)), len(shares), ANY)


def _draws(runs: int, seed: int, case: str):
    for draw in draws(runs, seed, case):
        yield draw.rng, DROPS[draw.run % len(DROPS)], f"{case} {draw.run}"


def _simulated(
    noise: Noise, of: hard.Sizes, case: str, rng: np.random.Generator, drop: float, name: str
) -> Ended:
    change = noise(rng, of)
    lost = drop * change[:, :1].std() / np.sqrt(of.samples)
    if noise in (hard.flips, hard.few_flips):
        change[rng.random(change.shape) < lost] = -1.0
    else:
        change -= lost
    before, groups = rng.normal(0.6, 0.1, change.shape), of.groups(rng)
    baseline, candidate = (
        statistics(x, groups=groups, population=name) for x in (before, before + change)
    )
    look = rng.permutation(np.arange(of.samples) % LOOKS) + 1
    return ended(baseline, candidate, look, Policy(replicates=400))
