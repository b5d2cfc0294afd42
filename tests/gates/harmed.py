"""Whether the gate says that a worst group fell or a gap grew where neither did: binary, skewed,
groups of 6 clusters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchsuite.estimation import Mean
from benchsuite.gates.derived import Shift
from benchsuite.runs.forms import Form
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates.made import SCORE, judged

RATE = Mean("score", "x", bounds=(0.0, 1.0))

Scores = Callable[[np.random.Generator, Array, Array], tuple[Array, Array]]
"""(generator, means before, means after), of each sample -> the scores of both runs."""


def right(rng: np.random.Generator, before: Array, after: Array) -> tuple[Array, Array]:
    """Right or wrong; three of ten samples are answered anew."""
    first = rng.random(before.shape)
    again = np.where(rng.random(before.shape) < 0.3, rng.random(before.shape), first)
    return (first < before).astype(float), (again < after).astype(float)


def failing(rng: np.random.Generator, before: Array, after: Array) -> tuple[Array, Array]:
    """Each run fails on 5 % of samples, by .6."""
    own = rng.normal(0, 0.03, before.shape)
    lost = [np.where(rng.random(before.shape) < 0.05, -0.57, 0.03) for _ in range(2)]
    return before + own + lost[0], after + own + lost[1]


def even(rng: np.random.Generator, before: Array, after: Array) -> tuple[Array, Array]:
    own, noise = rng.normal(0, 0.1, before.shape), rng.normal(0, 0.05, (2, *before.shape))
    return before + own + noise[0], after + own + noise[1]


Case = tuple[Scores, tuple[int, ...], tuple[float, ...], tuple[float, ...]]
"""Scores, sizes of the groups, their means before and after."""

HARMLESS: dict[str, Case] = {
    "binary, 300 fall to the level of 20": (
        right,
        (300, 20, 100),
        (1, 0.8, 0.95),
        (0.8, 0.8, 0.95),
    ),
    "binary, 8 fall to the level of 300": (right, (8, 300), (0.98, 0.6), (0.6, 0.6)),
    "binary, 6 fall to the level of 7": (right, (6, 7, 80), (0.98, 0.5, 0.9), (0.5, 0.5, 0.9)),
    "5 % failures, 100 fall to the level of 30": (failing, (100, 30), (0.9, 0.7), (0.7, 0.7)),
    "5 % failures, 30 fall to the level of 100": (failing, (30, 100), (0.9, 0.7), (0.7, 0.7)),
    "groups change places": (even, (100, 100, 100), (0.7, 0.8, 0.9), (0.9, 0.8, 0.7)),
}
"""Some group falls, and neither does the worst group nor does the gap grow."""

HARMFUL: dict[str, Case] = {
    "the worst of 3 × 100 falls by .1": (even, (100, 100, 100), (0.7, 0.8, 0.9), (0.6, 0.8, 0.9)),
    "binary, a worst 20 of 320 fall by .7": (right, (20, 300), (0.9, 0.95), (0.2, 0.95)),
}


def harmed(runs: int, seed: int) -> Rows:
    """How often a finding says so; a tenth of the call's 5 % is theirs."""
    for cases, promised in ((HARMLESS, (0.0, 0.005)), (HARMFUL, (0.8, 1.0))):
        for case, about in cases.items():
            worst, gap = _told(case, about, runs, seed)
            yield Row("gate: worst group called worse", case, worst, runs, promised)
            yield Row("gate: gap called grown", case, gap, runs, promised)


def _told(case: str, about: Case, runs: int, seed: int) -> tuple[float, float]:
    scores, sizes, *means = about
    groups = {"g": [f"v{k}" for k, size in enumerate(sizes) for _ in range(size)]}
    told: dict[Form, list[bool]] = {Form.WORST: [], Form.GAP: []}
    for draw in draws(runs, seed, case):
        before, after = scores(draw.rng, *(np.repeat(m, sizes)[:, None] for m in means))
        found = judged(
            before, after, case + str(draw.run), groups=groups, replicates=1000,
            metric=RATE if scores is right else SCORE,
        )  # fmt: skip
        for one in found.derived:
            assert isinstance(one, Shift)
            told[one.form].append(one.cell.worse)
    return share(told[Form.WORST]), share(told[Form.GAP])
