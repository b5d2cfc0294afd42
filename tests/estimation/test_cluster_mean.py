"""A mean in which every cluster weighs the same."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import ClusterMean, MacroMean, Mean, Weights
from benchsuite.estimation.wording import worded

WEIGHTS = Weights(5, "tests", 40)
METRIC = ClusterMean("patient mean", "x", where="seen")


def made(samples: int, clusters: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "sample_id": [f"s{i:04d}" for i in range(samples)],
            "cluster": [f"c{i}" for i in rng.integers(0, clusters, samples)],
            "x": rng.random(samples),
            "seen": (rng.random(samples) < 0.7).astype(float),
        }
    )
    groups = rng.random((samples, 3)) < 0.6
    groups[:, 0] = True
    return table, groups


def slow(table: pd.DataFrame, drawn: np.ndarray, ids: list[str]) -> float:
    """The mean over clusters of their means, each as often as it was drawn."""
    means = table[table["seen"] == 1].groupby("cluster")["x"].mean()
    repeated = [means[c] for c, w in zip(ids, drawn, strict=True) for _ in range(w) if c in means]
    return float(np.mean(repeated)) if repeated else math.nan


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_each_cluster_weighs_as_often_as_it_is_drawn(
    samples: int, clusters: int, seed: int
) -> None:
    table, groups = made(samples, clusters, seed)
    found = METRIC.finish(METRIC.accumulate(table, WEIGHTS, groups), WEIGHTS)
    ids = sorted(set(table["cluster"]))
    weights = WEIGHTS(ids)
    for k, estimate in enumerate(found):
        mine = table[groups[:, k]]
        assert estimate.value == pytest.approx(slow(mine, weights[0], ids), nan_ok=True)
        if not math.isnan(estimate.value):
            expected = [slow(mine, row, ids) for row in weights[1:]]
            assert estimate.replicates == pytest.approx(expected, rel=1e-5, nan_ok=True)
        seen = mine[mine["seen"] == 1]
        assert (estimate.n, estimate.clusters) == (len(seen), seen["cluster"].nunique())


def test_shards_on_the_borders_of_clusters_merge_to_the_whole() -> None:
    table, groups = made(80, 8, 0)
    whole = METRIC.finish(METRIC.accumulate(table, WEIGHTS, groups), WEIGHTS)
    first = table["cluster"].isin(["c0", "c1", "c2"]).to_numpy()
    states = [METRIC.accumulate(table[p], WEIGHTS, groups[p]) for p in (first, ~first)]
    parts = METRIC.finish(reduce(METRIC.merge, states), WEIGHTS)
    for a, b in zip(whole, parts, strict=True):
        assert (a.n, a.clusters) == (b.n, b.clusters)
        assert a.replicates == pytest.approx(b.replicates, rel=1e-6, nan_ok=True)


def test_clusters_of_one_sample_have_the_plain_mean() -> None:
    table, groups = made(40, 3, 1)
    table = table.assign(cluster=table["sample_id"])
    clusters, plain = ClusterMean("m", "x"), Mean("m", "x")
    a = clusters.finish(clusters.accumulate(table, WEIGHTS, groups), WEIGHTS)
    b = plain.finish(plain.accumulate(table, WEIGHTS, groups), WEIGHTS)
    for ours, theirs in zip(a, b, strict=True):
        assert ours.value == pytest.approx(theirs.value)
        assert ours.replicates == pytest.approx(theirs.replicates, rel=1e-6, nan_ok=True)


def test_a_missing_value_makes_the_cell_missing() -> None:
    table, groups = made(30, 4, 2)
    table.loc[3, ["x", "seen"]] = np.nan, 1.0
    overall = METRIC.finish(METRIC.accumulate(table, WEIGHTS, groups), WEIGHTS)[0]
    assert math.isnan(overall.value)
    assert "1 of" in worded(overall.notes)
    assert "missing" in worded(overall.notes)


def test_a_sample_that_failed_is_missing_and_not_left_out() -> None:
    table, groups = made(20, 10, 0)
    table.loc[3, ["x", "seen"]] = np.nan
    strata = table.assign(split="all")
    for metric in (METRIC, MacroMean("mean", "x", "split", where="seen")):
        (everybody, *_) = metric.finish(metric.accumulate(strata, WEIGHTS, groups), WEIGHTS)
        assert math.isnan(everybody.value)
        assert "missing" in worded(everybody.notes)
