"""Small groups beside large ones: what is luck is not claimed, and what is there is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchsuite.estimation import Estimate, gap, worst_group
from tests.estimation.scenarios import Array, Draw, dice, draws
from tests.estimation.shown import ANY, Row, Rows, mean, share

UNIT = (0.0, 1.0)

Scores = Callable[[np.random.Generator, int], Array]


def right(rate: float) -> Scores:
    return lambda rng, n: (rng.random(n) < rate).astype(np.float64)


def like_dice(of: float, sd: float) -> Scores:
    return lambda rng, n: dice(rng, of, sd, n)


def failing(of: float, rate: float = 0.05) -> Scores:
    """Good scores, a share of which fail altogether."""
    return lambda rng, n: np.where(
        rng.random(n) < rate, 0.02 * rng.random(n), dice(rng, of, 0.05, n)
    )


@dataclass(frozen=True)
class Parts:
    """Groups of these sizes; `truth` are their means, where they differ."""

    scores: tuple[Scores, ...]
    sizes: tuple[int, ...]
    truth: tuple[float, ...] = ()
    clustered: bool = False

    @property
    def apart(self) -> float:
        return max(self.truth) - min(self.truth) if self.truth else 0.0

    def sample(self, draw: Draw) -> list[Estimate]:
        rng = draw.rng
        table = np.full((sum(self.sizes), len(self.sizes)), np.nan)
        stops = np.cumsum(self.sizes)
        for g, (scores, size) in enumerate(zip(self.scores, self.sizes, strict=True)):
            table[stops[g] - size : stops[g], g] = self._group(scores, size, rng)
        return draw.means(table)

    def _group(self, scores: Scores, size: int, rng: np.random.Generator) -> Array:
        """Of clusters, their means over 1 to 6 samples that are alike in two of three."""
        if not self.clustered:
            return scores(rng, size)
        count = rng.integers(1, 7, size)
        own = scores(rng, size)
        rest = np.array([scores(rng, k).mean() for k in count])
        return np.asarray(np.where(rng.random(size) < 2 / 3, own, rest))


def same(scores: Scores, *sizes: int, clustered: bool = False) -> Parts:
    return Parts((scores,) * len(sizes), sizes, clustered=clustered)


EQUAL: dict[str, Parts] = {
    "binary .95, 74 and 8": same(right(0.95), 74, 8),
    "binary .97, 300 and 12": same(right(0.97), 300, 12),
    "binary .97, 300 and 6": same(right(0.97), 300, 6),
    "binary .9, 300 and 5": same(right(0.9), 300, 5),
    "binary .99, 300 and 30": same(right(0.99), 300, 30),
    "binary .03, 300 and 12": same(right(0.03), 300, 12),
    "binary .5, 300 and 6": same(right(0.5), 300, 6),
    "binary .9, 40, 20, 8, 6 and 5": same(right(0.9), 40, 20, 8, 6, 5),
    "binary .9 in clusters, 60 and 8": same(right(0.9), 60, 8, clustered=True),
    "5 % failures, 74 and 8": same(failing(0.9), 74, 8),
    "5 % failures, 300 and 12": same(failing(0.9), 300, 12),
    "10 % failures, 50, 10 and 10": same(failing(0.9, 0.1), 50, 10, 10),
    "2 % failures, 200 and 10": same(failing(0.9, 0.02), 200, 10),
    "Dice, 74 and 8": same(like_dice(0.8, 0.15), 74, 8),
    "Dice, 8 of 82 noisier": Parts((like_dice(0.8, 0.08), like_dice(0.8, 0.2)), (74, 8)),
    "Dice, 8 of 82 less noisy": Parts((like_dice(0.8, 0.2), like_dice(0.8, 0.08)), (74, 8)),
}

HARD: dict[str, Parts] = {
    "skewed Dice, 8 of 82 thrice as noisy": Parts(
        (like_dice(0.95, 0.03), like_dice(0.95, 0.1)), (74, 8)
    ),
}
"""What is beyond these rules: eight skewed values do not tell their own spread."""

APART: dict[str, tuple[Parts, float]] = {
    "binary .95 and .5, 74 and 8": (Parts((right(0.95), right(0.5)), (74, 8), (0.95, 0.5)), 0.75),
    "binary .95 and .7, 300 and 12": (
        Parts((right(0.95), right(0.7)), (300, 12), (0.95, 0.7)), 0.65
    ),
    "binary .7 and .95, 300 and 12": (Parts((right(0.7), right(0.95)), (300, 12), (0.7, 0.95)), 0.3),
    "Dice .8 and .65, 74 and 8": (
        Parts((like_dice(0.8, 0.15), like_dice(0.65, 0.15)), (74, 8), (0.8, 0.65)), 0.55
    ),
    "Dice .8 and .7, 74 and 20": (
        Parts((like_dice(0.8, 0.15), like_dice(0.7, 0.15)), (74, 20), (0.8, 0.7)), 0.65
    ),
}  # fmt: skip
"""Groups that differ, and how often that has to be shown."""


def luck(runs: int, seed: int) -> Rows:
    for case, parts in {**EQUAL, **HARD}.items():
        yield from bounds(case, parts, runs, seed, hard=case in HARD)
    for case, (parts, power) in APART.items():
        yield from bounds(case, parts, runs, seed, power=power)


def bounds(
    case: str, parts: Parts, runs: int, seed: int, *, power: float = 0.0, hard: bool = False
) -> Rows:
    """Coverage of gap and worst group, false claims of a gap or else power, and the null."""
    sampled = [parts.sample(draw) for draw in draws(runs, seed, case, 500)]
    gaps = [gap(groups, bounds=UNIT) for groups in sampled]
    covered = share(e.low - 1e-9 <= parts.apart <= e.high + 1e-9 for e in gaps)
    width = mean(e.high - e.low for e in gaps)
    yield Row("coverage, gap", case, covered, runs, ANY if hard else (0.93, 1.0), width)
    shown = share(e.low > 0 for e in gaps)
    if parts.truth:
        worst = [worst_group(groups, bounds=UNIT) for groups in sampled]
        true = min(parts.truth)
        covered = share(e.low - 1e-9 <= true <= e.high + 1e-9 for e in worst)
        width = mean(e.high - e.low for e in worst)
        yield Row("coverage, worst group", case, covered, runs, (0.93, 1.0), width)
        yield Row("power: the gap is shown", case, shown, runs, (power, 1.0))
        return
    yield Row("gap claimed, none is", case, shown, runs, ANY if hard else (0.0, 0.05))
    beyond = share(e.value > e.null95 + 1e-9 for e in gaps)
    yield Row("gap > its null", case, beyond, runs, ANY if hard else (0.0, 0.05))
