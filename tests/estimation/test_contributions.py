"""What clusters add to a difference is what the difference is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from benchsuite.estimation import (
    ClusterMean,
    MacroMean,
    Mean,
    Pooled,
    Weights,
    difference,
)
from benchsuite.estimation.contributions import WeightedSum, contributions
from benchsuite.estimation.intervals import skew
from benchsuite.gates.evidence import effects_of

METRICS = (
    Mean("mean", "x"),
    Mean("where", "x", where="counts"),
    ClusterMean("clusters", "x"),
    MacroMean("macro", "x", "split"),
)


def tables(rows: int = 240) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.bool_]]:
    rng = np.random.default_rng(0)
    clusters = np.sort(rng.integers(0, 60, rows))
    before = pd.DataFrame(
        {
            "sample_id": [f"s{i:03}" for i in range(rows)],
            "cluster": [f"c{c:02}" for c in clusters],
            "x": rng.random(rows),
            "counts": rng.random(rows) < 0.7,
            "split": np.where(clusters % 3 == 0, "a", "b"),
        }
    )
    after = before.assign(x=before["x"] + rng.exponential(0.3, rows) - 0.3)
    groups = np.column_stack([np.ones(rows, bool), rng.random(rows) < 0.5])
    return before, after, groups


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("better", [True, False])
def test_effects_add_up_to_the_difference_and_know_its_skewness(
    metric: WeightedSum, better: bool
) -> None:
    before, after, groups = tables()
    weights = Weights(0, "p", 4000)
    old, new = (
        metric.finish(metric.accumulate(t, weights, groups), weights)  # type: ignore[attr-defined]
        for t in (before, after)
    )
    found = contributions(before, after, replace(metric, higher_is_better=better), groups)
    assert found is not None
    np.testing.assert_allclose(found.weights.sum(axis=0), 1)
    for k, sides in enumerate(zip(new, old, strict=True)):
        change = difference(*sides, better)
        assert found.effects[:, k].sum() == pytest.approx(change.value)
        assert found.skewness[k] == pytest.approx(skew(change.defined), abs=0.2)
    assert (found.skewness > 0).all() == better


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_an_effect_is_the_metric_with_this_one_cluster_exchanged(metric: WeightedSum) -> None:
    before, after, groups = tables()
    found = contributions(before, after, metric, groups)
    names = sorted(set(before["cluster"]))
    asked = [(name, k) for name in names[:8] for k in (0, 1)]
    expected = effects_of((before, after), metric, groups, asked)  # type: ignore[arg-type]
    assert found is not None
    ours = [found.effects[names.index(name), k] for name, k in asked]
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_what_counts_may_not_depend_on_the_model() -> None:
    before, after, groups = tables()
    moved = after.assign(counts=~after["counts"])
    assert contributions(before, moved, METRICS[1], groups) is None  # type: ignore[arg-type]


def test_a_pooled_metric_is_no_weighted_sum() -> None:
    assert not isinstance(Pooled("p", ("x",), lambda rows, w: w.sum(axis=1)), WeightedSum)
    assert all(isinstance(metric, WeightedSum) for metric in METRICS)
