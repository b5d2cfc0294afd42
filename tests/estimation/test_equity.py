"""Further forms of inequity: their values, their bounds by brute force, their nulls."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchsuite.estimation import (
    Estimate,
    Extremal,
    between_sd,
    es_cost,
    es_std,
    es_sum,
    gap,
    gap_growth,
    gap_mde,
    interval,
    ratio,
)
from benchsuite.estimation.ellipsoid import furthest, nearest
from benchsuite.estimation.wording import worded
from tests.estimation.scenarios import Draw
from tests.estimation.test_groups import missing, sampled, slow_moderated

Form = Callable[..., Extremal]

Floats = st.lists(st.floats(-2, 2), min_size=2, max_size=5)


def values(groups: list[Estimate]) -> list[float]:
    return [g.value for g in groups]


def test_each_form_is_its_formula() -> None:
    overall, *groups = sampled(4)
    o, m = overall.value, values(groups)
    assert between_sd(groups).value == pytest.approx(statistics.stdev(m))
    assert between_sd(groups, population=True).value == pytest.approx(statistics.pstdev(m))
    assert es_std(overall, groups).value == pytest.approx(o / (1 + statistics.stdev(m)))
    population = es_std(overall, groups, population=True)
    assert population.value == pytest.approx(o / (1 + statistics.pstdev(m)))
    assert ratio(overall, groups).value == pytest.approx(min(m) / max(m))
    assert es_cost(overall, groups).value == pytest.approx(o + sum(abs(o - x) for x in m))


@pytest.mark.parametrize("alpha", [0, 0.5, 4])
def test_alpha_weighs_the_disparity_and_leaves_none_where_there_is_none(alpha: float) -> None:
    overall, *groups = sampled(4)
    o, m = overall.value, values(groups)
    by_sd = es_std(overall, groups, alpha=alpha)
    cost = es_cost(overall, groups, alpha=alpha)
    assert by_sd.value == pytest.approx(o / (1 + alpha * statistics.stdev(m)))
    assert cost.value == pytest.approx(o + alpha * sum(abs(o - x) for x in m))
    for found, better in ((by_sd, -1), (cost, 1)):
        assert found.low <= found.value <= found.high
        assert found.fair is not None
        assert (found.value - o) * better >= 0
    if alpha == 0:
        for found in (by_sd, cost):
            assert found.fair is not None
            assert found.fair.median == pytest.approx(np.median(overall.replicates), abs=1e-6)


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("unequal", [False, True])
def test_each_value_lies_within_its_bounds(count: int, unequal: bool) -> None:
    overall, *groups = sampled(count, unequal=unequal)
    for found in (
        between_sd(groups),
        es_std(overall, groups),
        ratio(overall, groups),
        es_cost(overall, groups),
    ):
        assert found.low <= found.value <= found.high
        assert found.clusters == min(g.clusters for g in groups)


def test_of_two_groups_the_sd_has_the_bounds_of_their_difference() -> None:
    groups = sampled(2)[1:]
    found, apart = between_sd(groups), gap(groups)
    assert found.value == pytest.approx(apart.value / math.sqrt(2))
    assert found.high == pytest.approx(apart.high / math.sqrt(2), rel=0.03)
    assert found.low == pytest.approx(apart.low / math.sqrt(2), abs=0.002)


@given(Floats, st.lists(st.floats(0.01, 2), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_ends_of_an_ellipsoid_are_those_of_a_search(
    centre: list[float], lengths: list[float]
) -> None:
    c, axes = np.array(centre), np.array(lengths)[: len(centre)]
    steps = np.random.default_rng(0).normal(size=(20_000, len(c)))
    surface = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    norms = np.linalg.norm(c + axes * surface, axis=1)
    far, near = furthest(c, axes), nearest(c, axes)
    assert far >= norms.max() - 1e-9
    assert far <= norms.max() + 0.25 * axes.max()
    inside = ((c / axes) ** 2).sum() <= 1
    assert near <= norms.min() + 1e-9
    assert (near == 0) == bool(inside) or near < 1e-9
    assert inside or near >= norms.min() - 0.25 * axes.max()


def test_the_furthest_point_is_found_where_the_centre_is_equality() -> None:
    assert furthest(np.zeros(3), np.array([0.1, 0.3, 0.2])) == pytest.approx(0.3)
    assert nearest(np.zeros(3), np.array([0.1, 0.3, 0.2])) == 0
    assert furthest(np.array([3.0, 4.0]), np.zeros(2)) == 5
    assert furthest(np.array([1e-170, 0.0]), np.array([1.0, 0.5])) == pytest.approx(1)
    assert nearest(np.array([3.0, 4.0]), np.zeros(2)) == pytest.approx(5)


@pytest.mark.parametrize("count", [2, 3])
def test_the_ends_of_a_ratio_are_where_its_conditions_turn(count: int) -> None:
    overall, *groups = sampled(count)
    found = ratio(overall, groups)
    drawn = np.array([g.replicates.astype(float) for g in groups])
    m = np.array(values(groups))
    df, inflation = min(g.df for g in groups), max(g.inflation for g in groups)
    first, second = np.nonzero(~np.eye(count, dtype=bool))

    def theta(e: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        at = m[first] - e * m[second]
        centred = drawn[first] - e * drawn[second] - at[:, None]
        return at, centred, centred.std(axis=1, ddof=1)

    def above(e: float) -> bool:
        at, _, sd = theta(e)
        return bool((at > stats.t.ppf(0.975, df) * inflation * sd).all())

    def refuted(e: float) -> bool:
        at, centred, sd = theta(e)
        c = stats.norm.cdf(np.quantile((-centred / sd[:, None]).max(axis=0), 0.95))
        return bool((at < -stats.t.ppf(c, df) * inflation * sd).any())

    assert above(found.low - 1e-3)
    assert not above(found.low + 1e-3)
    assert not refuted(found.high - 1e-3)
    assert found.high > 0.9999 or refuted(found.high + 1e-3)


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("disparity", [0.0, 0.1])
def test_the_ends_of_es_by_the_sd_are_those_of_a_search(count: int, disparity: float) -> None:
    overall, *groups = sampled(count, disparity)
    found = es_std(overall, groups)
    parts = [overall, *slow_moderated(groups)]
    x = np.array(values(parts))
    drawn = np.array([g.replicates for g in parts]) * parts[1].inflation
    root = np.linalg.cholesky(np.cov(drawn) + 1e-12 * np.eye(len(x)))
    rng = np.random.default_rng(0)
    sides = rng.normal(size=(100_000, len(x)))
    t = stats.t.ppf(0.975, min(g.df for g in parts))
    near = x + t * (sides / np.linalg.norm(sides, axis=1, keepdims=True)) @ root.T
    scores = near[:, 0] / (1 + near[:, 1:].std(axis=1, ddof=1))
    assert found.low == pytest.approx(scores.min(), abs=0.003)
    assert found.low <= scores.min() + 1e-4
    assert found.value <= found.high <= overall.value + 4 * overall.sd
    assert (found.high < interval(overall).high - 0.01) == (disparity > 0)


def test_the_bounds_of_a_cost_are_the_largest_over_all_signs() -> None:
    overall, *groups = sampled(3)
    found = es_cost(overall, groups)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
    costs = []
    for s in signs:
        cost = overall
        for sign, group in zip(s, groups, strict=True):
            cost = cost + float(sign) * (overall - group)
        costs.append(cost)
    df = min(g.df for g in groups)
    high = max(c.value + stats.t.ppf(0.975, df) * c.sd for c in costs)
    assert found.high == pytest.approx(high, abs=1e-3)


def test_a_fair_model_would_show_less_than_perfect_equity() -> None:
    overall, *groups = sampled(5, disparity=0.0)
    for found, perfect in ((es_std(overall, groups), overall.value), (ratio(overall, groups), 1.0)):
        assert found.fair is not None
        assert found.fair.low < found.fair.median < found.fair.high
        assert found.fair.median < perfect
    cost = es_cost(overall, groups).fair
    assert cost is not None
    assert cost.median > overall.value
    assert between_sd(groups).null95 > 0


def test_more_disparity_is_more_of_each() -> None:
    small, large = sampled(3, disparity=0.05), sampled(3, disparity=0.3)
    assert between_sd(small[1:]).value < between_sd(large[1:]).value
    assert es_std(small[0], small[1:]).value > es_std(large[0], large[1:]).value
    assert ratio(small[0], small[1:]).value > ratio(large[0], large[1:]).value
    assert es_cost(large[0], large[1:]).value > large[0].value


def test_what_could_have_been_shown_is_shown_four_times_in_five() -> None:
    groups = sampled(2, disparity=0.0)[1:]
    size = gap_mde(groups)
    se = (groups[0] - groups[1]).sd
    assert size == pytest.approx((stats.t.ppf(0.975, groups[1].df) + 0.84) * se, rel=0.06)


def test_a_single_group_and_a_missing_score_are_said() -> None:
    overall, *groups = sampled()
    for found in (
        between_sd(groups[:1]),
        es_std(overall, groups[:1]),
        ratio(overall, groups[:1]),
        es_cost(overall, groups[:1]),
    ):
        assert (worded(found.notes), found.method) == ("single group", "withheld")
    for found in (es_std(missing(), groups), ratio(missing(), groups), es_cost(missing(), groups)):
        assert worded(found.notes) == "n=0"
    assert math.isnan(gap_mde(groups[:1]))


def test_a_group_without_a_value_is_left_out() -> None:
    overall, *groups = sampled()
    with_missing = [groups[0], missing(), *groups[1:]]
    assert between_sd(with_missing).left_out == (1,)
    assert es_std(overall, with_missing).value == es_std(overall, groups).value


def test_groups_that_do_not_vary_are_known() -> None:
    same = [Estimate.of(v, np.full(400, v, np.float32), 50, 50) for v in (0.5, 0.75)]
    found = between_sd(same)
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(found.value)


@pytest.mark.parametrize("form", [es_sum, es_std, es_cost, ratio])
@pytest.mark.parametrize("lower", [1.0, 0.75])
def test_the_forms_of_negative_scores_are_withheld(form: Form, lower: float) -> None:
    overall, *groups = (e - lower for e in sampled(3, disparity=0.2))
    assert overall.value < 0 or min(values(groups)) < 0 < max(values(groups))
    found = form(overall, groups)
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert (worded(found.notes), found.method) == (
        "only for scores of 0 or more: a score is negative", "withheld"
    )  # fmt: skip
    assert found.fair is None
    assert not math.isnan(gap(groups).low), "a gap needs no zero"


def later(count: int, disparity: float) -> tuple[list[Estimate], list[Estimate]]:
    """The same subjects twice: without a disparity, then with one, and noisier."""
    draw = Draw(0, "growth", count, 400)
    rng, n = draw.rng, 40 * count
    inside = np.where(np.arange(n)[:, None] % count == np.arange(count), 1.0, np.nan)
    scores = rng.normal(0.8, 0.1, (n, 1)) * inside
    moved = scores - rng.gamma(1, 0.1, (n, 1)) - disparity * (np.arange(count) == 0)
    return draw.means(scores), draw.means(moved)


def slow_growth(before: list[Estimate], after: list[Estimate]) -> tuple[float, float]:
    """The definition, contrast by contrast, with one number at a time."""
    before, after = slow_moderated(before), slow_moderated(after)
    ordered = list(permutations(range(len(before)), 2))

    def ends(here: list[Estimate], there: list[Estimate]) -> float:
        lows = []
        for k, m in ordered:
            differences = [there[i] - there[j] - here[k] + here[m] for i, j in ordered]
            highest = np.max(
                [(d.replicates - d.value) / (d.sd / d.inflation) for d in differences], axis=0
            )
            tail = stats.norm.cdf(np.quantile(highest, 0.975))
            lows.append(max(d.value - stats.t.ppf(tail, d.df) * d.sd for d in differences))
        return min(lows)

    return ends(before, after), -ends(after, before)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("disparity", [0.0, 0.2])
def test_the_growth_of_a_gap_has_the_bounds_of_its_definition(count: int, disparity: float) -> None:
    before, after = later(count, disparity)
    found = gap_growth(before, after)
    assert found.value == pytest.approx(gap(after).value - gap(before).value)
    assert (found.low, found.high) == pytest.approx(slow_growth(before, after), abs=1e-5)
    assert found.low <= found.value <= found.high
    assert (found.low > 0) == (disparity > 0)


def test_the_way_back_is_the_growth_with_its_sign_turned() -> None:
    before, after = later(3, 0.2)
    there, back = gap_growth(before, after), gap_growth(after, before)
    assert (back.value, back.low, back.high) == pytest.approx(
        (-there.value, -there.high, -there.low)
    )


def test_where_nothing_moves_no_gap_grows() -> None:
    groups = sampled(3)[1:]
    found = gap_growth(groups, groups)
    assert (found.low, found.value, found.high) == (0, 0, 0)


def test_growth_is_of_the_groups_that_have_a_value_on_both_sides() -> None:
    before, after = later(3, 0.2)
    found = gap_growth([*before, missing()], [*after, before[0]])
    assert found.left_out == (3,)
    assert found.value == gap_growth(before, after).value
    assert math.isnan(gap_growth(before[:1], after[:1]).value)
