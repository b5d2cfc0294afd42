"""Simulated designs: a suite of which each cluster is measured under a keyed few conditions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchsuite.condition import Condition, with_sampled
from benchsuite.dataset import Sample
from benchsuite.estimation import Estimate, interval, mean, sampled_mean
from benchsuite.runs.design import deal
from tests.estimation.scenarios import Array, Draw, draws, names
from tests.estimation.shown import ANY, Row, Rows, share
from tests.estimation.shown import mean as average

CONDITIONS = with_sampled(
    {f"noise/{i}": Condition("noise", str(i), alter=lambda value, *_: value) for i in range(10)}
)
SUITE = [c for c in CONDITIONS.values() if c.drawn_from]
PER_CLUSTER = SUITE[0].per_cluster
CLUSTERS = (50, 100, 300)

Population = Callable[[np.random.Generator, int], Array]
"""Scores (n, 1 + C) of n clusters on clean inputs and under C conditions."""


def scores(rng: np.random.Generator, n: int, shared: float, spread: float) -> Array:
    """Scores in (0, 1), left-skewed: `shared` of a logit's variance is the cluster's own.

    Conditions cost more and more, and some clusters more than others.
    """
    level = 2.2 - np.linspace(0, 1.6, 1 + len(SUITE))
    own = rng.normal(0, np.sqrt(shared), (n, 1))
    noise = rng.normal(0, np.sqrt(1 - shared), (n, 1 + len(SUITE)))
    return np.asarray(1 / (1 + np.exp(-level - spread * (own + noise))))


def alike(rng: np.random.Generator, n: int) -> Array:
    """As Dice under corruptions: r = .5 between conditions."""
    return scores(rng, n, 0.5, 1.2)


def apart(rng: np.random.Generator, n: int) -> Array:
    """Conditions that hurt other clusters each: r = .2."""
    return scores(rng, n, 0.2, 1.2)


def near(rng: np.random.Generator, n: int) -> Array:
    """As retrieval under typos: r = .8."""
    return scores(rng, n, 0.8, 1.2)


def right(rng: np.random.Generator, n: int) -> Array:
    """Right or wrong."""
    return np.asarray(rng.random((n, 1 + len(SUITE))) < scores(rng, n, 0.7, 2.0), dtype=np.float64)


def planned(runs: int, seed: int) -> Rows:
    """Coverage and width of a sampled suite's mean beside the whole suite's."""
    for population in (alike, apart, near, right):
        truth = population(np.random.default_rng(0), 400_000).mean(axis=0)
        for n in CLUSTERS:
            yield from _sampled(population, truth, n, runs, seed)


def _sampled(population: Population, truth: Array, n: int, runs: int, seed: int) -> Rows:
    case = f"{population.__name__}, n={n}"
    suite, clean = float(truth[1:].mean()), float(truth[0])
    found: dict[str, list[tuple[Estimate, float]]] = {}
    for draw in draws(runs, seed, case):
        whole, some, there = estimates(draw, population(draw.rng, n))
        found.setdefault("whole suite", []).append((whole, suite))
        found.setdefault("sampled suite", []).append((some, suite))
        found.setdefault("sampled suite / clean", []).append((some / there, suite / clean))
    promised = (0.93, 0.97) if n >= 100 else ANY
    for what, several in found.items():
        upper = np.inf if "/" in what else 1.0
        given = [(interval(e, lower=0.0, upper=upper), true) for e, true in several]
        covered = share(i.low <= true <= i.high for i, true in given)
        width = average(i.high - i.low for i, _ in given)
        yield Row(f"coverage, {what}", case, covered, runs, promised, width)


def estimates(draw: Draw, drawn: Array) -> tuple[Estimate, Estimate, Estimate]:
    """The mean over the whole suite, that of the sampled suite, and the clean mean."""
    samples = [Sample(name, {}, None) for name in names(len(drawn))]
    dealt = deal(samples, SUITE[0].drawn_from, PER_CLUSTER, draw.seed, draw.case, draw.run)
    measured = np.array([[s.id in dealt[c.full_name] for c in SUITE] for s in samples])
    some = draw.means(np.where(measured, drawn[:, 1:], np.nan))
    clean, *whole = draw.means(drawn)
    return mean(whole), sampled_mean(some, PER_CLUSTER), clean
