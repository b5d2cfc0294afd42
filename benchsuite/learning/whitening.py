"""Whitening: vectors without a mean, whose dimensions vary alike and are not correlated.

It is (x - mean) U Λ^(-1/2), where U Λ U' is the covariance of the vectors (Su et al. 2021, arXiv
2103.15316, algorithm 1), or that of each of several random groups of dimensions (the shuffled group
whitening of WhitenedCSE, Zhuo et al., ACL 2023).
"""

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.errors import WrongCall

Floats = NDArray[np.float64]
FLAT: Final = 1e-6
"""Directions of a smaller share of the largest variance are left out: few vectors have few."""


def moments(vectors: NDArray[Any]) -> Floats:
    """What whitening needs to know of vectors (N, D): their mean, and below it (1+D, D) covariance.

    The covariance is that of the population, divided by N.
    """
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    centred = exact - mean
    return np.vstack([mean, centred.T @ centred / len(exact)])


def whitened(vectors: NDArray[Any], fitted: Floats, keep: int = 0, groups: int = 1) -> Floats:
    """Vectors (N, D) as (N, K) float64, by the moments of those that they are fitted to.

    keep    the dimensions of most variance that are kept, over all groups; 0 for all
    groups  random groups of dimensions, each whitened by itself; 1 for all of them together
    Raises WrongCall for more groups than dimensions, or than are kept.
    """
    size = fitted.shape[1]
    if not 1 <= groups <= (keep or size) or keep > size:
        raise WrongCall(
            f"whitening: expected 1 to {size} groups and as many dimensions to keep, or 0 for all, "
            f"found groups={groups} and keep={keep}"
        )
    found: Floats = (vectors - fitted[0]) @ _axes(fitted[1:].tobytes(), keep, groups)
    return found


@lru_cache(maxsize=4)  # batch after batch is whitened by the same
def _axes(covariance: bytes, keep: int, groups: int) -> Floats:
    """(D, K): a block for each group, its axes by growing variance."""
    whole = np.frombuffer(covariance)
    size, blocks = math.isqrt(len(whole)), []
    for members in np.array_split(generator("groups").permutation(size), groups):
        values, axes = np.linalg.eigh(whole.reshape(size, size)[np.ix_(members, members)])
        kept = np.flatnonzero(values > FLAT * values[-1])[-(keep // groups) :]
        blocks.append(np.zeros((size, len(kept))))
        blocks[-1][members] = axes[:, kept] / np.sqrt(values[kept])
    return np.hstack(blocks)
