"""Bootstraps of means, against resampling indices with numpy.

Kernels are compiled by the first process of a machine and loaded by every other one. Later calls
are measured in one process with the peer, first calls in processes of their own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from benchsuite.estimation import Mean, Weights
from benchsuite.estimation.cells import Group, condition_cells
from tests.perf import Ratio, cpu_seconds

SAMPLES, MEANS, GROUPS, REPLICATES = 10_000, 20, 10, 1000
RESAMPLED = 50
"""Replicates of the peer that are timed: its time is proportional to them."""
PEER = "numpy, resampled indices"
FIRST = """
import time
from tests.perf import perf_statistics
once = perf_statistics.Bench().means
start = time.process_time()
once()
print(time.process_time() - start)
"""


class Bench:
    """20 means of 10,000 samples: of a table each, and of one table with 10 groups."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        ids = [f"s{i}" for i in range(SAMPLES)]
        self.columns = self.rng.normal(size=(MEANS, SAMPLES))
        known = {"sample_id": ids, "cluster": ids}
        self.tables = [pd.DataFrame({**known, "x": x}) for x in self.columns]
        self.values = [f"g{i}" for i in range(GROUPS)]
        self.labels = self.rng.integers(GROUPS, size=SAMPLES)
        attribute = [self.values[i] for i in self.labels]
        wide = {f"x{i}": x for i, x in enumerate(self.columns)}
        self.table = pd.DataFrame({**known, "attribute": attribute, **wide})

    def weights(self) -> Weights:
        """Weights that nobody has drawn before."""
        return Weights(int(self.rng.integers(2**31)), "numbers", REPLICATES)

    def means(self) -> None:
        weights, everybody = self.weights(), np.ones((SAMPLES, 1), dtype=bool)
        mean = Mean("x", column="x")
        for table in self.tables:
            mean.finish(mean.accumulate(table, weights, everybody), weights)

    def cells(self) -> None:
        metrics = [Mean(f"x{i}", column=f"x{i}") for i in range(MEANS)]
        groups = [Group(), *(Group(("attribute",), (value,)) for value in self.values)]
        condition_cells([self.table], metrics, groups, self.weights())

    def resampled_means(self) -> None:
        for _ in range(RESAMPLED):
            self.columns[:, self.rng.integers(SAMPLES, size=SAMPLES)].mean(axis=1)

    def by_scipy(self) -> None:
        """The percentile interval of one of the means."""
        stats.bootstrap(
            (self.columns[0],), np.mean, n_resamples=REPLICATES, method="percentile", batch=50,
            rng=np.random.default_rng(0),
        )  # fmt: skip

    def resampled_cells(self) -> None:
        for _ in range(RESAMPLED):
            drawn = self.rng.integers(SAMPLES, size=SAMPLES)
            columns, labels = self.columns[:, drawn], self.labels[drawn]
            columns.mean(axis=1)
            for group in range(GROUPS):
                columns[:, labels == group].mean(axis=1)


def first_call(cache: str) -> float:
    """CPU seconds of the first 20 means of a process that keeps compiled code in `cache`."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    words = [sys.executable, "-c", FIRST]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure() -> Iterator[Ratio]:
    bench = Bench()
    scale = REPLICATES / RESAMPLED
    means, cells = cpu_seconds(bench.resampled_means), cpu_seconds(bench.resampled_cells)
    name = f"{MEANS} means of {SAMPLES:,} samples, R = {REPLICATES}"
    yield Ratio(f"bootstrap of {name}", PEER, cpu_seconds(bench.means), scale * means, 6.4)
    one = cpu_seconds(lambda: bench.by_scipy(), 1)
    yield Ratio(
        "… of the same", "scipy.stats.bootstrap", cpu_seconds(bench.means), MEANS * one, 6.4
    )
    yield Ratio(f"… in {GROUPS} groups", PEER, cpu_seconds(bench.cells), scale * cells, 5)
    with tempfile.TemporaryDirectory() as cache:
        compiled, loaded = first_call(cache), first_call(cache)
    yield Ratio("… first call of a machine", PEER, compiled, scale * means, 0.2)
    yield Ratio("… first call of a process", PEER, loaded, scale * means, 0.5)
