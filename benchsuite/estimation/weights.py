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
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BLOCK: Final = 4096
"""Clusters in a block: 4 MB of weights at 1,000 replicates."""

CACHE_BYTES: Final = 64 * 2**20

_LANES: Final = 4  # 16-bit lanes in a 64-bit word: one hash gives four replicates
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


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

        Equal ids get equal weights. The array may be shared with a cache, so it is read-only.
        """
        return self.rows(clusters, 0, self.replicates + 1)

    def rows(
        self, clusters: Sequence[str] | NDArray[Any], start: int, stop: int
    ) -> NDArray[np.uint8]:
        """Rows [start, stop) of the matrix that calling gives, uint8 (stop-start, N), read-only.

        Raises ValueError where the range is not within 0 … 1+R.
        """
        if not 0 <= start <= stop <= self.replicates + 1:
            raise ValueError(f"rows {start}:{stop} are not within 0:{self.replicates + 1}")
        codes, unique = pd.factorize(np.asarray(clusters, dtype=object), use_na_sentinel=False)
        keys = _keys(self.seed, self.population, tuple(unique))
        blocks = [_block(keys[i : i + BLOCK], start, stop) for i in range(0, len(keys), BLOCK)]
        drawn = _joined(blocks, stop - start)
        return drawn if len(unique) == len(codes) else _frozen(drawn[:, codes])


def _joined(blocks: list[NDArray[np.uint8]], rows: int) -> NDArray[np.uint8]:
    if len(blocks) == 1:
        return blocks[0]
    return _frozen(np.concatenate([np.empty((rows, 0), np.uint8), *blocks], axis=1))


def _frozen(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    array.setflags(write=False)
    return array


@lru_cache(maxsize=16)  # the same clusters come again for every metric, model and condition
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


def _block(keys: NDArray[np.uint64], start: int, stop: int) -> NDArray[np.uint8]:
    """The rows of one block of keys, from the cache where it holds them."""
    name = (start, stop, keys.tobytes())
    found = _CACHE.get(name)
    if found is None:
        found = _frozen(_draw(keys, start, stop))
        _CACHE.put(name, found)
    return found


def _draw(keys: NDArray[np.uint64], start: int, stop: int) -> NDArray[np.uint8]:
    first, last = max(start - 1, 0), max(stop - 1, 0)
    word, words = first // _LANES, -(-last // _LANES)
    lanes = np.empty(((words - word) * _LANES, len(keys)), np.uint8)
    mixed = _mix(keys, np.arange(word + 1, words + 1, dtype=np.uint64))
    for lane in range(_LANES):
        bits = (mixed >> np.uint64(16 * lane)).astype(np.uint16)
        lanes[lane::_LANES] = _POISSON[bits]
    drawn = lanes[first - word * _LANES : last - word * _LANES]
    ones = np.ones((int(start == 0 < stop), len(keys)), np.uint8)
    return np.concatenate([ones, drawn])


def _mix(keys: NDArray[np.uint64], counters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64 (Steele, Lea and Flood 2014) at `counters` of the streams that start at `keys`."""
    z = keys[None, :] + (counters * _GOLDEN)[:, None]
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def _poisson_table() -> NDArray[np.uint8]:
    """65,536 entries distributed as Poisson(1), with a mean of exactly 1 and variance within 1e-3.

    Counts of 2 and more are rounded; those of 1 and 0 follow from the mean and the total, so that
    no replicate is biased by the rounding.
    """
    size = 2**16
    high = {k: round(size * math.exp(-1) / math.factorial(k)) for k in range(2, 10)}
    ones = size - sum(k * count for k, count in high.items())
    zeros = size - ones - sum(high.values())
    return np.repeat(np.arange(10, dtype=np.uint8), [zeros, ones, *high.values()])


_POISSON: Final = _poisson_table()


class _Cache:
    """The blocks used last, at most `limit` bytes: metrics and conditions share their clusters."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._blocks: OrderedDict[tuple[int, int, bytes], NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: tuple[int, int, bytes]) -> NDArray[np.uint8] | None:
        with self._lock:
            if name in self._blocks:
                self._blocks.move_to_end(name)
            return self._blocks.get(name)

    def put(self, name: tuple[int, int, bytes], block: NDArray[np.uint8]) -> None:
        with self._lock:
            if name in self._blocks or block.nbytes > self._limit:
                return
            self._blocks[name] = block
            self._held += block.nbytes + len(name[2])
            while self._held > self._limit:
                old, dropped = self._blocks.popitem(last=False)
                self._held -= dropped.nbytes + len(old[2])


_CACHE: Final = _Cache(CACHE_BYTES)
