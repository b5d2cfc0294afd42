"""Planned and realised power: what `gate plan` promises of the gate, on data it has not seen.

Large pilots are planned from, since a pilot has an error of its own. Then pairs with as many
clusters as the plans say are drawn anew, one cell of each falls by the drop, and the whole gate
judges them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.gates.pairs import Compared
from benchsuite.gates.pilot import Pilot
from benchsuite.gates.plan import Drop, plan
from benchsuite.gates.policy import Policy
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates.made import SCORE, TASK, judged, statistics

PILOT = 8000
"""Clusters of a pilot."""
PILOTS = 8
WITHIN = (0.77, 0.83)
"""A power of 80 %, three points more or less."""

Change = Callable[[np.random.Generator, Array], Array]
"""(generator, drops (N, C)) -> what is added to scores; half of it is the cluster's own."""


def shifted(noise: Callable[[np.random.Generator, tuple[int, ...]], Array]) -> Change:
    """All lose alike."""
    return lambda rng, drops: 0.1 * noise(rng, drops.shape) - drops


def flipped(share: float) -> Change:
    """Answers: so large a share becomes right, and as large a one wrong; of those, more."""

    def change(rng: np.random.Generator, drops: Array) -> Array:
        drawn = rng.random(drops.shape)
        return np.where(drawn < share + drops, -1.0, np.where(drawn > 1 - share, 1.0, 0.0))

    return change


@dataclass(frozen=True)
class Case:
    """Pairs of runs, and what falls in them.

    group       a fourth of the clusters falls under the second condition; else everybody on clean
    sizes       samples a cluster: from 1 to so many, which change alike
    """

    change: Change
    drop: float
    conditions: int = 1
    group: bool = False
    sizes: int = 1

    def pair(self, rng: np.random.Generator, clusters: int, drop: float) -> dict[str, Any]:
        """Both sides, their clusters and groups."""
        few = np.arange(clusters) % 4 == 0
        drops = np.zeros((clusters, self.conditions))
        drops[few if self.group else slice(None), int(self.group)] = drop
        owner = np.repeat(np.arange(clusters), rng.integers(1, self.sizes + 1, clusters))
        before = rng.normal(0.6, 0.1, (len(owner), self.conditions))
        groups = {"g": list(np.where(few, "few", "most")[owner])} if self.conditions > 1 else {}
        after = before + self.change(rng, drops)[owner]
        return {"before": before, "after": after, "clusters": owner, "groups": groups}

    def falls(self, cell: Compared) -> bool:
        """Whether a cell is the one that falls."""
        if not self.group:
            return cell.headline
        return cell.group.value == "few" and cell.condition == "noise/grain/1"


def normal(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    return rng.standard_normal(size)


def gains(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    return rng.exponential(1, size) - 1


def losses(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    return -gains(rng, size)


CASES = {
    "headline, normal": Case(shifted(normal), 0.02),
    "headline, normal, few clusters": Case(shifted(normal), 0.05),
    "headline, clusters of 1 to 9": Case(shifted(normal), 0.02, sizes=9),
    "headline, 5 % flip": Case(flipped(0.025), 0.03),
    "headline, 1 % flip, a large drop": Case(flipped(0.005), 0.1),
    "a group, normal, 10 × 3": Case(shifted(normal), 0.04, 10, True),
    "a group, right-skewed, 10 × 3": Case(shifted(gains), 0.04, 10, True),
    "a group, left-skewed, 10 × 3": Case(shifted(losses), 0.04, 10, True),
    "a group, 10 % flip, 10 × 3": Case(flipped(0.05), 0.08, 10, True),
    "a group, clusters of 1 to 5, 10 × 3": Case(shifted(normal), 0.04, 10, True, sizes=5),
}


def planned(runs: int, seed: int) -> Rows:
    for name, case in CASES.items():
        plans = [needed(case, np.random.default_rng([seed, pilot])) for pilot in range(PILOTS)]
        found = []
        for draw in draws(runs, seed, name):
            drawn = case.pair(draw.rng, plans[draw.run % PILOTS], case.drop)
            outcome = judged(population=f"{name} {draw.run}", replicates=1000, **drawn)
            found.append(any(c.cell.worse for c in outcome.judged if case.falls(c)))
        told = f"{name}, drop {case.drop:g}: {min(plans)} to {max(plans)} clusters"
        yield Row("power that was planned as .8", told, share(found), runs, WITHIN)


def needed(case: Case, rng: np.random.Generator) -> int:
    """The clusters of a whole run with which the plan of a pilot finds the drop."""
    drawn = case.pair(rng, PILOT, 0.0)
    held = {"clusters": drawn["clusters"], "groups": drawn["groups"]}
    pair = (statistics(drawn["before"], **held), statistics(drawn["after"], **held))
    found = plan(Pilot([pair]), {TASK: (SCORE,)}, Policy(), Drop(case.drop))
    (cell,) = [one for one in found.cells if case.falls(one.cell)]
    return round(cell.factor * PILOT)
