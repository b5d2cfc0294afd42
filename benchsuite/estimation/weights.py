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
import pyarrow as pa
from numpy.typing import NDArray

PARTS: Final = 16
"""Parts of 1 MB of weights that are kept: metrics, models and conditions share their clusters. To
draw them again takes a third of what their sums in twenty groups take."""

PART_BYTES: Final = 2**20

HASHED: Final = 2**12
"""Cluster ids that are hashed, and kept with their keys, at a time."""


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
        codes, unique = pd.factorize(np.asarray(clusters, dtype=object), use_na_sentinel=False)
        return np.take(self.keys(unique).rows(start, stop), codes, axis=1)

    def keys(self, clusters: NDArray[Any] | pa.Array) -> Keys:
        """The keys of C different cluster ids, 16 bytes each: blocks of weights need no more."""
        found = np.empty((2, len(clusters)), np.uint64)
        for start in range(0, len(clusters), HASHED):
            part = tuple(clusters[start : start + HASHED].tolist())
            for row, stream in enumerate((self.population, f"{self.population}/halves")):
                found[row, start : start + HASHED] = _keys(self.seed, stream, part)
        return Keys(self.replicates, *found)

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


@dataclass(frozen=True, eq=False)
class Keys:
    """The 64-bit keys of C clusters, from which their weights are made block by block.

    drawn   uint64 (C,): the seeds of their replicates, of which R are asked for
    halved  uint64 (C,): the seeds of their places in the orders of halves
    """

    replicates: int
    drawn: NDArray[np.uint64]
    halved: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.drawn)

    def __getitem__(self, places: NDArray[np.intp]) -> Keys:
        """The keys of some of the clusters."""
        return Keys(self.replicates, self.drawn[places], self.halved[places])

    def rows(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows [start, stop) of the weights of the clusters, uint8 (stop-start, C); row 0 is all 1.

        Raises ValueError where the range is not within 0 … 1+R.
        """
        from .draws import draw  # numba takes its time to load

        if not 0 <= start <= stop <= self.replicates + 1:
            raise ValueError(f"rows {start}:{stop} are not within 0:{self.replicates + 1}")
        first, last = max(start - 1, 0), max(stop - 1, 0)
        drawn = np.empty((len(self.drawn), last - first), np.uint8)
        draw(self.drawn, first, drawn)
        found = np.ones((stop - start, len(drawn)), np.uint8)
        found[len(found) - drawn.shape[1] :] = drawn.T
        return found

    def halves(self, start: int, stop: int) -> NDArray[np.uint8]:
        """0 and 1 of the random halves start, …, stop - 1 of the clusters, uint8 (stop-start, C).

        Every second one is what the one before leaves. A cluster's place in the order of a half is
        a hash like its weights, in a stream of its own.
        """
        from .draws import fill

        found = np.empty((stop - start, len(self.halved)), np.uint8)
        word = np.empty((len(self.halved), 1), np.uint64)
        for pair in range(start // 2, -(-stop // 2)):
            fill(self.halved, pair, word)
            inside = np.zeros(len(word), np.bool_)
            inside[np.argsort(word[:, 0], kind="stable")[: len(word) // 2]] = True
            for half in range(max(2 * pair, start), min(2 * pair + 2, stop)):
                found[half - start] = inside if half % 2 == 0 else ~inside
        return found


VALUES_ALONE: Final = Weights(0, "", 0)
"""No replicates: what is computed with them is a value without an interval."""


@lru_cache(maxsize=PARTS)
def _drawn(weights: Weights, clusters: tuple[str, ...]) -> NDArray[np.uint8]:
    from .draws import draw  # numba takes its time to load

    drawn = np.empty((len(clusters), weights.replicates), np.uint8)
    draw(_keys(weights.seed, weights.population, clusters), 0, drawn)
    return drawn


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
