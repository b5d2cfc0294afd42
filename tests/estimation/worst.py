"""Simulated coverage of the mean of the worst tenth, and of its gap between two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from benchsuite.estimation import Estimate, TailMean, gap, interval
from tests.estimation.luck import UNIT
from tests.estimation.scenarios import Array, Draw, dice, draws, names
from tests.estimation.shown import ANY, Row, Rows, mean, share

Scores = Callable[[np.random.Generator, int], Array]


def skewed(rng: np.random.Generator, size: int) -> Array:
    return dice(rng, 0.8, 0.12, size)


def failing(rng: np.random.Generator, size: int) -> Array:
    """Of which 5 % are failures: half of the tail."""
    failed = rng.random(size) < 0.05
    return np.where(failed, 0.1 * rng.random(size), dice(rng, 0.9, 0.06, size))


def distances(rng: np.random.Generator, size: int) -> Array:
    """In pixels, lognormal: without an upper bound."""
    return rng.lognormal(1, 0.8, size)


KINDS: Mapping[Scores, TailMean] = {
    skewed: TailMean("tail", "x", bounds=UNIT),
    failing: TailMean("tail", "x", bounds=UNIT),
    distances: TailMean("tail", "x", bounds=(0.0, np.inf), higher_is_better=False),
}


@cache
def truth(scores: Scores) -> float:
    """The mean of the worst tenth of the population."""
    drawn = np.sort(scores(np.random.default_rng(0), 4_000_000))
    return float((drawn if KINDS[scores].higher_is_better else drawn[::-1])[:400_000].mean())


def tails(runs: int, seed: int) -> Rows:
    for scores in KINDS:
        for n in (30, 50, 100, 300):
            yield covered(scores, n, runs, seed)
    for scores in KINDS:
        for sizes in ((45, 38), (200, 40), (300, 300)):
            yield claimed(scores, sizes, runs, seed)


def covered(scores: Scores, n: int, runs: int, seed: int) -> Row:
    """Coverage of the 95 % interval: promised for scores between bounds, from 100 clusters."""
    case = f"{scores.__name__}, n={n}"
    low, high = KINDS[scores].bounds
    found = [
        interval(estimate, lower=low, upper=high)
        for draw in draws(runs, seed, case, 500)
        for estimate in _sampled(scores, (n,), draw)
    ]
    right = share(one.low <= truth(scores) <= one.high for one in found)
    promised = (0.93, 1.0) if n >= 100 and np.isfinite(high) else ANY
    width = mean(one.high - one.low for one in found)
    return Row("coverage, worst tenth", case, right, runs, promised, width)


def claimed(scores: Scores, sizes: tuple[int, int], runs: int, seed: int) -> Row:
    """How often a gap between two groups that are alike is claimed."""
    case = f"{scores.__name__}, {sizes[0]} and {sizes[1]}"
    found = [
        gap(_sampled(scores, sizes, draw), bounds=KINDS[scores].bounds)
        for draw in draws(runs, seed, case, 500)
    ]
    return Row(
        "gap of worst tenths claimed, none is", case, share(one.low > 0 for one in found), runs,
        (0.0, 0.05), mean(one.high - one.low for one in found),
    )  # fmt: skip


def _sampled(scores: Scores, sizes: tuple[int, ...], draw: Draw) -> list[Estimate]:
    """The estimates of groups of these sizes, drawn from one population."""
    ids = names(sum(sizes))
    table = pd.DataFrame({"sample_id": ids, "cluster": ids, "x": scores(draw.rng, len(ids))})
    groups = np.repeat(np.arange(len(sizes)), sizes)[:, None] == np.arange(len(sizes))
    metric = KINDS[scores]
    return metric.finish(metric.accumulate(table, draw.weights, groups), draw.weights)
