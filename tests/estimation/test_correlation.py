"""The weighted rank correlation is scipy's of a sample in which each row stands as often as it weighs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from benchsuite.estimation import Weights, spearman

FEW = st.integers(0, 5)
ROWS = st.lists(st.tuples(FEW, FEW, FEW, FEW), min_size=2, max_size=25)
METRIC = spearman("rho", "a", "b")


def value(table: pd.DataFrame, weights: np.ndarray, metric=METRIC) -> np.ndarray:
    return metric.estimator(metric.prepare(table), weights.astype(float))


def slow(table: pd.DataFrame, weights: np.ndarray) -> float:
    """scipy's on the rows, each repeated by its weight; NaN where a column is constant."""
    a, b = (np.repeat(table[name].to_numpy(), weights) for name in "ab")
    return float(spearmanr(a, b).statistic) if len({*a}) > 1 and len({*b}) > 1 else np.nan


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_whole_weights_are_repeats_of_rows(rows):
    a, b, *counts = np.array(rows).T
    table = pd.DataFrame({"a": a / 7, "b": b})
    expected = [slow(table, each) for each in counts]
    assert value(table, np.array(counts)) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_only_the_order_counts_and_turning_one_column_turns_the_sign(rows):
    a, b, *counts = np.array(rows, dtype=float).T
    counts = np.array(counts)
    found = value(pd.DataFrame({"a": a, "b": b}), counts)
    assert np.array_equal(
        value(pd.DataFrame({"a": np.exp(a), "b": b}), counts), found, equal_nan=True
    )
    assert np.array_equal(value(pd.DataFrame({"a": a, "b": -b}), counts), -found, equal_nan=True)
    assert np.array_equal(value(pd.DataFrame({"a": b, "b": a}), counts), found, equal_nan=True)


def drawn(n: int) -> pd.DataFrame:
    random = np.random.default_rng(n)
    gold = random.integers(0, 26, n) / 5
    return pd.DataFrame(
        {"a": gold, "b": gold + random.normal(size=n), "set": random.choice(["x", "y"], n)}
    ).assign(sample_id=[f"{i:05d}" for i in range(n)], cluster=[f"c{i // 3:05d}" for i in range(n)])


def test_every_replicate_of_the_bootstrap_is_scipys_on_the_rows_that_it_draws():
    table, weights = drawn(300), Weights(0, "population", 40)
    everybody = np.ones((300, 1), bool)
    (found,) = METRIC.finish(METRIC.accumulate(table, weights, everybody), weights)
    rows = weights.rows(table["cluster"].to_numpy(), 0, 41)
    assert found.value == pytest.approx(spearmanr(table["a"], table["b"]).statistic, abs=1e-12)
    expected = [slow(table, row) for row in rows[1:].astype(int)]
    assert found.replicates == pytest.approx(expected, abs=1e-6)


def test_a_mean_over_strata_is_the_mean_of_each_and_of_those_that_a_group_has():
    table, weights = drawn(90), np.random.default_rng(0).poisson(1.0, (8, 90))
    metric = spearman("mean", "a", "b", ("set",))
    parts = [table["set"] == name for name in "xy"]
    each = [value(table[here].reset_index(drop=True), weights[:, here]) for here in parts]
    assert value(table, weights, metric) == pytest.approx(np.mean(each, axis=0), abs=1e-12)
    one = table[parts[0]].reset_index(drop=True)
    assert value(one, weights[:, parts[0]], metric) == pytest.approx(each[0], abs=1e-12)


def test_a_column_without_any_order_has_no_correlation():
    table = pd.DataFrame({"a": [1.0, 1.0, 1.0], "b": [1.0, 2.0, 3.0]})
    assert np.isnan(value(table, np.ones((1, 3)))).all()
    assert np.isnan(value(table.iloc[:1], np.ones((1, 1)))).all()
