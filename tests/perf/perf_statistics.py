"""The bootstrap of a mean under 20 conditions, against resampling indices with numpy."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchsuite.estimation import Mean, Weights
from tests.perf import Ratio, cpu_seconds

SAMPLES, CONDITIONS, REPLICATES = 10_000, 20, 1000
RESAMPLED = 50
"""Replicates of the peer that are timed: its time is proportional to them."""


def measure() -> Iterator[Ratio]:
    rng = np.random.default_rng(0)
    ids = [f"s{i}" for i in range(SAMPLES)]
    columns = rng.normal(size=(CONDITIONS, SAMPLES))
    tables = [pd.DataFrame({"sample_id": ids, "cluster": ids, "x": x}) for x in columns]
    everybody = np.ones((SAMPLES, 1), dtype=bool)
    mean = Mean("x", column="x")

    def ours() -> None:
        weights = Weights(int(rng.integers(2**31)), "numbers", REPLICATES)
        for table in tables:
            mean.finish(mean.accumulate(table, weights, everybody), weights)

    def peer() -> None:
        for _ in range(RESAMPLED):
            columns[:, rng.integers(SAMPLES, size=SAMPLES)].mean(axis=1)

    name = f"bootstrap of {CONDITIONS} means of {SAMPLES:,} samples, R = {REPLICATES}"
    scaled = cpu_seconds(peer) * REPLICATES / RESAMPLED
    # Keyed weights are paired and sharded, which resampled indices are not: half their speed will do.
    yield Ratio(name, "numpy, resampled indices", cpu_seconds(ours), scaled, 0.5)
