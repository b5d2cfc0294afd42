"""Populations with known truths, and the estimates that one sample of them gives.

Scores look like Dice: most are high, spread differs by group, slices of a patient are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import integrate, stats

from benchsuite.estimation import (
    Estimate,
    MacroMean,
    Mean,
    Metric,
    Pooled,
    Ratio,
    SeedSpread,
    Weights,
    mean,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """One run of a case: a generator and weights of its own."""

    seed: int
    case: str
    run: int
    replicates: int = 1000

    @property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.run, crc32(self.case.encode())])

    @property
    def weights(self) -> Weights:
        return Weights(self.seed, f"{self.case}, run {self.run}", self.replicates)

    def estimate(self, metric: Metric, table: pd.DataFrame) -> Estimate:
        """The metric over everybody; a table without ids has each row a sample and a cluster."""
        if "cluster" not in table:
            table = table.assign(cluster=names(len(table)))
        table = table.assign(sample_id=names(len(table)))
        everybody = np.ones((len(table), 1), np.bool_)
        return metric.finish(metric.accumulate(table, self.weights, everybody), self.weights)[0]

    def means(self, scores: Array) -> list[Estimate]:
        """The means of the columns of `scores` (N, C), NaN where a sample is not in the cell."""
        weights = self.weights(names(len(scores))).astype(np.float64)
        inside = ~np.isnan(scores)
        with np.errstate(invalid="ignore"):
            drawn = weights @ np.where(inside, scores, 0.0) / (weights @ inside)
        counts = inside.sum(axis=0)
        return [
            Estimate.of(drawn[0, i], drawn[1:, i].astype(np.float32), int(count), int(count))
            for i, count in enumerate(counts)
        ]


def draws(runs: int, seed: int, case: str, replicates: int = 1000) -> Iterator[Draw]:
    """The runs of a case, independent of those of every other case."""
    return (Draw(seed, case, run, replicates) for run in range(runs))


def names(count: int) -> list[str]:
    return [str(i) for i in range(count)]


def dice(rng: np.random.Generator, mean: float, sd: float, size: int) -> Array:
    """Left-skewed scores in [0, 1] of exactly this mean and SD (beta)."""
    total = mean * (1 - mean) / sd**2 - 1
    return rng.beta(mean * total, (1 - mean) * total, size)


def recipe(draw: Draw, seeds: int) -> tuple[Estimate, SeedSpread, float]:
    """One of 3 recipes on 100 samples: its mean over seeds, the spread of all 3, and the truth.

    A training moves every score by one N(0, .015²), which is the standard error of 100 samples.
    """
    rng = draw.rng
    scores = dice(rng, 0.8, 0.15, 100)
    offsets = rng.normal(0, 0.015, (3, seeds))
    found = mean(draw.means(scores[:, None] + offsets[0]))
    spread = SeedSpread(float(offsets.var(axis=1, ddof=1).mean()), 3 * (seeds - 1))
    return found, spread, 0.8


# --- one sample of n clusters, and the truth: linear -----------------------------------------


def plain(draw: Draw, n: int) -> tuple[Estimate, float]:
    table = pd.DataFrame({"x": dice(draw.rng, 0.8, 0.15, n)})
    return draw.estimate(Mean("dice", "x"), table), 0.8


def clustered(draw: Draw, n: int) -> tuple[Estimate, float]:
    """1 to 20 slices a patient, half of the variance between patients."""
    rng = draw.rng
    sizes = np.minimum(rng.geometric(0.2, n), 20)
    patients = np.repeat(np.arange(n), sizes)
    between, within = rng.normal(0, 0.1, n), rng.normal(0, 0.1, len(patients))
    table = pd.DataFrame({"x": 0.8 + between[patients] + within, "cluster": patients.astype(str)})
    return draw.estimate(Mean("dice", "x"), table), 0.8


def macro(draw: Draw, n: int) -> tuple[Estimate, float]:
    """Three splits with 60, 30 and 10 % of the samples, the small one the noisiest."""
    rng = draw.rng
    sizes = [round(0.6 * n), round(0.3 * n), n - round(0.6 * n) - round(0.3 * n)]
    means, sds = (0.9, 0.8, 0.7), (0.05, 0.1, 0.2)
    scores = [dice(rng, *part) for part in zip(means, sds, sizes, strict=True)]
    table = pd.DataFrame({"x": np.concatenate(scores), "split": np.repeat([*"abc"], sizes)})
    return draw.estimate(MacroMean("macro", "x", "split"), table), 0.8


def paired(draw: Draw, n: int) -> tuple[Estimate, float]:
    """Candidate minus baseline on the same samples, the candidate .01 worse."""
    rng = draw.rng
    base = dice(rng, 0.8, 0.15, n)
    candidate, baseline = draw.means(np.column_stack([base + rng.normal(-0.01, 0.05, n), base]))
    return candidate - baseline, -0.01


# --- smooth ----------------------------------------------------------------------------------


def ratio(draw: Draw, n: int) -> tuple[Estimate, float]:
    """Correct words over words, of texts of unequal length."""
    rng = draw.rng
    words = rng.integers(5, 60, n)
    correct = rng.binomial(words, dice(rng, 0.8, 0.15, n))
    table = pd.DataFrame({"correct": correct, "words": words})
    return draw.estimate(Ratio("accuracy", "correct", "words"), table), 0.8


def retained(draw: Draw, n: int) -> tuple[Estimate, float]:
    """rPC: the mean score under three corruptions over the clean one, all on the same samples."""
    rng = draw.rng
    clean = dice(rng, 0.8, 0.1, n)
    corrupted = [clean * dice(rng, kept, 0.15, n) for kept in (0.9, 0.8, 0.7)]
    cells = draw.means(np.column_stack([clean, *corrupted]))
    return sum(cells[2:], start=cells[1]) / 3 / cells[0], 0.8


def precision(draw: Draw, n: int) -> tuple[Estimate, float]:
    """Average precision of scored detections pooled over images, 30 % of them true."""
    rng = draw.rng
    truth = rng.random(n) < 0.3
    table = pd.DataFrame({"truth": truth, "score": rng.normal(1.5 * truth, 1)})
    return draw.estimate(Pooled("ap", ("truth", "score"), average_precision), table), _AP


CLASSES = 10


def mean_precision(draw: Draw, n: int) -> tuple[Estimate, float]:
    """The mean AP of 10 classes with about 60 detections each in 100 images, 30 % of them true."""
    return _classes(draw, n, np.full(CLASSES, 0.6))


def rare_precision(draw: Draw, n: int) -> tuple[Estimate, float]:
    """The same where half of the classes are rare: a true detection in 20 images."""
    return _classes(draw, n, np.repeat([0.6, 0.15], CLASSES // 2))


def _classes(draw: Draw, n: int, rates: Array) -> tuple[Estimate, float]:
    rng = draw.rng
    counts = rng.poisson(rates, (n, CLASSES))
    image, kind = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    truth = rng.random(len(image)) < 0.3
    score = rng.normal(1.5 * truth, 1)
    table = pd.DataFrame(
        {"truth": truth, "score": score, "kind": kind, "cluster": image.astype(str)}
    )
    metric = Pooled("map", ("truth", "score", "kind"), mean_average_precision)
    return draw.estimate(metric, table), _AP


def mean_average_precision(table: pd.DataFrame, weights: Array) -> Array:
    """The mean over classes of the weighted average precision (B,); a class without truth is out."""
    parts = [
        average_precision(table[here], weights[:, here])
        for here in (table["kind"].to_numpy() == k for k in range(CLASSES))
        if here.any()
    ]
    return np.asarray(np.nanmean(parts, axis=0))


def average_precision(table: pd.DataFrame, weights: Array) -> Array:
    """Weighted average precision (B,): precision summed over the weight of true detections."""
    order = np.argsort(-table["score"].to_numpy(), kind="stable")
    weight, truth = weights[:, order], table["truth"].to_numpy()[order]
    hits, seen = np.cumsum(weight * truth, axis=1), np.cumsum(weight, axis=1)
    total = hits[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.where(seen > 0, weight * truth * hits / seen, 0.0)
        return np.asarray(terms.sum(axis=1) / np.where(total > 0, total, np.nan))


def _true_ap() -> float:
    """∫ precision d recall for N(1.5, 1) against N(0, 1) at 30 %, on a fine grid."""
    cut = np.linspace(-6, 8, 20001)
    hits, falls = 0.3 * stats.norm.sf(cut - 1.5), 0.7 * stats.norm.sf(cut)
    precision = hits / (hits + falls)
    return float(integrate.trapezoid(precision * stats.norm.pdf(cut - 1.5), cut))


_AP = _true_ap()


# --- groups ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Groups:
    """A population of disjoint groups: true means, SDs and sample sizes."""

    means: Array
    sds: Array
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, count: int, unequal: bool, disparity: float) -> Groups:
        """`count` groups of 100 samples, or of 40 to 200 with the smaller ones noisier."""
        sizes = np.linspace(200, 40, count) if unequal else np.full(count, 100.0)
        sds = np.linspace(0.1, 0.2, count) if unequal else np.full(count, 0.15)
        means = 0.8 - disparity * np.arange(count) / (count - 1)
        return cls(means, sds, sizes.astype(np.int64))

    @property
    def overall(self) -> float:
        return float(np.average(self.means, weights=self.sizes))

    @property
    def es(self) -> float:
        return self.overall / (1 + float(np.abs(self.means - self.overall).sum()))

    def sample(self, draw: Draw) -> list[Estimate]:
        """The overall estimate and that of each group."""
        rng = draw.rng
        scores = np.full((self.sizes.sum(), 1 + len(self.sizes)), np.nan)
        stops = np.cumsum(self.sizes)
        parts = zip(self.means, self.sds, self.sizes, strict=True)
        for g, part in enumerate(parts):
            scores[stops[g] - self.sizes[g] : stops[g], g + 1] = dice(rng, *part)
        scores[:, 0] = np.nansum(scores[:, 1:], axis=1)
        return draw.means(scores)


# --- the gate --------------------------------------------------------------------------------


def correlated(rng: np.random.Generator, n: int, cells: int, rho: float, skewed: bool) -> Array:
    """Differences (n, cells) of mean 0 and SD 1, correlated by `rho`, left-skewed if asked."""
    common = _unit(rng, (n, 1), skewed)
    return np.asarray(np.sqrt(rho) * common + np.sqrt(1 - rho) * _unit(rng, (n, cells), skewed))


def _unit(rng: np.random.Generator, shape: tuple[int, int], skewed: bool) -> Array:
    return 1 - rng.exponential(1, shape) if skewed else rng.normal(0, 1, shape)


def unchanged(rng: np.random.Generator, n: int, share: float) -> tuple[Array, Array]:
    """Candidate and baseline scores (n, 31) of one distribution, a share of them drawn anew.

    Column 0 is everybody in one condition; the others are 6 conditions by 5 groups, NaN outside.
    """
    easy = rng.normal(0, 0.5, (n, 1))
    base, other = (_logistic(1.5 + easy + rng.normal(0, 0.5, (n, 6))) for _ in range(2))
    candidate = np.where(rng.random((n, 1)) < share, other, base)
    return _by_group(candidate), _by_group(base)


def _logistic(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _by_group(scores: Array) -> Array:
    group = np.arange(len(scores)) % 5
    inside = np.where(group[:, None] == np.arange(5), 1.0, np.nan)
    return np.column_stack(
        [scores[:, 0], np.einsum("nc,ng->ncg", scores, inside).reshape(len(scores), -1)]
    )
