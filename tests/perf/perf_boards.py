"""The places of many models, and the effects of single clusters, against one pass for each."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchsuite.estimation import Estimate, Mean, rank_sets
from benchsuite.gates.evidence import effects_of, values_of
from tests.perf import Ratio, cpu_seconds

MODELS, SAMPLES, CHANGED, GROUPS = 2000, 2000, 19, 12


def measure() -> Iterator[Ratio]:
    yield _places()
    yield _effects()


def _places() -> Ratio:
    values = np.random.default_rng(0).random(MODELS)
    published = [Estimate.of(value, np.zeros(0, np.float32), 0, 0) for value in values]

    def peer() -> None:
        for value in values:
            ((values > value) & ~np.isclose(values, value, rtol=1e-12, atol=0)).sum()

    ours = cpu_seconds(lambda: rank_sets(published))
    return Ratio(f"places of {MODELS:,} published models", "row by row", ours, cpu_seconds(peer), 2)


def _effects() -> Ratio:
    rng = np.random.default_rng(0)
    ids = [f"s{i:05}" for i in range(SAMPLES)]
    before = pd.DataFrame({"sample_id": ids, "cluster": ids, "x": rng.random(SAMPLES)})
    after = before.assign(x=before["x"].where(np.arange(SAMPLES) >= CHANGED, 0.0))
    member = rng.random((SAMPLES, GROUPS)) < 0.5
    member[:, 0] = True
    metric, changed = Mean("x", column="x"), ids[:CHANGED]
    asked = [(c, k) for k in range(GROUPS) for i, c in enumerate(changed) if member[i, k]]

    def peer() -> None:
        for cluster in changed:
            swapped = before.assign(x=before["x"].where(before["cluster"] != cluster, after["x"]))
            values_of(swapped, metric, member)
            values_of(before, metric, member)

    ours = cpu_seconds(lambda: effects_of((before, after), metric, member, asked))
    name = f"effects of {CHANGED} clusters in {GROUPS} groups"
    return Ratio(name, "one table for each", ours, cpu_seconds(peer), 2)
