"""The mean of the worst tenth: of samples, or of clusters; under weights; and what it tells."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import (
    ClusterMean,
    ClusterTailMean,
    Code,
    Estimate,
    Mean,
    TailMean,
    Weights,
    gap,
    interval,
)
from benchsuite.estimation.influence import influences, scores
from benchsuite.estimation.wording import worded

WEIGHTS = Weights(5, "tests", 40)
Metrics = TailMean | ClusterTailMean
HIGHER, LOWER = True, False


def made(samples: int, clusters: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of few different values, so that many are tied."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "sample_id": [f"s{i:04d}" for i in range(samples)],
            "cluster": [f"c{i}" for i in rng.integers(0, clusters, samples)],
            "x": rng.integers(0, 8, samples) / 7,
            "seen": (rng.random(samples) < 0.7).astype(float),
        }
    )
    groups = rng.random((samples, 3)) < 0.6
    groups[:, 0] = True
    return table, groups


def estimates(metric: Metrics, table: pd.DataFrame, groups: np.ndarray | None = None) -> list:
    everybody = np.ones((len(table), 1), np.bool_)
    groups = everybody if groups is None else groups
    return metric.finish(metric.accumulate(table, WEIGHTS, groups), WEIGHTS)


def worst_tenth(values: list[float], higher_is_better: bool) -> float:
    """The slow, obvious way: each value ten times, and of these the worst tenth."""
    if not values:
        return math.nan
    repeated = sorted(np.repeat(values, 10), reverse=not higher_is_better)
    return float(np.mean(repeated[: len(values)]))


@given(
    st.integers(1, 60), st.integers(1, 30), st.integers(0, 10**6), st.booleans(), st.booleans()
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_weight_is_as_many_copies(
    samples: int, clusters: int, seed: int, higher: bool, whole: bool
) -> None:
    table, groups = made(samples, clusters, seed)
    kind = ClusterTailMean if whole else TailMean
    found = estimates(kind("tail", "x", "seen", higher_is_better=higher), table, groups)
    ids = sorted(set(table["cluster"]))
    for k, estimate in enumerate(found):
        mine = table[groups[:, k] & (table["seen"] == 1)]
        for drawn, weights in zip(
            [estimate.value, *estimate.replicates], WEIGHTS(ids).astype(int), strict=True
        ):
            times = dict(zip(ids, weights, strict=True))
            if whole:
                values = mine.groupby("cluster")["x"].mean()
                copies = [x for name, x in values.items() for _ in range(times[name])]
            else:
                rows = zip(mine["cluster"], mine["x"], strict=True)
                copies = [x for name, x in rows for _ in range(times[name])]
            expected = worst_tenth(copies, higher)
            assert drawn == pytest.approx(expected, rel=1e-5, abs=1e-6, nan_ok=True)
        assert (estimate.n, estimate.clusters) == (len(mine), mine["cluster"].nunique())


@given(st.integers(2, 80), st.integers(1, 30), st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_tail_is_better_than_the_mean(
    samples: int, clusters: int, seed: int, higher: bool
) -> None:
    table, groups = made(samples, clusters, seed)
    for tail, plain in ((TailMean, Mean), (ClusterTailMean, ClusterMean)):
        mean = plain("m", "x")
        means = mean.finish(mean.accumulate(table, WEIGHTS, groups), WEIGHTS)
        found = estimates(tail("t", "x", higher_is_better=higher), table, groups)
        for worst, whole in zip(found, means, strict=True):
            if whole.n:
                sides = (
                    np.append(worst.replicates, worst.value),
                    np.append(whole.replicates, whole.value),
                )
                below, above = sides if higher else sides[::-1]
                assert (np.isnan(below) | (below <= above + 1e-6)).all()


def test_the_tail_of_equal_values_is_their_mean_and_does_not_vary() -> None:
    table, _ = made(50, 50, 0)
    for metric in (TailMean("t", "x"), ClusterTailMean("t", "x")):
        (found,) = estimates(metric, table.assign(x=0.3))
        assert found.value == pytest.approx(0.3, abs=1e-15)
        assert found.sd == pytest.approx(0, abs=1e-9)


def test_a_tenth_of_25_is_two_and_a_half() -> None:
    table, _ = made(25, 25, 0)
    table = table.assign(x=np.arange(25.0), cluster=table["sample_id"])
    (low,) = estimates(TailMean("dice", "x"), table)
    (high,) = estimates(TailMean("hd95", "x", higher_is_better=False), table)
    assert low.value == pytest.approx((0 + 1 + 0.5 * 2) / 2.5)
    assert high.value == pytest.approx((24 + 23 + 0.5 * 22) / 2.5)
    assert low.effective == pytest.approx(2.5)


def test_shards_merge_to_the_same_bits() -> None:
    table, groups = made(120, 8, 0)
    first = table["cluster"].isin(["c0", "c1", "c2"]).to_numpy()
    for metric in (TailMean("t", "x"), ClusterTailMean("t", "x", "seen")):
        whole = estimates(metric, table, groups)
        states = [metric.accumulate(table[p], WEIGHTS, groups[p]) for p in (~first, first)]
        parts = metric.finish(reduce(metric.merge, states), WEIGHTS)
        for a, b in zip(whole, parts, strict=True):
            assert a.value == b.value
            assert np.array_equal(a.deviations, b.deviations, equal_nan=True)


def test_another_group_changes_no_bit() -> None:
    table, groups = made(90, 90, 3)
    three = estimates(TailMean("t", "x"), table, groups)
    alone = estimates(TailMean("t", "x"), table, groups[:, [0, 2]])
    for a, b in zip([three[0], three[2]], alone, strict=True):
        assert np.array_equal(a.deviations, b.deviations, equal_nan=True)


def test_a_missing_value_makes_the_cell_missing_even_if_it_would_be_among_the_best() -> None:
    table, groups = made(30, 4, 2)
    table.loc[3, "x"] = np.nan
    groups[3] = [True, True, False]
    for metric in (TailMean("t", "x"), ClusterTailMean("t", "x")):
        everybody, with_it, without = estimates(metric, table, groups)
        assert math.isnan(everybody.value)
        assert np.isnan(with_it.replicates).all()
        assert "1 of 30 samples missing" in worded(everybody.notes)
        assert not math.isnan(without.value)


def alone(values: np.ndarray) -> Estimate:
    names = [f"p{i}" for i in range(len(values))]
    table = pd.DataFrame({"sample_id": names, "cluster": names, "x": values})
    return estimates(TailMean("t", "x"), table)[0]


@pytest.mark.parametrize(
    ("clusters", "method"), [(12, "withheld"), (29, "withheld"), (30, "score")]
)
def test_a_tail_of_under_three_clusters_has_a_value_and_no_interval(
    clusters: int, method: str
) -> None:
    tail = alone(np.random.default_rng(0).beta(8, 2, clusters))
    assert not math.isnan(tail.value)
    assert interval(tail, lower=0, upper=1).method == method
    assert (Code.SHORT_TAIL in {one.code for one in tail.notes}) == (method == "withheld")
    if clusters == 12:
        assert worded(tail.notes) == "a tenth of 12 clusters counts for 1.2: no interval under 3"


def test_a_gap_of_tails_leaves_out_the_group_that_is_too_small() -> None:
    rng = np.random.default_rng(1)
    big, other, small = (alone(rng.beta(a, 2, n)) for a, n in ((8, 200), (4, 100), (2, 12)))
    found = gap([big, other, small], bounds=(0, 1))
    assert found.left_out == (2,)
    assert found.value == pytest.approx(big.value - other.value)
    assert found.low <= found.value <= found.high


def test_a_difference_with_a_short_tail_has_no_interval_either() -> None:
    rng = np.random.default_rng(2)
    a, b = (alone(rng.beta(8, 2, 20)) for _ in range(2))
    assert interval(a - b).method == "withheld"


def test_a_tail_is_centred_below_its_value_as_few_samples_flatter_it() -> None:
    rng = np.random.default_rng(3)
    tails = [alone(rng.beta(8, 2, 60)) for _ in range(40)]
    truth = float(np.sort(rng.beta(8, 2, 10**6))[: 10**5].mean())
    values, centres = (np.mean([getattr(t, name) for t in tails]) for name in ("value", "centre"))
    assert abs(centres - truth) < abs(values - truth)
    assert centres < values


def test_the_samples_behind_a_tail_are_those_in_it() -> None:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"sample_id": [f"s{i}" for i in range(40)], "x": rng.random(40)})
    table = table.assign(cluster=table["sample_id"])
    metric = TailMean("t", "x")
    moved = influences(metric, table, np.ones(40, np.bool_))
    (whole,) = estimates(metric, table)
    for i in (int(table["x"].argmin()), int(table["x"].argmax())):
        (rest,) = estimates(metric, table.drop(index=i))
        assert moved[i] == pytest.approx(whole.value - rest.value)
    assert moved[table["x"].argmin()] < 0
    assert scores(metric, table) == pytest.approx(table["x"].to_numpy())
