"""Each kind has its interval, and where there can be none, none is given."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchsuite.estimation import (
    Code,
    Estimate,
    Mean,
    Weights,
    interval,
    note,
)
from benchsuite.estimation.estimate import Kind
from benchsuite.estimation.wording import worded


def made(clusters: int = 200, kind: Kind = "linear", skewed: bool = False) -> Estimate:
    rng = np.random.default_rng(0)
    noise = rng.gamma(4, 0.5, 1000) - 2 if skewed else rng.normal(size=1000)
    return Estimate.of(0.5, (0.5 + 0.1 * noise).astype(np.float32), clusters, clusters, kind=kind)


def test_a_linear_estimate_has_a_symmetric_t_interval() -> None:
    found = interval(made(60))
    half = stats.t.ppf(0.975, 59) * made(60).sd
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half))
    assert found.method == "t"


def test_a_smooth_estimate_has_a_t_interval_around_its_value_without_bias() -> None:
    estimate = replace(made(60, "smooth"), centre=0.45)
    half = stats.t.ppf(0.975, 59) * estimate.sd
    found = interval(estimate)
    assert (found.low, found.high) == pytest.approx((0.45 - half, 0.45 + half))
    assert found.method == "t"
    assert interval(estimate, lower=0.0, upper=1.0).method == "score"
    far = interval(replace(estimate, centre=0.1))
    assert far.high == 0.5, "an interval holds its value"


def by_inversion(p: float, se: float, df: float) -> tuple[float, float]:
    """The shares that a score test does not refute, by looking at very many of them."""
    grid = np.linspace(0, 1, 200_001)
    inside = (p - grid) ** 2 <= stats.t.ppf(0.975, df) ** 2 * grid * (1 - grid) / (
        p * (1 - p) / se**2
    )
    return float(grid[inside].min()), float(grid[inside].max())


@given(st.floats(0.02, 0.98), st.floats(0.001, 0.3), st.integers(5, 500))
def test_a_bounded_mean_has_the_score_interval(p: float, share: float, clusters: int) -> None:
    sd = share * math.sqrt(p * (1 - p))
    noise = np.random.default_rng(0).normal(size=300)
    estimate = Estimate.of(p, p + sd * noise, clusters, clusters)
    found = interval(estimate, lower=0.0, upper=1.0)
    expected = by_inversion(p, estimate.sd, clusters - 1)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)
    assert found.method == "score"
    assert 0 <= found.low < p < found.high <= 1


def test_a_score_interval_scales_with_its_bounds() -> None:
    estimate = made(60)
    unit = interval(estimate, lower=0.0, upper=1.0)
    scaled = interval(10 * estimate - 2, lower=-2.0, upper=8.0)
    assert (scaled.low, scaled.high) == pytest.approx((10 * unit.low - 2, 10 * unit.high - 2))


def test_the_score_interval_of_a_rate_is_wilson_s() -> None:
    right, n = 95, 100
    table = pd.DataFrame({"x": np.arange(n) < right}, dtype=float)
    table = table.assign(sample_id=[str(i) for i in range(n)], cluster=[str(i) for i in range(n)])
    weights, rate = Weights(0, "rate", 4000), Mean("rate", "x")
    (estimate,) = rate.finish(rate.accumulate(table, weights, np.ones((n, 1), bool)), weights)
    found = interval(estimate, lower=0.0, upper=1.0)
    wilson = stats.binomtest(right, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=0.006)


def test_an_extremal_estimate_has_no_interval() -> None:
    with pytest.raises(ValueError, match="extremal"):
        interval(made(60, "extremal"))


def test_a_narrower_level_lies_within() -> None:
    wide, narrow = interval(made(), 0.95), interval(made(), 0.8)
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(ValueError, match="level"):
        interval(made(), 95)


def test_ends_stay_within_the_metric_s_bounds() -> None:
    for kind in get_args(Kind)[:2]:
        found = interval(made(kind=kind), lower=0.4, upper=0.6)
        assert 0.4 < found.low < found.high < 0.6
    found = interval(made(), lower=0.4)
    assert (found.low, found.method) == (0.4, "t")


def test_under_5_clusters_there_is_no_interval() -> None:
    found = interval(made(4))
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert (found.method, worded(found.notes)) == ("withheld", "4 clusters: no interval under 5")


def test_clusters_of_unequal_weight_are_marked_by_what_they_count_for() -> None:
    unequal = replace(made(100), effective=1.8)
    assert "100 clusters count for 1.8" in worded(interval(unequal).notes)


@pytest.mark.parametrize(
    ("clusters", "skewed", "trusted"),
    [(49, False, False), (50, False, True), (99, True, False), (100, True, True)],
)
def test_few_clusters_are_marked_as_not_to_be_trusted(
    clusters: int, skewed: bool, trusted: bool
) -> None:
    assert ("not to be trusted" in worded(interval(made(clusters, skewed=skewed)).notes)) != trusted


def test_more_than_3_percent_undefined_replicates_withhold_and_fewer_are_counted() -> None:
    few, many = made(), made()
    few.deviations[:30] = np.nan
    many.deviations[:31] = np.nan
    assert worded(interval(few).notes) == "30 of 1000 replicates undefined"
    assert math.isfinite(interval(few).low)
    assert interval(many).method == "withheld"


def test_a_ratio_of_which_some_replicates_explode_keeps_its_interval() -> None:
    tame = made(60, "smooth")
    wild = made(60, "smooth")
    wild.deviations[:5] = [1e6, -1e6, 1e5, 1e7, -1e7]
    expected = interval(tame)
    found = interval(wild)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_a_missing_value_has_no_interval_and_says_why() -> None:
    missing = Estimate.of(math.nan, np.full(10, np.nan, np.float32), 0, 0, notes=note(Code.EMPTY))
    assert (interval(missing).method, worded(interval(missing).notes)) == ("withheld", "n=0")


def test_without_variation_and_bounds_the_interval_is_the_point_and_says_so() -> None:
    for kind in get_args(Kind)[:2]:
        same = Estimate.of(0.1, np.full(100, 0.1), 60, 60, kind=kind)
        found = interval(same)
        assert (found.low, found.high, found.method) == (0.1, 0.1, "point")
        assert worded(found.notes) == "no variation in the sample"


@pytest.mark.parametrize("clusters", [6, 100, 400])
def test_if_all_are_right_the_interval_is_wilson_s_and_never_empty(clusters: int) -> None:
    right = Estimate.of(1.0, np.ones(300), clusters, clusters)
    found = interval(right, lower=0.0, upper=1.0)
    t = stats.t.ppf(0.975, clusters - 1)
    assert (found.low, found.high) == (pytest.approx(clusters / (clusters + t**2)), 1.0)
    assert found.method == "unseen"


def test_alike_samples_within_the_bounds_leave_room_for_what_was_not_seen() -> None:
    alike = interval(Estimate.of(0.6, np.full(300, 0.6), 100, 100), lower=0.0, upper=1.0)
    right = interval(Estimate.of(1.0, np.ones(300), 100, 100), lower=0.0, upper=1.0)
    assert (0.6 - alike.low) / 0.6 == pytest.approx(1 - right.low)
    assert (alike.high - 0.6) / 0.4 == pytest.approx(1 - right.low)
