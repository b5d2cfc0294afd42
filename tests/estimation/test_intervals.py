"""Each kind has its interval, and where there can be none, none is given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchsuite.estimation import Code, Estimate, SeedSpread, interval, note, recipe_interval
from benchsuite.publish.notes import worded


def made(clusters: int = 200, kind: str = "linear", skewed: bool = False) -> Estimate:
    rng = np.random.default_rng(0)
    noise = rng.gamma(4, 0.5, 1000) - 2 if skewed else rng.normal(size=1000)
    return Estimate(0.5, (0.5 + 0.1 * noise).astype(np.float32), clusters, clusters, kind)  # type: ignore[arg-type]


def test_a_linear_estimate_has_a_symmetric_t_interval() -> None:
    found = interval(made(60))
    half = stats.t.ppf(0.975, 59) * made(60).sd
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half))
    assert found.method == "t"


def test_a_smooth_estimate_has_expanded_percentiles() -> None:
    estimate = made(60, "smooth")
    tail = stats.norm.cdf(-math.sqrt(60 / 59) * stats.t.ppf(0.975, 59))
    low, high = np.quantile(estimate.replicates.astype(float), [tail, 1 - tail])
    found = interval(estimate)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert tail < 0.025, "percentiles have to be expanded"


def test_a_recipe_s_interval_adds_the_spread_of_its_seeds() -> None:
    estimate, spread = made(60), SeedSpread(variance=0.02, df=4)
    se = estimate.sd
    total = se**2 + 0.02 / 3
    df = total**2 / (se**4 / 59 + (0.02 / 3) ** 2 / 4)
    half = stats.t.ppf(0.975, df) * math.sqrt(total)
    found = recipe_interval(estimate, [3], spread)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half))
    assert found.high > interval(estimate).high, "new trainings differ, too"


def test_two_seeds_are_inconclusive_by_design_and_few_clusters_have_no_interval() -> None:
    spread = SeedSpread(variance=0.0, df=2)
    assert (
        worded(recipe_interval(made(60), [2], spread).notes)
        == "only 2 trainings: the interval is too wide to conclude"
    )
    assert recipe_interval(made(4), [2], spread).method == "withheld"
    same = recipe_interval(made(60), [2], spread)
    alone = interval(made(60))
    assert (same.low, same.high) == pytest.approx((alone.low, alone.high)), "no spread adds nothing"


def test_an_extremal_estimate_has_no_percentile_interval() -> None:
    with pytest.raises(ValueError, match="extremal"):
        interval(made(60, "extremal"))


def test_a_narrower_level_lies_within() -> None:
    wide, narrow = interval(made(), 0.95), interval(made(), 0.8)
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(ValueError, match="level"):
        interval(made(), 95)


def test_ends_are_clipped_to_the_metric_s_bounds() -> None:
    found = interval(made(), lower=0.4, upper=0.6)
    assert (found.low, found.high) == (0.4, 0.6)


def test_under_5_clusters_there_is_no_interval() -> None:
    found = interval(made(4))
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert (found.method, worded(found.notes)) == ("withheld", "4 clusters: no interval under 5")


@pytest.mark.parametrize(
    ("clusters", "skewed", "trusted"),
    [(49, False, False), (50, False, True), (99, True, False), (100, True, True)],
)
def test_few_clusters_are_marked_as_not_to_be_trusted(
    clusters: int, skewed: bool, trusted: bool
) -> None:
    assert ("not to be trusted" in worded(interval(made(clusters, skewed=skewed)).notes)) != trusted


def test_more_than_1_percent_undefined_replicates_withhold_and_fewer_are_counted() -> None:
    estimate = made()
    estimate.replicates[:10] = np.nan
    assert worded(interval(estimate).notes) == "10 of 1000 replicates undefined"
    assert math.isfinite(interval(estimate).low)
    estimate.replicates[:11] = np.nan
    assert interval(estimate).method == "withheld"


def test_a_missing_value_has_no_interval_and_says_why() -> None:
    missing = Estimate(math.nan, np.full(10, np.nan, np.float32), 0, 0, notes=note(Code.EMPTY))
    assert (interval(missing).method, worded(interval(missing).notes)) == ("withheld", "n=0")


def test_without_variation_the_interval_is_the_point_and_says_so() -> None:
    for kind in ("linear", "smooth"):
        same = Estimate(0.1, np.full(100, 0.1, np.float32), 60, 60, kind)
        found = interval(same)
        assert (found.low, found.high, found.method) == (0.1, 0.1, "point")
        assert worded(found.notes) == "no variation in the sample"
