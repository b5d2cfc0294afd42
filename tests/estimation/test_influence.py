"""Own scores and influences, against the obvious: one row alone, and the table without the row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchsuite.estimation import (
    ClusterMean,
    Estimate,
    MacroMean,
    Mean,
    Metric,
    Pooled,
    Ratio,
    Weights,
)
from benchsuite.estimation.influence import influences, scores
from benchsuite.estimation.metrics import Declared, numbers
from tests.estimation.alone import value
from tests.toys import average_precision


@dataclass(frozen=True)
class Median(Declared):
    """A metric of somebody else, with a state of its own: lists of values, one a group."""

    name: str = "median"
    columns: tuple[str, ...] = ("x",)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Any:
        values = numbers(table, "x")
        return [values[mine] for mine in groups.T]

    def merge(self, a: Any, b: Any) -> Any:
        return [np.concatenate(pair) for pair in zip(a, b, strict=True)]

    def finish(self, state: Any, weights: Weights) -> list[Estimate]:
        values = [float(np.median(v)) if len(v) else math.nan for v in state]
        none = np.empty(0, np.float32)
        return [Estimate(float(v), none, 9, 9) for v in values]


METRICS: tuple[Metric, ...] = (
    Mean("mean", "x"),
    Mean("where", "x", where="flag"),
    ClusterMean("cluster", "x"),
    ClusterMean("cluster where", "x", where="flag"),
    MacroMean("macro", "x", "split"),
    MacroMean("macro where", "x", "split", where="flag"),
    Ratio("ratio", "x", "flag"),
    Pooled("AP", ("score", "truth"), average_precision, block=7),
    Pooled("nobody's", ("score", "truth"), average_precision, drawn="nobody"),
    Median(),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def made(samples: int, clusters: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in rng.permutation(samples)],
            "cluster": [f"c{i}" for i in rng.integers(0, clusters, samples)],
            "x": rng.random(samples),
            "flag": (rng.random(samples) < 0.6).astype(float),
            "split": rng.choice(["a", "b", "c"], samples),
            "score": rng.permutation(samples).astype(float),
            "truth": (rng.random(samples) < 0.5).astype(float),
        }
    )


def slow(metric: Metric, table: pd.DataFrame, members: NDArray[np.bool_]) -> NDArray[np.float64]:
    found = np.full(len(table), np.nan)
    for i in np.flatnonzero(members):
        others = members & (np.arange(len(table)) != i)
        found[i] = value(metric, table[members]) - value(metric, table[others])
    return found


@pytest.mark.parametrize("name", BY_NAME)
def test_a_samples_score_is_the_metric_of_the_sample_alone(name):
    metric, table = BY_NAME[name], made(150, 40)
    expected = [value(metric, table.iloc[[i]]) for i in range(len(table))]
    np.testing.assert_allclose(scores(metric, table), expected, rtol=1e-12)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("clusters", [1, 2, 30, 10_000])
def test_an_influence_is_the_value_less_that_without_the_sample(name, clusters):
    metric, table = BY_NAME[name], made(150, clusters)
    members = np.random.default_rng(1).random(len(table)) < 0.9
    found = influences(metric, table, members)
    np.testing.assert_allclose(found, slow(metric, table, members), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", BY_NAME)
def test_influences_of_some_samples_are_those_among_all(name):
    metric, table = BY_NAME[name], made(150, 40)
    members = np.random.default_rng(1).random(150) < 0.9
    asked = np.random.default_rng(2).random(150) < 0.1
    every = influences(metric, table, members)
    some = influences(metric, table, members, asked)
    np.testing.assert_array_equal(some, np.where(asked, every, np.nan))


@settings(deadline=None, max_examples=25)
@given(
    samples=st.integers(1, 12), clusters=st.integers(1, 12), seed=st.integers(0, 99),
    name=st.sampled_from(list(BY_NAME)),
)  # fmt: skip
def test_influences_hold_for_few_samples_too(samples, clusters, seed, name):
    metric, table = BY_NAME[name], made(samples, clusters, seed)
    everybody = np.ones(samples, np.bool_)
    with np.errstate(all="ignore"):
        expected = slow(metric, table, everybody)
    np.testing.assert_allclose(influences(metric, table, everybody), expected, atol=1e-14)


@pytest.mark.parametrize("name", ["mean", "cluster", "macro", "AP"])
def test_nothing_moves_a_value_that_is_missing(name):
    metric, table = BY_NAME[name], made(20, 20)
    table.loc[3, ["x", "score"]] = np.nan
    assert np.isnan(scores(metric, table)[3])
    assert np.isnan(influences(metric, table, np.ones(20, np.bool_))).all()


def test_a_column_that_is_absent_has_no_scores():
    table = made(5, 5).drop(columns="x")
    assert np.isnan(scores(BY_NAME["mean"], table)).all()


def test_no_sample_has_no_influence():
    table = made(5, 5)
    nobody = np.zeros(5, np.bool_)
    assert np.isnan(influences(BY_NAME["mean"], table, nobody)).all()
    assert len(scores(BY_NAME["mean"], table[:0])) == 0


@pytest.mark.parametrize("name", ["mean", "AP"])
def test_progress_ends_with_every_member(name):
    table, seen = made(150, 40), []
    members = np.arange(150) < 140
    influences(BY_NAME[name], table, members, done=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (140, 140) and [d for d, _ in seen] == sorted(d for d, _ in seen)
