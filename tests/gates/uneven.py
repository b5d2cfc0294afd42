"""`gate --equity` on groups of unequal size, over several attributes, metrics and conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from benchsuite.estimation import Mean
from benchsuite.gates.equity import Policy, equity_gate
from benchsuite.gates.verdict import Verdict
from tests.estimation.luck import Scores, failing, like_dice, right
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates.made import TASK, statistics
from tests.toys import MEAN, install

SCORE = Mean("score", "x", bounds=(0.0, 1.0), equity=True)
HARD = Mean("score of hard samples", "x", "hard", bounds=(0.0, 1.0), equity=True)
POLICY = Policy(replicates=500)


@dataclass(frozen=True)
class Shape:
    """Every attribute splits the samples into groups of these sizes, each in its own way."""

    sizes: tuple[int, ...]
    attributes: int = 1
    conditions: int = 1
    slices: int = 1

    def groups(self, rng: np.random.Generator) -> dict[str, list[str]]:
        """Whole clusters of `slices` samples belong to a group."""
        names = np.repeat([f"v{g}" for g in range(len(self.sizes))], self.sizes)
        return {
            f"g{k}": list(np.repeat(rng.permutation(names), self.slices))
            for k in range(self.attributes)
        }

    def scores(self, rng: np.random.Generator, drawn: Scores) -> Array:
        """Two of three samples score as their cluster does, and three of four as when clean."""
        clusters = sum(self.sizes)
        count = clusters * self.slices
        own = np.repeat(drawn(rng, clusters), self.slices)
        clean = np.where(
            rng.random(count) < (2 / 3 if self.slices > 1 else 0), own, drawn(rng, count)
        )
        again = [
            np.where(rng.random(count) < 3 / 4, clean, drawn(rng, count))
            for _ in range(self.conditions - 1)
        ]
        return np.column_stack([clean, *again])


FAIR: dict[str, tuple[Scores, Shape]] = {
    "binary .95, 74 and 8": (right(0.95), Shape((74, 8))),
    "binary .97, 300 and 12": (right(0.97), Shape((300, 12))),
    "binary .97, 300 and 12, 3 attributes × 5 conditions": (right(0.97), Shape((300, 12), 3, 5)),
    "binary .9, 40, 20, 8, 6 and 5, 2 × 3": (right(0.9), Shape((40, 20, 8, 6, 5), 2, 3)),
    "binary .95 in clusters of 4, 74 and 8, 2 × 3": (right(0.95), Shape((74, 8), 2, 3, 4)),
    "5 % failures, 300 and 12, 3 × 5": (failing(0.9), Shape((300, 12), 3, 5)),
    "5 % failures, 74 and 8, 2 × 3": (failing(0.9), Shape((74, 8), 2, 3)),
    "Dice, 60, 60, 40 and 20, 3 × 5": (like_dice(0.8, 0.15), Shape((60, 60, 40, 20), 3, 5)),
}


def uneven(runs: int, seed: int) -> Rows:
    with pytest.MonkeyPatch.context() as patch:
        install(patch, replace(MEAN, name=TASK, metrics=(SCORE, HARD)))
        yield from unchanged(runs, seed)
        yield from assured(runs, seed)


def unchanged(runs: int, seed: int) -> Rows:
    """How often a gap is claimed where there is none, at one 5 % over the whole call."""
    for case, (drawn, shape) in FAIR.items():
        failed = []
        for draw in draws(runs, seed, case):
            rng = draw.rng
            scores, groups = shape.scores(rng, drawn), shape.groups(rng)
            owner = np.repeat(np.arange(sum(shape.sizes)), shape.slices)
            run = statistics(scores, owner, groups, f"{case}, run {draw.run}", [SCORE, HARD])
            halves = {
                name: t.assign(hard=rng.random(len(t)) < 0.5) for name, t in run.tables.items()
            }
            failed.append(
                equity_gate([replace(run, tables=halves)], POLICY).verdict == Verdict.FAIL
            )
        yield Row("no gap: gate --equity fails", case, share(failed), runs, (0.0, 0.05))


def assured(runs: int, seed: int) -> Rows:
    """How often a gap of .2 is assured to be within .15."""
    assure = replace(POLICY, mode="assure", tolerance=0.15)
    for small in (6, 8, 30):
        case = f"binary .97 and .77, 300 and {small}, tolerance .15"
        passed = []
        for draw in draws(runs, seed, case):
            rng = draw.rng
            scores = np.concatenate([right(0.97)(rng, 300), right(0.77)(rng, small)])[:, None]
            groups = {"g": ["a"] * 300 + ["b"] * small}
            run = statistics(scores, None, groups, f"{case}, run {draw.run}", [SCORE])
            passed.append(equity_gate([run], assure).verdict == Verdict.PASS)
        yield Row("beyond tolerance: gate --equity passes", case, share(passed), runs, (0.0, 0.05))
