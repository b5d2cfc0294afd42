"""`assure`, simulated: false PASS where the loss is the margin, PASS where it is a fifth of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchsuite.estimation import Mean
from benchsuite.gates.verdict import Verdict
from tests.estimation.scenarios import Array, dice, draws
from tests.estimation.shown import ANY, Row, Rows, share
from tests.gates.made import judged

Generator = np.random.Generator
COST = Mean("cost", "x", higher_is_better=False)
SCORE = Mean("score", "x")


@dataclass(frozen=True)
class Loss:
    """A candidate that loses exactly the margin on average.

    lost    what each of n samples of this baseline loses, of mean `margin` times the baseline's
    base    the baseline's samples
    sizes   samples by cluster
    least   clusters from which on the promise is made
    """

    lost: Callable[[Generator, Array, float], Array]
    margin: float = 0.05
    base: Callable[[Generator, int], Array] = lambda rng, n: dice(rng, 0.8, 0.15, n)
    sizes: Callable[[Generator, int], NDArray[np.int64]] = lambda rng, n: np.ones(n, np.int64)
    metric: Mean = SCORE
    least: int = 0
    was: str = ""


def everywhere(rng: Generator, base: Array, loss: float) -> Array:
    return rng.normal(loss, 0.1, len(base))


def rare(part: float) -> Callable[[Generator, Array, float], Array]:
    """A share of the samples loses much, the others nothing but noise."""

    def lost(rng: Generator, base: Array, loss: float) -> Array:
        hit = rng.random(len(base)) < part
        return np.asarray(np.where(hit, loss / part, 0.0) + rng.normal(0, 0.02, len(base)))

    return lost


def flips(rng: Generator, base: Array, loss: float) -> Array:
    """2 % of all answers become right, and more become wrong."""
    drawn = rng.random(len(base))
    right = base > 0.5
    return np.where(
        right, (drawn < (loss + 0.02) / 0.8).astype(float), -(drawn < 0.02 / 0.2).astype(float)
    )


def answers(rng: Generator, n: int) -> Array:
    return (rng.random(n) < 0.8).astype(float)


def costs(rng: Generator, n: int) -> Array:
    return 1 - dice(rng, 0.8, 0.15, n)


def likelihoods(rng: Generator, n: int) -> Array:
    return rng.normal(-2, 0.3, n)


def unequal(rng: Generator, n: int) -> NDArray[np.int64]:
    return np.ceil(np.exp(rng.normal(1, 1, n))).astype(np.int64)


LOSSES = {
    "5 % of samples lose much": Loss(rare(0.05), was=".20–.67 (n=8–30)"),
    "2 % lose all, margin 2 %": Loss(rare(0.02), 0.02),
    "2 % of samples lose 2.5 times as much": Loss(rare(0.02), least=149),
    "5 % of clusters lose much, lognormal sizes": Loss(rare(0.05), sizes=unequal),
    "5 % of costs rise much": Loss(rare(0.05), base=costs, metric=COST),
    # With fewer, no answer differs in many samples, and what is identical passes.
    "answers flip": Loss(flips, base=answers, least=59),
    "log-likelihood of -2, normal": Loss(everywhere, base=likelihoods, was="the margin's sign"),
    "normal": Loss(everywhere),
    "normal, lognormal sizes": Loss(everywhere, sizes=unequal),
}


def all_parts(runs: int, seed: int) -> Iterator[Row]:
    yield from false_passes(runs, seed)
    yield from power(runs, seed)


def false_passes(runs: int, seed: int) -> Rows:
    """How often a loss of exactly the margin is said to be within it."""
    for case, loss in LOSSES.items():
        for n in (8, 30, 60, 100, 400):
            name = f"{case}, n={n}"
            passed = share(
                _verdict(loss, loss.margin, name, draw.run, draw.rng, n) == Verdict.PASS
                for draw in draws(runs, seed, name)
            )
            promised = (0.0, 0.05) if n >= loss.least else ANY
            yield Row("assure: a false PASS", name, passed, runs, promised, was=loss.was)


def power(runs: int, seed: int) -> Rows:
    """How often a true loss of 1 % passes with a margin of 5 %, and how often it FAILs."""
    loss = Loss(everywhere)
    for n, was, least in ((100, ".67", 0.6), (400, ".10", 0.95), (1000, ".00", 0.98)):
        case = f"true loss 1 %, margin 5 %, n={n}"
        found = [
            _verdict(loss, 0.01, case, draw.run, draw.rng, n) for draw in draws(runs, seed, case)
        ]
        passed = share(v == Verdict.PASS for v in found)
        yield Row("assure: PASS", case, passed, runs, (least, 1.0), was=was)
        failed = share(v == Verdict.FAIL for v in found)
        yield Row("assure: FAIL inside the margin", case, failed, runs, (0.0, 0.05))


def _verdict(loss: Loss, lost: float, case: str, run: int, rng: Generator, n: int) -> Verdict:
    """The gate's verdict where `lost` times the baseline's size is lost on average."""
    owner = np.repeat(np.arange(n), loss.sizes(rng, n))
    base = loss.base(rng, n)
    amount = lost * abs({answers: 0.8, costs: 0.2, likelihoods: -2.0}.get(loss.base, 0.8))
    change = loss.lost(rng, base, amount) * (-1 if loss.metric.higher_is_better else 1)
    before, after = base[owner, None], (base + change)[owner, None]
    population, margin = f"{case}, run {run}", loss.margin
    outcome = judged(
        before, after, population, metric=loss.metric, clusters=owner, mode="assure", margin=margin
    )
    return outcome.verdict
