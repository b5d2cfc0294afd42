"""Bootstrap weights that belong to a cluster, not to a position.

A weight is a pure function of (seed, population, cluster id, replicate). So the same cluster has
the same weight in every model, condition, shard and machine, comparisons are paired for free, and
nothing depends on the order of samples, on the size of a block or on the number of replicates that
were asked for.

Poisson(1) weights are the Poisson bootstrap (Hanley and MacGibbon 2006; Chamandy et al. 2012): they
need no knowledge of N, so shards are weighted apart and merged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PARTS: Final = 16
"""Parts of 1 MB of weights that are kept: metrics, models and conditions share their clusters. To
draw them again takes a third of what their sums in twenty groups take."""

PART_BYTES: Final = 2**20


@dataclass(frozen=True)
class Weights:
    """Keyed Poisson(1) weights of one population.

    `seed` and `population` name the draw, `replicates` (R ≥ 0) how many of its rows are asked for.
    """

    seed: int
    population: str
    replicates: int = 1000

    def __post_init__(self) -> None:
        if self.replicates < 0:
            raise ValueError(f"replicates must be 0 or more, not {self.replicates}")

    def __call__(self, clusters: Sequence[str] | NDArray[Any]) -> NDArray[np.uint8]:
        """Weights uint8 (1+R, N) of N cluster ids: row 0 is all 1, row r the r-th replicate.

        Equal ids get equal weights.
        """
        return self.rows(clusters, 0, self.replicates + 1)

    def rows(
        self, clusters: Sequence[str] | NDArray[Any], start: int, stop: int
    ) -> NDArray[np.uint8]:
        """Rows [start, stop) of the matrix that calling gives, uint8 (stop-start, N).

        Raises ValueError where the range is not within 0 … 1+R.
        """
        if not 0 <= start <= stop <= self.replicates + 1:
            raise ValueError(f"rows {start}:{stop} are not within 0:{self.replicates + 1}")
        codes, unique = pd.factorize(np.asarray(clusters, dtype=object), use_na_sentinel=False)
        drawn = self._draws(tuple(unique), max(start - 1, 0), max(stop - 1, 0))
        found = np.ones((stop - start, len(codes)), np.uint8)
        found[len(found) - drawn.shape[1] :] = drawn[codes].T
        return found

    def add_to(
        self, totals: NDArray[np.float64], clusters: NDArray[Any], values: NDArray[np.float64]
    ) -> None:
        """Add to `totals` (m, 1+R) the weighted sums of `values` (N, m) over N clusters.

        Clusters are added one after another: in parts they give the same bits as all at once.
        """
        from .draws import add_weighted

        step = max(PART_BYTES // max(self.replicates, 1), 1)
        for start in range(0, len(clusters), step):
            part = slice(start, start + step)
            add_weighted(totals, _drawn(self, tuple(clusters[part])), values[part])

    def halves(self, clusters: Sequence[str] | NDArray[Any], count: int) -> NDArray[np.uint8]:
        """0 and 1 of `count` random halves of the clusters of N samples, uint8 (count, N).

        Every second one is what the one before leaves. A cluster's place in the order of a half is
        a hash like its weights, in a stream of its own.
        """
        from .draws import fill

        codes, unique = pd.factorize(np.asarray(clusters, dtype=object), use_na_sentinel=False)
        words = np.empty((len(unique), -(-count // 2)), np.uint64)
        fill(_keys(self.seed, f"{self.population}/halves", tuple(unique)), words)
        middle = len(unique) // 2
        first = (np.argsort(np.argsort(each, kind="stable")) < middle for each in words.T)
        inside = np.array([each[codes] for each in first]).reshape(-1, len(codes))
        return np.stack([inside, ~inside], axis=1).reshape(-1, len(codes))[:count].view(np.uint8)

    def _draws(self, clusters: tuple[str, ...], first: int, stop: int) -> NDArray[np.uint8]:
        """The draws first, …, stop - 1, counted from 0: (N, n), those of a cluster together."""
        from .draws import draw  # numba takes its time to load

        drawn = np.empty((len(clusters), stop - first), np.uint8)
        draw(_keys(self.seed, self.population, clusters), first, drawn)
        return drawn


VALUES_ALONE: Final = Weights(0, "", 0)
"""No replicates: what is computed with them is a value without an interval."""


@lru_cache(maxsize=PARTS)
def _drawn(weights: Weights, clusters: tuple[str, ...]) -> NDArray[np.uint8]:
    return weights._draws(clusters, 0, weights.replicates)


@lru_cache(maxsize=PARTS)
def _keys(seed: int, population: str, clusters: tuple[str, ...]) -> NDArray[np.uint64]:
    """One 64-bit key per cluster; the population's length makes the concatenation unambiguous."""
    prefix = f"{int(seed)}/{len(population)}/{population}/".encode("utf-8", "surrogatepass")
    root = hashlib.blake2b(prefix, digest_size=8)
    digests = b"".join(_digest(root, cluster) for cluster in clusters)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _digest(root: hashlib.blake2b, cluster: str) -> bytes:
    if not isinstance(cluster, str):
        raise TypeError(f"cluster ids are strings, not {type(cluster).__name__}: {cluster!r}")
    mine = root.copy()
    mine.update(cluster.encode("utf-8", "surrogatepass"))
    return mine.digest()
