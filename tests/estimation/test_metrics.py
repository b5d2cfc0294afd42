"""Metrics against the obvious implementation: samples repeated as often as they weigh."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchsuite.estimation import (
    Code,
    Estimate,
    MacroMean,
    Mean,
    Metric,
    Pooled,
    Ratio,
    Weights,
    note,
)
from benchsuite.estimation.wording import worded

WEIGHTS = Weights(5, "tests", 40)

MEAN, RATIO, MACRO = Mean("mean", "x"), Ratio("ratio", "x", "y"), MacroMean("macro", "x", "split")
MEDIAN = Pooled("mean of maxima", ("x", "y"), lambda t, w: _weighted_mean(t, w), block=7)
METRICS: tuple[Metric, ...] = (MEAN, RATIO, MACRO, MEDIAN)


def _weighted_mean(table: pd.DataFrame, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        top = table[["x", "y"]].max(axis=1).to_numpy()
        return np.asarray(weights @ top / weights.sum(axis=1))


def slow(metric: Metric, table: pd.DataFrame) -> float:
    """The metric of a table whose rows count once each."""
    if metric is RATIO:
        return float(table["x"].sum() / table["y"].sum()) if table["y"].sum() else math.nan
    if metric is MACRO:
        return float(table.groupby("split")["x"].mean().mean())
    return float((table["x"] if metric is MEAN else table[["x", "y"]].max(axis=1)).mean())


def made(samples: int, clusters: int, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "sample_id": [f"s{i:04d}" for i in range(samples)],
            "cluster": [f"c{i}" for i in rng.integers(0, clusters, samples)],
            "x": rng.random(samples),
            "y": 1 + rng.random(samples),
            "split": rng.choice(["a", "b", "c"], samples),
        }
    )
    groups = rng.random((samples, 4)) < 0.5
    groups[:, 0] = True
    return table, groups


def estimates(metric: Metric, table: pd.DataFrame, groups: NDArray[np.bool_]) -> list[Estimate]:
    return metric.finish(metric.accumulate(table, WEIGHTS, groups), WEIGHTS)


def assert_same(left: list[Estimate], right: list[Estimate], exactly: bool = False) -> None:
    for a, b in zip(left, right, strict=True):
        assert a.value == pytest.approx(b.value, rel=0 if exactly else 1e-12, nan_ok=True)
        np.testing.assert_allclose(a.replicates, b.replicates, rtol=0 if exactly else 1e-6)
        assert (a.n, a.clusters, worded(a.notes), a.kind) == (
            b.n,
            b.clusters,
            worded(b.notes),
            b.kind,
        )


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_replicate_is_the_metric_of_samples_repeated_by_weight(metric: Metric) -> None:
    table, groups = made(60, 25)
    for found, mine in zip(estimates(metric, table, groups), groups.T, strict=True):
        own, drawn = table[mine], WEIGHTS(table["cluster"].tolist())[:, mine]
        assert found.value == pytest.approx(slow(metric, own), rel=1e-12)
        assert (found.n, found.clusters) == (len(own), own["cluster"].nunique())
        for replicate, weights in zip(found.replicates, drawn[1:], strict=True):
            repeated = own.loc[own.index.repeat(weights)]
            if metric is MACRO and repeated["split"].nunique() < own["split"].nunique():
                assert math.isnan(replicate), "a stratum is empty in this draw"
            else:
                assert replicate == pytest.approx(slow(metric, repeated), rel=1e-6)


def test_a_ratio_of_some_samples_is_that_of_a_table_without_the_others() -> None:
    table, groups = made(60, 25)
    table["own"] = np.random.default_rng(1).integers(0, 2, 60).astype(float)
    some = Ratio("ratio", "x", "y", where="own")
    own = (table["own"] == 1).to_numpy()
    assert_same(estimates(some, table, groups), estimates(RATIO, table[own], groups[own]), True)
    none = estimates(some, table.assign(own=0.0), groups)
    assert {worded(one.notes) for one in none} == {"n=0"}
    failed = table.assign(
        own=np.where(table.index == 0, np.nan, table["own"]), x=table["x"].where(table.index > 0)
    )
    assert (
        worded(estimates(some, failed, groups)[0].notes)
        == f"1 of {int(own[1:].sum()) + 1} samples missing"
    )


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@given(st.integers(0, 1000), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_move_a_bit(metric: Metric, seed: int, samples: int) -> None:
    table, groups = made(samples, 20, seed)
    order = np.random.default_rng(seed).permutation(samples)
    shuffled = table.iloc[order].reset_index(drop=True)
    assert_same(estimates(metric, table, groups), estimates(metric, shuffled, groups[order]), True)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@given(st.integers(0, 1000), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_shards_on_the_borders_of_clusters_merge_to_the_whole(
    metric: Metric, seed: int, shards: int
) -> None:
    table, groups = made(50, 20, seed)
    shard = table["cluster"].map({c: i % shards for i, c in enumerate(table["cluster"].unique())})
    states = [
        metric.accumulate(table[shard == i], WEIGHTS, groups[shard == i]) for i in range(shards)
    ]
    whole = estimates(metric, table, groups)
    assert_same(metric.finish(reduce(metric.merge, states), WEIGHTS), whole)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_a_population_repeated_within_its_clusters_gives_the_same(metric: Metric) -> None:
    table, groups = made(40, 20)
    twice = pd.concat([table, table.assign(sample_id=table["sample_id"] + "'")])
    for once, both in zip(
        estimates(metric, table, groups),
        estimates(metric, twice, np.concatenate([groups, groups])),
        strict=True,
    ):
        assert both.value == pytest.approx(once.value, rel=1e-12)
        np.testing.assert_allclose(both.replicates, once.replicates, rtol=1e-6)
        assert (both.n, both.clusters) == (2 * once.n, once.clusters)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_another_group_does_not_move_a_group(metric: Metric) -> None:
    table, groups = made(3000, 800)
    alone = estimates(metric, table, groups[:, :2])
    beside = estimates(metric, table, groups)[:2]
    assert [e.value for e in alone] == [e.value for e in beside]
    assert_same(alone, beside)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_the_number_of_threads_does_not_move_a_bit(metric: Metric) -> None:
    table, groups = made(5000, 4500)
    with threadpool_limits(1):
        one = estimates(metric, table, groups)
    with threadpool_limits(2):
        assert_same(one, estimates(metric, table, groups), exactly=True)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_an_empty_group_is_missing_and_says_so(metric: Metric) -> None:
    table, groups = made(30, 10)
    groups[:, 2] = False
    found = estimates(metric, table, groups)[2]
    assert math.isnan(found.value)
    assert np.isnan(found.replicates).all()
    assert (found.n, found.clusters, worded(found.notes)) == (0, 0, "n=0")


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_no_rows_at_all_is_every_group_empty(metric: Metric) -> None:
    table, groups = made(10, 5)
    assert [worded(e.notes) for e in estimates(metric, table[:0], groups[:0])] == ["n=0"] * 4


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_a_missing_statistic_makes_its_groups_missing_and_no_others(metric: Metric) -> None:
    table, groups = made(40, 10)
    groups[:, 1] = np.arange(40) < 20
    groups[:, 2] = ~groups[:, 1]
    table.loc[[1, 2, 3], "x"] = np.nan
    everybody, first, second, _ = estimates(metric, table, groups)
    assert math.isnan(everybody.value)
    assert worded(everybody.notes) == "3 of 40 samples missing"
    assert worded(first.notes) == "3 of 20 samples missing"
    assert np.isnan(first.replicates).all()
    assert math.isfinite(second.value)
    assert worded(second.notes) == ""


@pytest.mark.parametrize("dtype", ["bool", "int64", "Int64", "boolean", "float32", "object"])
def test_columns_of_any_numeric_type_are_read(dtype: Any) -> None:
    table, groups = made(20, 10)
    share = (table["x"] > 0.5).mean()
    table["x"] = (table["x"] > 0.5).astype(dtype)
    assert estimates(MEAN, table, groups)[0].value == pytest.approx(share)


def test_a_missing_column_is_named() -> None:
    table, groups = made(4, 2)
    with pytest.raises(KeyError, match="no column 'z'"):
        Mean("z", "z").accumulate(table, WEIGHTS, groups)


def test_groups_of_another_shape_are_refused() -> None:
    table, groups = made(4, 2)
    for wrong in (groups[:2], groups[:, 0], groups.astype(int)):
        with pytest.raises(ValueError, match="groups must be boolean"):
            MEAN.accumulate(table, WEIGHTS, wrong)


def test_a_ratio_over_nothing_is_missing() -> None:
    table, groups = made(10, 5)
    table["y"] = 0.0
    found = estimates(RATIO, table, groups)[0]
    assert math.isnan(found.value)
    assert worded(found.notes) == "denominator 0"


def test_a_macro_mean_covers_the_strata_that_a_group_has_and_says_how_many() -> None:
    table, groups = made(60, 60)
    groups[:, 1] = (table["split"] != "c").to_numpy()
    everybody, partial = estimates(MACRO, table, groups)[:2]
    assert worded(everybody.notes) == ""
    assert worded(partial.notes) == "2 of 3 strata"
    by_split = table.groupby("split")["x"].mean()
    assert partial.value == pytest.approx((by_split["a"] + by_split["b"]) / 2)


def test_strata_of_other_shards_are_merged() -> None:
    table, groups = made(60, 60)
    table["cluster"] = table["sample_id"]  # a cluster must not span shards
    states = [
        MACRO.accumulate(table[table["split"] == s], WEIGHTS, groups[table["split"] == s])
        for s in ("c", "a", "b")
    ]
    assert_same(MACRO.finish(reduce(MACRO.merge, states), WEIGHTS), estimates(MACRO, table, groups))


def test_welch_gives_a_macro_mean_between_the_smallest_stratum_and_all_clusters() -> None:
    rng = np.random.default_rng(0)
    sizes = {"a": 10, "b": 40}
    table = pd.DataFrame({"split": np.repeat(list(sizes), list(sizes.values()))})
    table["x"] = rng.normal(0, np.where(table["split"] == "a", 1.0, 0.1))
    table["sample_id"] = table["cluster"] = [str(i) for i in range(50)]
    weights = Weights(0, "welch", 2000)
    (found,) = MACRO.finish(MACRO.accumulate(table, weights, np.ones((50, 1), bool)), weights)
    v = table.groupby("split")["x"].var(ddof=1) / pd.Series(sizes)
    welch = v.sum() ** 2 / (v**2 / (pd.Series(sizes) - 1)).sum()
    assert found.df == pytest.approx(welch, rel=0.1)
    assert found.inflation == pytest.approx(math.sqrt(10 / 9), rel=0.01)
    assert found.sd == pytest.approx(math.sqrt(v.sum()) / 2, rel=0.1)


def test_clusters_in_several_strata_are_not_counted_as_many() -> None:
    table, groups = made(90, 9)
    assert estimates(MACRO, table, groups)[0].df <= 8


def test_a_stratum_of_one_cluster_is_noted() -> None:
    table, groups = made(40, 40)
    table.loc[0, "split"] = "alone"
    found = estimates(MACRO, table, groups)[0]
    assert "1 stratum of a single cluster" in worded(found.notes)
    assert found.nan_share > 0.01, "a third of the draws lack that cluster: no interval is given"


def test_a_float_is_no_name_of_a_stratum() -> None:
    table, groups = made(10, 5)
    with pytest.raises(TypeError, match="strings or integers"):
        MACRO.accumulate(table.assign(split=1.0), WEIGHTS, groups)


def test_a_pooled_metric_prepares_once_a_group_and_keeps_only_its_columns() -> None:
    calls = []

    def prepare(table: pd.DataFrame) -> NDArray[np.float64]:
        calls.append(list(table.columns))
        return table["x"].to_numpy()

    metric = Pooled("mean", ("x",), lambda x, w: w @ x / w.sum(axis=1), prepare=prepare)
    table, groups = made(50, 50)
    assert_same(
        [e - 0 for e in estimates(metric, table, groups)],
        [1 * e / (e - e + 1) for e in estimates(MEAN, table, groups)],
    )
    assert calls == [["sample_id", "cluster", "x"]] * 4


def test_a_pooled_metric_may_prepare_once_and_select_each_group() -> None:
    calls = []

    def prepare(table: pd.DataFrame) -> NDArray[np.float64]:
        calls.append(len(table))
        return table["x"].to_numpy()

    def mean(x: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return weights @ x / weights.sum(axis=1)

    table, groups = made(50, 50)
    table.loc[(~groups[:, 3]).argmax(), "x"] = np.nan
    each = Pooled("mean", ("x",), mean, prepare=lambda rows: rows["x"].to_numpy())
    once = Pooled("mean", ("x",), mean, prepare=prepare, select=lambda x, mine: x[mine])
    found, expected = (estimates(metric, table, groups) for metric in (once, each))
    assert calls == [49], "the rows that have a value"
    assert [e.notes for e in found] == [e.notes for e in expected]
    np.testing.assert_array_equal([e.value for e in found], [e.value for e in expected])
    np.testing.assert_array_equal([e.replicates for e in found], [e.replicates for e in expected])
    assert np.isnan(found[0].value)
    assert not np.isnan(found[3].value)


def test_a_pooled_metric_says_who_gets_replicates() -> None:
    table, groups = made(50, 50)
    for drawn, count in (("groups", 4), ("everybody", 1), ("nobody", 0)):
        metric = Pooled("mean", ("x",), lambda t, w: w @ t["x"] / w.sum(axis=1), drawn=drawn)
        found = estimates(metric, table, groups)
        assert [len(e.replicates) for e in found] == [40] * count + [0] * (4 - count)
        means = [e.value for e in estimates(MEAN, table, groups)]
        assert [e.value for e in found] == pytest.approx(means)


def test_a_pooled_metric_tells_what_is_not_predicted_from_what_failed() -> None:
    table, groups = made(10, 10)
    table["z"] = 1.0
    metric = Pooled("mean", ("x", "z"), lambda t, w: np.ones(len(w)), lacking="mask")
    table.loc[:3, "z"] = np.nan
    (found, *_) = estimates(metric, table, groups)
    assert np.isnan(found.value)
    assert worded(found.notes) == "no mask in predictions or truth of 4 of 10 samples"
    table.loc[:1, "x"] = np.nan
    assert worded(estimates(metric, table, groups)[0].notes) == "2 of 10 samples missing"


def test_a_pooled_metric_may_say_what_to_be_careful_of() -> None:
    table, groups = made(10, 10)
    metric = Pooled(
        "mean",
        ("x",),
        lambda t, w: np.ones(len(w)),
        caution=lambda t: note(Code.FEW_SAMPLES, len(t)),
    )
    assert estimates(metric, table, groups)[0].notes == note(Code.FEW_SAMPLES, 10)


def test_an_estimator_of_the_wrong_shape_is_named() -> None:
    table, groups = made(10, 5)
    with pytest.raises(ValueError, match="wrong: the estimator gave"):
        estimates(Pooled("wrong", ("x",), lambda t, w: w), table, groups)


def test_lists_pass_through_a_pooled_metric() -> None:
    table, groups = made(200, 200)
    table["records"] = [[v, v] for v in table["x"]]
    metric = Pooled(
        "sum",
        ("records",),
        lambda t, w: w @ np.array([sum(r) for r in t["records"]]) / w.sum(axis=1),
    )
    assert estimates(metric, table, groups)[0].value == pytest.approx(2 * table["x"].mean())
