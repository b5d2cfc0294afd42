"""The gate on data as this field has it: skewed, binary, few, clustered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.gates.verdict import Verdict
from tests.estimation.scenarios import Array, draws
from tests.estimation.shown import Row, Rows, share
from tests.gates.made import judged


@dataclass(frozen=True)
class Sizes:
    """Samples, conditions and groups: attributes of three to four groups each."""

    samples: int
    conditions: int
    attributes: int = 0

    def groups(self, rng: np.random.Generator) -> dict[str, list[str]]:
        return {
            f"g{k}": [f"v{v}" for v in rng.integers(0, 4, self.samples)]
            for k in range(self.attributes)
        }

    def noise(self, rng: np.random.Generator, drawn: Callable[[Any], Array]) -> Array:
        """One part in two is the sample's own, under every condition."""
        own, each = drawn((self.samples, 1)), drawn((self.samples, self.conditions))
        return 0.1 * np.sqrt(0.5) * (own + each)


def normal(rng: np.random.Generator, of: Sizes) -> Array:
    return of.noise(rng, rng.standard_normal)


def heavy(rng: np.random.Generator, of: Sizes) -> Array:
    return of.noise(rng, lambda size: rng.standard_t(3, size))


def exponential(rng: np.random.Generator, of: Sizes) -> Array:
    return of.noise(rng, lambda size: rng.exponential(1, size) - 1)


def lognormal(rng: np.random.Generator, of: Sizes) -> Array:
    return of.noise(rng, lambda size: np.exp(rng.normal(0, 1, size)) - np.exp(0.5))


def collapses(rng: np.random.Generator, of: Sizes) -> Array:
    return -lognormal(rng, of)


def rare(rng: np.random.Generator, of: Sizes) -> Array:
    """Most fall by .015, 3 % rise by .485, the same samples under every condition."""
    return rng.normal(0, 0.01, (of.samples, of.conditions)) + np.where(
        rng.random((of.samples, 1)) < 0.03, 0.485, -0.015
    )


def rare_each(rng: np.random.Generator, of: Sizes) -> Array:
    """The same, other samples under each condition."""
    drawn = rng.random((of.samples, of.conditions)) < 0.03
    return rng.normal(0, 0.01, drawn.shape) + np.where(drawn, 0.485, -0.015)


def flips(rng: np.random.Generator, of: Sizes) -> Array:
    """Answers of which 5 % become right and 5 % wrong."""
    drawn = rng.random((of.samples, of.conditions))
    return np.where(drawn < 0.05, -1.0, np.where(drawn > 0.95, 1.0, 0.0))


def few_flips(rng: np.random.Generator, of: Sizes) -> Array:
    drawn = rng.random((of.samples, of.conditions))
    return np.where(drawn < 0.01, -1.0, np.where(drawn > 0.99, 1.0, 0.0))


UNCHANGED: dict[str, tuple[Callable[[np.random.Generator, Sizes], Array], Sizes, str]] = {
    "right-skewed (lognormal), 20 × 12, n=400": (lognormal, Sizes(400, 20, 3), ".42"),
    "right-skewed (exponential), 20 × 12, n=400": (exponential, Sizes(400, 20, 3), ""),
    "right-skewed (exponential), 20 × 12, n=100": (exponential, Sizes(100, 20, 3), ""),
    "3 % rare gains, 10 conditions, n=100": (rare, Sizes(100, 10), ".20"),
    "3 % rare gains, 10 conditions, n=400": (rare_each, Sizes(400, 10), ".18"),
    "3 % rare gains, 10 × 12, n=400": (rare_each, Sizes(400, 10, 3), "1.00"),
    "left-skewed (lognormal), 20 × 12, n=400": (collapses, Sizes(400, 20, 3), ""),
    "normal, 20 × 12, n=400": (normal, Sizes(400, 20, 3), ".03–.06"),
    "normal, 20 × 12, n=60": (normal, Sizes(60, 20, 3), ""),
    "t3, 20 × 12, n=400": (heavy, Sizes(400, 20, 3), ".03–.06"),
    "binary, 10 % flip, 20 × 12, n=400": (flips, Sizes(400, 20, 3), ".03–.06"),
    "binary, 2 % flip, 20 × 12, n=100": (few_flips, Sizes(100, 20, 3), ""),
}
"""What does not change on average, and the share of FAIL before the tests knew of skewness."""


def unchanged(runs: int, seed: int) -> Rows:
    for case, (noise, of, was) in UNCHANGED.items():
        failed = []
        for draw in draws(runs, seed, case):
            rng = draw.rng
            before = rng.normal(0.6, 0.1, (of.samples, of.conditions))
            found = judged(
                before, before + noise(rng, of), case + str(draw.run), groups=of.groups(rng)
            )
            failed.append(found.verdict == Verdict.FAIL)
        yield Row("unchanged: the gate fails", case, share(failed), runs, (0.0, 0.05), was=was)


def sizes(rng: np.random.Generator, law: str, clusters: int) -> Array:
    if law == "Pareto":
        return np.ceil(rng.pareto(1.5, clusters) + 1)
    return np.ceil(np.exp(rng.normal(1, 1.2, clusters)))


def clustered(runs: int, seed: int) -> Rows:
    """Unchanged runs of clusters of unequal size, half of the noise the cluster's own."""
    for law in ("Pareto", "lognormal"):
        for clusters in (25, 100):
            case = f"{law} sizes, {clusters} clusters, 20 conditions"
            failed = []
            for draw in draws(runs, seed, case):
                rng = draw.rng
                owner = np.repeat(np.arange(clusters), sizes(rng, law, clusters).astype(int))
                own = rng.normal(0, 0.07, (clusters, 1)) + rng.normal(0, 0.03, (clusters, 20))
                noise = own[owner] + rng.normal(0, 0.07, (len(owner), 20))
                before = rng.normal(0.6, 0.1, noise.shape)
                found = judged(before, before + noise, case + str(draw.run), clusters=owner)
                failed.append(found.verdict == Verdict.FAIL)
            yield Row(
                "unchanged: the gate fails", case, share(failed), runs, (0.0, 0.05), was=".14–.17"
            )


def power(runs: int, seed: int) -> Rows:
    """Damage that has to be found."""
    for case, size, drop, promised, was in (
        ("a group of 8 of 82 falls by 2.5 SD under 20 conditions", 8, 2.5, (0.8, 1.0), ".00"),
        ("a group of 20 of 200 falls by 1 SD under 20 conditions", 20, 1.0, (0.5, 1.0), ""),
    ):
        count = 82 if size == 8 else 200
        found = []
        for draw in draws(runs, seed, case):
            rng = draw.rng
            noise = normal(rng, Sizes(count, 20))
            noise[:size] -= 0.1 * drop
            before = rng.normal(0.6, 0.1, noise.shape)
            groups = {"race": ["b"] * size + ["w"] * (count - size)}
            outcome = judged(before, before + noise, case + str(draw.run), groups=groups)
            cells = [c for c in outcome.judged if c.group.value == "b" and c.cell.worse]
            found.append(bool(cells))
        yield Row("power: the group is found", case, share(found), runs, promised, was=was)
