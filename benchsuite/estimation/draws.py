"""Poisson(1) draws of keys, and the sums and tails that they weigh, compiled.

The 64-bit key of a cluster is the seed of a stream of words (SplitMix64). A word draws for four
replicates, with its lowest 16 bits for the first of them.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.compiled import bits, compiled

LANES: Final = 4
"""Replicates that one word draws."""


def thresholds() -> NDArray[np.uint16]:
    """The least of 16 bits with a weight of 1 or more, of 2 or more, …, of 8: Poisson(1).

    Counts of 2 and more are rounded; those of 1 and 0 follow from the mean, which is exactly 1, and
    the total, so that no replicate is biased by the rounding. The variance is within 1e-3 of 1.
    """
    size = 2**16
    high = {k: round(size * math.exp(-1) / math.factorial(k)) for k in range(2, 9)}
    ones = size - sum(k * count for k, count in high.items())
    zeros = size - ones - sum(high.values())
    return np.cumsum([zeros, ones, *high.values()])[:-1].astype(np.uint16)


_THRESHOLDS: Final = thresholds()


@compiled
def draw(keys: NDArray[np.uint64], first: int, weights: NDArray[np.uint8]) -> None:
    """Fill `weights` (N, n) with the draws first, …, first + n - 1 of N keys, counted from 0."""
    words = np.empty((first % LANES + weights.shape[1] + LANES - 1) // LANES, np.uint64)
    lanes = words.view(np.uint16)[first % LANES :]  # on machines that are little-endian
    for c in range(len(keys)):
        for i in range(len(words)):
            words[i] = bits(keys[c], first // LANES + i)
        for r in range(weights.shape[1]):
            weight = 0
            for least in _THRESHOLDS:
                weight += lanes[r] >= least
            weights[c, r] = weight


@compiled
def fill(keys: NDArray[np.uint64], first: int, words: NDArray[np.uint64]) -> None:
    """Fill `words` (N, n) with the words first, …, first + n - 1 of the streams of N keys."""
    for c in range(len(keys)):
        for i in range(words.shape[1]):
            words[c, i] = bits(keys[c], first + i)


@compiled
def add_weighted(
    totals: NDArray[np.float64], weights: NDArray[np.uint8], values: NDArray[np.float64]
) -> None:
    """Add to `totals` (m, 1+R) the sums of `values` (N, m): as they are, then by `weights` (N, R).

    Rows are added one after another. So the bits depend on no other column, on no split of the
    rows, on no number of threads and on no machine.
    """
    for c in range(len(weights)):
        for j in range(len(totals)):
            value, total = values[c, j], totals[j]
            if value != 0:  # most clusters are in few of the groups
                total[0] += value
                for r in range(weights.shape[1]):
                    total[1 + r] += weights[c, r] * value


@compiled
def fill_tails(
    values: NDArray[np.float64],
    places: NDArray[np.intp],
    weights: NDArray[np.uint8],
    parts: int,
    means: NDArray[np.float64],
) -> None:
    """Fill `means` (B,) with those of the first 1/parts of `values` (N,), by `weights` (B, C).

    Value i weighs as cluster `places[i]`. The last value counts with what is left of that part.
    What has no weight at all stays as it is.
    """
    for r in range(len(weights)):
        total = 0
        for place in places:
            total += weights[r, place]
        left, found = total / parts, 0.0
        for i in range(len(values)):
            if not left > 0:
                break
            weight = min(float(weights[r, places[i]]), left)
            found += weight * values[i]
            left -= weight
        if total > 0:
            means[r] = found / (total / parts)
