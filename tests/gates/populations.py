"""Pairs of runs as this field has them: symmetric, skewed, rare, binary, AP, clustered.

Every population has a true loss, `fall`: what each sample loses on average. Where it is 0, the two
runs are equally good, and what a gate fails is a false alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Metric, Pooled
from benchsuite.estimation.cells import Group
from benchsuite.gates.pairs import Compared, Pair
from tests.gates.made import SCORE, Array, statistics

Generator = np.random.Generator
Noise = Callable[[Generator, tuple[int, int]], Array]
Scores = NDArray[Any]
"""What is known of N samples under C conditions, (N, C): numbers, or the records of an image."""

Owners = NDArray[np.intp]
"""The cluster of each sample (N,), counted from 0."""

Population = Callable[[Generator, Owners, Array], tuple[Scores, Scores]]
"""Of the clusters and the true loss (N, C): the scores of a baseline and of a candidate."""

UNCHANGED, CONDITION, GROUP = "unchanged", "a condition falls", "a group falls"

ATTRIBUTE = "g0"
"""The attribute of which a group falls."""


def by_cluster(drawn: Noise) -> Population:
    """Differences of SD .1 times that of `drawn`: half of it is the cluster's, in all conditions."""

    def population(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
        own, each = drawn(rng, (owners[-1] + 1, 1))[owners], drawn(rng, fall.shape)
        before = rng.normal(0.6, 0.1, fall.shape)
        return before, before + 0.1 * np.sqrt(0.5) * (own + each) - fall

    return population


def normal(rng: Generator, size: tuple[int, int]) -> Array:
    return rng.normal(0, 1, size)


def heavy(rng: Generator, size: tuple[int, int]) -> Array:
    """Student's t with 3 df."""
    return rng.standard_t(3, size)


def gains(rng: Generator, size: tuple[int, int]) -> Array:
    """Most lose a little, some gain much: lognormal."""
    return np.asarray(np.exp(rng.normal(0, 1, size)) - np.exp(0.5))


def losses(rng: Generator, size: tuple[int, int]) -> Array:
    """Most gain a little, some lose much."""
    return -gains(rng, size)


def rare_gains(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
    """97 % lose .015 and 3 % gain .485, other samples under each condition."""
    return _with_gains(rng, fall, rng.random(fall.shape) < 0.03)


def rare_gains_of_samples(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
    """97 % lose .015 and 3 % gain .485, the same samples under every condition."""
    return _with_gains(rng, fall, rng.random((len(fall), 1)) < 0.03)


def _with_gains(rng: Generator, fall: Array, gain: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    before = rng.normal(0.6, 0.1, fall.shape)
    return before, before + rng.normal(0, 0.01, fall.shape) + np.where(gain, 0.485, -0.015) - fall


def few_change(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
    """3 % of the samples change at all, by N(0, .3²); a loss takes .5 from a few."""
    before = rng.normal(0.6, 0.1, fall.shape)
    change = np.where(rng.random(fall.shape) < 0.03, rng.normal(0, 0.3, fall.shape), 0.0)
    return before, before + change - np.where(rng.random(fall.shape) < fall / 0.5, 0.5, 0.0)


def answers(flips: float) -> Population:
    """Answers of which 80 % are right; a share `flips` of all becomes right, as many wrong."""

    def population(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
        hard = rng.normal(0, 1, (len(fall), 1)) + rng.normal(0, 1, fall.shape)
        before = hard < 0.84 * np.sqrt(2)
        drawn = rng.random(fall.shape)
        lost, won = drawn < (flips + fall) / 0.8, drawn < flips / 0.2
        return before.astype(float), np.where(before, ~lost, won).astype(float)

    return population


# --- average precision -----------------------------------------------------------------------


def detections(rng: Generator, owners: Owners, fall: Array) -> tuple[Scores, Scores]:
    """What two detectors find in images, score by truth: both see what is hard, none is better.

    A fall lowers the scores of objects among those of what is none.
    """
    both = np.empty((2, *fall.shape), object)
    for i, images in enumerate(fall):
        objects = 1 + rng.poisson(1.5)
        truth = np.arange(objects + rng.poisson(3)) < objects
        own = rng.normal(1.5 * truth, 0.8)
        for k, lowered in enumerate(images):
            shared = own + rng.normal(0, 0.4, len(truth))
            for side, less in enumerate((0.0, lowered)):
                score = shared + rng.normal(0, 0.4, len(truth)) - less * truth
                both[side, i, k] = np.column_stack([score, truth]).ravel()
    return both[0], both[1]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Detections, the best first: whether each is true (D,), and whose image it is in (D,)."""

    truth: Array
    image: NDArray[np.intp]


def ranked(table: pd.DataFrame) -> Ranked:
    found = [row.reshape(-1, 2) for row in table["x"]]
    score, truth = np.concatenate(found).T
    order = np.argsort(-score, kind="stable")
    return Ranked(truth[order], np.repeat(np.arange(len(found)), [*map(len, found)])[order])


def average_precision(found: Ranked, weights: Array) -> Array:
    """The precision at each object, averaged over the objects (B,)."""
    weight = weights[:, found.image]
    hits, seen = np.cumsum(weight * found.truth, axis=1), np.cumsum(weight, axis=1)
    total = hits[:, -1]
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.nansum(weight * found.truth * hits / seen, axis=1)
            / np.where(total > 0, total, np.nan)
        )


AP = Pooled("AP", ("x",), average_precision, prepare=ranked)


# --- what is simulated -----------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """Samples, conditions and groups.

    clusters  of Pareto sizes (shape 1.5); 0 where each sample is one
    groups    of attributes that are independent of each other: the shares of their groups
    """

    samples: int
    conditions: int
    attributes: int = 3
    groups: tuple[float, ...] = (0.25, 0.25, 0.25, 0.25)
    clusters: bool = False

    def owners(self, rng: Generator) -> Owners:
        """The cluster of each sample; `samples` counts clusters where they have several."""
        sizes = np.ceil(rng.pareto(1.5, self.samples)) if self.clusters else np.ones(self.samples)
        return np.repeat(np.arange(self.samples), sizes.astype(int))

    def labels(self, rng: Generator, owners: Owners) -> dict[str, list[str]]:
        """The groups of each sample, by attribute. Those of a cluster are in one group."""
        stops = np.cumsum(np.multiply(self.groups, self.samples)).round().astype(int)
        names = np.searchsorted(stops, np.arange(self.samples), side="right")
        return {
            f"g{k}": [f"v{v}" for v in rng.permutation(names)[owners]]
            for k in range(self.attributes)
        }


@dataclass(frozen=True)
class Scenario:
    """A population and its shape.

    falls  what is to be found: how much one condition falls for everybody, and how much one group
           falls under all conditions
    was    the share of unchanged runs that failed before the tests knew of skewness and clusters
    """

    population: Population
    shape: Shape
    falls: tuple[float, float] = (0.0, 0.0)
    metric: Metric = SCORE
    was: str = ""

    @property
    def cases(self) -> list[str]:
        """`unchanged`, and what falls."""
        return [UNCHANGED, *(case for case, size in self._falls.items() if size)]

    def pair(self, case: str, rng: Generator, population: str) -> Pair:
        """A baseline and a candidate of which the last condition falls, or a group of the last name."""
        owners = self.shape.owners(rng)
        groups = self.shape.labels(rng, owners)
        fall = np.zeros((len(owners), self.shape.conditions))
        if case == CONDITION:
            fall[:, -1] = self._falls[case]
        elif case == GROUP:
            fall[np.array(groups[ATTRIBUTE]) == self._group] = self._falls[case]
        before, after = (
            statistics(scores, owners, groups, population, [self.metric])
            for scores in self.population(rng, owners, fall)
        )
        return before, after

    def fell(self, case: str, cell: Compared) -> bool:
        """Whether a cell is of the condition, or the group, that falls."""
        if case == CONDITION:
            return cell.condition == list(cell.sides[0].tables)[-1]
        return case == GROUP and cell.group == Group((ATTRIBUTE,), (self._group,))

    @property
    def _falls(self) -> dict[str, float]:
        return dict(zip((CONDITION, GROUP), self.falls, strict=True))

    @property
    def _group(self) -> str:
        return f"v{len(self.shape.groups) - 1}"


SMALL = (74 / 82, 8 / 82)
"""The shares of a large group, and of one of 8 patients."""

NORMAL = by_cluster(normal)

SCENARIOS = {
    "symmetric (normal), 10 × 12, n=200": Scenario(
        NORMAL, Shape(200, 10), (0.03, 0.05), was=".03–.06"
    ),
    "symmetric (t, 3 df), 10 × 12, n=200": Scenario(
        by_cluster(heavy), Shape(200, 10), (0.05, 0.08), was=".03–.06"
    ),
    "skewed to gains (lognormal), 10 × 12, n=200": Scenario(
        by_cluster(gains), Shape(200, 10), (0.06, 0.1), was=".42"
    ),
    "skewed to losses (lognormal), 10 × 12, n=200": Scenario(
        by_cluster(losses), Shape(200, 10), (0.06, 0.1)
    ),
    "rare gains of 3 %, 10 × 12, n=400": Scenario(
        rare_gains, Shape(400, 10), (0.02, 0.03), was="1.00"
    ),
    "rare gains of 3 %, the same samples, 10 conditions, n=100": Scenario(
        rare_gains_of_samples, Shape(100, 10, 0), (0.03, 0.0), was=".20"
    ),
    "3 % of samples change, 10 × 12, n=200": Scenario(few_change, Shape(200, 10), (0.03, 0.05)),
    "binary, 10 % flip, 10 × 12, n=400": Scenario(
        answers(0.05), Shape(400, 10), (0.06, 0.1), was=".03–.06"
    ),
    "binary, 2 % flip, 10 × 12, n=100": Scenario(answers(0.01), Shape(100, 10), (0.08, 0.12)),
    "AP, 6 × 4, 150 images": Scenario(detections, Shape(150, 6, 1), (0.3, 0.5), AP),
    "Pareto sizes, 60 clusters, 10 × 4": Scenario(
        NORMAL, Shape(60, 10, 1, clusters=True), (0.05, 0.1), was=".14–.17"
    ),
    "Pareto sizes, 25 clusters, 20 conditions": Scenario(
        NORMAL, Shape(25, 20, 0, clusters=True), (0.1, 0.0), was=".14–.17"
    ),
    "a group of 8 of 82, 20 conditions": Scenario(NORMAL, Shape(82, 20, 1, SMALL), (0.06, 0.2)),
    "symmetric (normal), 96 × 12, n=200": Scenario(NORMAL, Shape(200, 96), (0.0, 0.05)),
    "binary, 10 % flip, 96 × 12, n=200": Scenario(answers(0.05), Shape(200, 96), (0.08, 0.0)),
}
"""By what a table calls them: the population, conditions × groups, and samples."""
