"""The interval of a recipe: its own spread protects a noisy one, the pooled one a lucky one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchsuite.estimation import (
    Code,
    Estimate,
    SeedSpread,
    interval,
    note,
    recipe_interval,
    seed_spread,
)
from benchsuite.estimation.wording import worded

NOISY, LUCKY, OTHER = (np.array(scores) for scores in ([0.6, 0.9], [0.8, 0.8], [0.7, 0.72, 0.74]))


def made(clusters: int = 60, value: float = 0.5) -> Estimate:
    noise = np.random.default_rng(0).normal(0, 0.1, 1000)
    return Estimate.of(value, value + noise, clusters, clusters)


def test_a_noisy_recipe_has_its_own_spread_and_a_lucky_one_that_of_all() -> None:
    recipes = [NOISY, LUCKY, OTHER]
    noisy, lucky = seed_spread(NOISY, recipes), seed_spread(LUCKY, recipes)
    assert noisy == SeedSpread(2, pytest.approx(0.045), 1)
    assert lucky == SeedSpread(2, pytest.approx((0.045 + 0 + 0.0008) / 4), 4, recipes=3)


def test_recipes_of_one_training_or_without_a_score_are_left_out() -> None:
    assert seed_spread(OTHER, [OTHER, np.array([0.1]), np.array([0.1, np.nan])]) == SeedSpread(
        3, pytest.approx(0.0004), 2
    )
    assert seed_spread(np.array([0.1]), [np.array([0.1])]) is None


def test_a_recipe_s_interval_adds_the_spread_of_its_seeds_with_its_own_quantile() -> None:
    spread = SeedSpread(trainings=3, variance=0.02, df=4)
    samples, seeds = stats.t.ppf(0.975, 59) * made().sd, stats.t.ppf(0.975, 4) * math.sqrt(0.02 / 3)
    half = math.hypot(samples, seeds)
    found = recipe_interval(made(), [spread])
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half))
    both = recipe_interval(made(), [spread, spread])
    assert both.high - 0.5 == pytest.approx(math.hypot(half, seeds))


@pytest.mark.parametrize("value", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("variance", [1e-6, 0.01, 1.0])
def test_a_recipe_s_interval_stays_within_the_bounds_and_holds_that_of_its_samples(
    value: float, variance: float
) -> None:
    samples = interval(made(value=value), lower=0.0, upper=1.0)
    found = recipe_interval(made(value=value), [SeedSpread(2, variance, 1)], lower=0.0, upper=1.0)
    assert 0 <= found.low < samples.low < samples.high < found.high <= 1
    assert found.method == "score"


def test_the_row_says_which_spread_it_is_and_that_two_trainings_are_few() -> None:
    pooled = recipe_interval(made(), [SeedSpread(3, 0.01, 6, recipes=3)])
    assert pooled.notes == note(Code.SEEDS_POOLED, 3)
    words = worded(recipe_interval(made(), [SeedSpread(2, 0.01, 1)]).notes)
    assert words == (
        "spread of trainings: this recipe's own; "
        "only 2 trainings: the interval is too wide to conclude"
    )


def test_seeds_that_score_the_same_add_nothing_and_few_clusters_have_no_interval() -> None:
    same = SeedSpread(2, 0.0, 2)
    for bounds in ((-math.inf, math.inf), (0.0, 1.0)):
        alone = interval(made(), 0.95, *bounds)
        found = recipe_interval(made(), [same], 0.95, *bounds)
        assert (found.low, found.high, found.method) == (alone.low, alone.high, alone.method)
    assert recipe_interval(made(4), [same]).method == "withheld"
