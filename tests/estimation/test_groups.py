"""Bounds of extremes over groups: they hold the truth, and a fair model is not called unfair."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchsuite.estimation import Code, Estimate, es_sum, gap, interval, note, worst_group
from benchsuite.estimation.contrasts import to_t, to_z
from benchsuite.estimation.moderation import UNBOUNDED, moderated
from benchsuite.estimation.wording import worded
from tests.estimation.scenarios import Draw, Groups


def sampled(count: int = 3, disparity: float = 0.1, unequal: bool = False) -> list[Estimate]:
    """Overall, then groups."""
    return Groups.of(count, unequal, disparity).sample(Draw(0, "tests", count, 400))


def missing() -> Estimate:
    return Estimate.of(math.nan, np.full(400, np.nan, np.float32), 0, 0, notes=note(Code.EMPTY))


def slow_moderated(groups: list[Estimate]) -> list[Estimate]:
    """Groups of a metric without bounds: variances below the mean of all are pulled towards it."""
    variance = [g.sd**2 * (g.clusters - 1) for g in groups]
    mean = sum(v * g.df for v, g in zip(variance, groups, strict=True)) / sum(g.df for g in groups)
    found = []
    for own, group in zip(variance, groups, strict=True):
        pulled = (4 * mean + group.df * own) / (4 + group.df) if own < mean else own
        deviations = group.deviations * math.sqrt(pulled / own)
        found.append(replace(group, deviations=deviations, df=group.df + 4 * min(1, mean / own)))
    return found


def slow_gap(groups: list[Estimate]) -> tuple[float, float]:
    """The bounds of STATISTICS.md, pair by pair."""
    differences = [a - b for a, b in permutations(slow_moderated(groups), 2)]
    raw = [d.sd / d.inflation for d in differences]
    largest = np.max(
        [
            abs(d.replicates.astype(float) - d.value) / s
            for d, s in zip(differences, raw, strict=True)
        ],
        axis=0,
    )
    c = stats.norm.cdf(np.quantile(largest, 0.95))
    low = max(d.value - stats.t.ppf(c, d.df) * d.sd for d in differences)
    high = max(d.value + stats.t.ppf(0.975, d.df) * d.sd for d in differences)
    return max(0.0, low), high


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("unequal", [False, True])
def test_the_gap_has_the_bounds_of_the_contract(count: int, unequal: bool) -> None:
    groups = sampled(count, unequal=unequal)[1:]
    found = gap(groups)
    values = [g.value for g in groups]
    assert found.value == pytest.approx(max(values) - min(values))
    assert (found.low, found.high) == pytest.approx(slow_gap(groups), rel=1e-4)
    assert (found.clusters, found.method) == (min(g.clusters for g in groups), "simultaneous")


def test_the_null_is_the_spread_of_what_chance_adds() -> None:
    groups = slow_moderated(sampled()[1:])
    drawn = [g.deviations.astype(float) * stats.t.ppf(0.975, g.df) / 1.96 for g in groups]
    null = np.quantile(np.ptp(drawn, axis=0), 0.95)
    assert gap(sampled()[1:]).null95 == pytest.approx(null, rel=1e-3)


def test_the_gap_does_not_care_which_direction_is_better() -> None:
    groups = sampled()[1:]
    assert gap(groups, higher_is_better=False) == gap(groups)
    turned, straight = gap([-g for g in groups]), gap(groups)
    assert (turned.low, turned.high) == pytest.approx((straight.low, straight.high))


def test_the_worst_group_is_the_lowest_or_the_highest_score() -> None:
    groups = sampled()[1:]
    values = [g.value for g in groups]
    worst, costly = worst_group(groups), worst_group(groups, higher_is_better=False)
    assert (worst.value, costly.value) == (min(values), max(values))
    assert worst.low < worst.value < worst.high
    turned = worst_group([-g for g in groups], higher_is_better=False)
    assert (turned.low, turned.high) == pytest.approx((-worst.high, -worst.low))


def test_a_shift_of_all_groups_moves_the_worst_group_and_not_the_gap() -> None:
    groups = sampled()[1:]
    shifted = [g + 1 for g in groups]
    assert gap(shifted).low == pytest.approx(gap(groups).low, abs=1e-5)
    assert worst_group(shifted).low == pytest.approx(worst_group(groups).low + 1, abs=1e-5)


def test_es_is_the_overall_score_scaled_by_the_sum_of_deviations() -> None:
    overall, *groups = sampled()
    found = es_sum(overall, groups)
    deviations = sum(abs(overall.value - g.value) for g in groups)
    assert found.value == pytest.approx(overall.value / (1 + deviations))
    assert found.low < found.value <= found.high
    assert found.method == "inversion"


def test_alpha_weighs_the_deviations_of_es_and_none_leaves_the_overall_score() -> None:
    overall, *groups = sampled()
    deviations = sum(abs(overall.value - g.value) for g in groups)
    strict = es_sum(overall, groups, alpha=3)
    assert strict.value == pytest.approx(overall.value / (1 + 3 * deviations))
    assert strict.low < strict.value < es_sum(overall, groups).value
    apart = moderated(groups, UNBOUNDED).fair - overall.deviations
    expected = overall.replicates / (1 + 3 * np.abs(apart).sum(axis=0))
    assert strict.fair is not None
    assert strict.fair.median == pytest.approx(np.median(expected), abs=1e-6)
    none = es_sum(overall, groups, alpha=0)
    plain = interval(overall)
    assert none.value == overall.value
    assert (none.low, none.high) == pytest.approx((plain.low, plain.high), abs=0.01)


@pytest.mark.parametrize("alpha", [0.5, 1, 3])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_ends_of_es_are_where_the_contract_s_conditions_turn(count: int, alpha: float) -> None:
    overall, *groups = sampled(count)
    found = es_sum(overall, groups, alpha=alpha)
    o = overall.replicates.astype(float)
    d = np.array([o - g.replicates.astype(float) for g in groups])
    d_hat = np.array([overall.value - g.value for g in groups])
    signs = np.array(np.meshgrid(*[[-1, 1]] * count)).reshape(count, -1).T
    df = min(g.df for g in groups)
    inflation = max(g.inflation for g in groups)

    def theta(e: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        values = overall.value - e * (1 + alpha * signs @ d_hat)
        drawn = o - e * (1 + alpha * signs @ d)
        return values, drawn - values[:, None], drawn.std(axis=1, ddof=1)

    def above(e: float) -> bool:
        values, _, sd = theta(e)
        return bool((values > stats.t.ppf(0.975, df) * inflation * sd).all())

    def refuted(e: float) -> bool:
        values, centred, sd = theta(e)
        c = np.quantile((-centred / sd[:, None]).max(axis=0), 0.95)
        return bool((values < -stats.t.ppf(stats.norm.cdf(c), df) * inflation * sd).any())

    step = 5e-4  # a quantile of 400 replicates is a step function of e
    assert above(found.low - step)
    assert not above(found.low + step)
    assert not refuted(found.high - step)
    assert refuted(found.high + step)


def test_beyond_10_groups_the_clearest_signs_are_fixed_and_it_is_said() -> None:
    overall, *groups = sampled(12)
    found = es_sum(overall, groups)
    assert "signs of 2 groups fixed" in worded(found.notes)
    assert found.low < found.value <= found.high


def test_a_fair_model_would_show_less_than_a_perfect_equity_score() -> None:
    overall, *groups = sampled(5, disparity=0.0)
    fair = es_sum(overall, groups).fair
    assert fair is not None
    assert fair.low < fair.median < fair.high
    assert fair.median < overall.value, "noise alone costs a fair model"


def test_a_group_without_a_value_is_left_out_and_named() -> None:
    overall, *groups = sampled()
    for found, alone in (
        (gap([groups[0], missing(), *groups[1:]]), gap(groups)),
        (worst_group([groups[0], missing(), *groups[1:]]), worst_group(groups)),
        (es_sum(overall, [groups[0], missing(), *groups[1:]]), es_sum(overall, groups)),
    ):
        assert found.left_out == (1,)
        assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)


@pytest.mark.parametrize("left", [0, 1])
def test_a_single_group_has_no_gap(left: int) -> None:
    overall, *groups = sampled()
    for found in (
        gap([missing(), *groups[:left]]),
        worst_group([missing(), *groups[:left]]),
        es_sum(overall, [missing(), *groups[:left]]),
    ):
        assert math.isnan(found.value)
        assert math.isnan(found.low)
        assert (worded(found.notes), found.method) == ("single group", "withheld")


def test_a_missing_overall_score_has_no_equity_score() -> None:
    assert worded(es_sum(missing(), sampled()[1:]).notes) == "n=0"


def barely(undefined: int) -> Estimate:
    """A group with this many of 400 replicates undefined."""
    drawn = np.random.default_rng(0).normal(0.5, 0.1, 400)
    drawn[:undefined] = np.nan
    return Estimate.of(0.5, drawn, 5, 5)


@pytest.mark.parametrize(
    "group", [Estimate.of(0.1, np.zeros(400, np.float32), 4, 4), barely(undefined=13)]
)
def test_a_group_that_tells_nothing_does_not_take_the_others_with_it(group: Estimate) -> None:
    overall, *others = sampled()
    for form in (gap, worst_group):
        found, alone = form([*others, group]), form(others)
        assert (found.low, found.value, found.high) == (alone.low, alone.value, alone.high)
        assert found.left_out == (3,)
    assert es_sum(overall, [*others, group]).low == es_sum(overall, others).low


def test_a_group_of_5_clusters_is_not_lost_to_an_empty_replicate() -> None:
    found = gap([*sampled()[1:], barely(undefined=12)])
    assert found.left_out == ()
    assert found.clusters == 5
    assert 0 < found.low < found.value < found.high


def right(of: int, wrong: int = 0) -> Estimate:
    """The share of right answers of a group of this size."""
    scores = np.ones((of, 1))
    scores[:wrong] = 0
    return Draw(0, f"{wrong} of {of}", 0, 400).means(scores)[0]


@pytest.mark.parametrize("small", [5, 6, 12])
def test_a_small_group_that_is_all_right_is_not_certain(small: int) -> None:
    found = gap([right(300, wrong=9), right(small)], bounds=(0, 1))
    assert found.value == pytest.approx(0.03)
    assert found.low == 0, "97 % of a large group and all of a small one may be the same"
    assert found.high > 3 / small - 0.1, "three in its size may be wrong and not be seen"
    assert found.null95 > 0.05
    worst = worst_group([right(300), right(small)], bounds=(0, 1))
    assert worst.value == worst.high == 1
    assert worst.low < 1 - 2 / (small + 2)


def test_a_small_group_that_is_all_wrong_is_shown() -> None:
    assert gap([right(300, wrong=30), right(8, wrong=8)], bounds=(0, 1)).low > 0.3


def test_of_scores_far_from_their_bounds_the_gap_is_as_without() -> None:
    groups = [Draw(0, "far", i).means(np.random.default_rng(i).normal(0.5, 0.05, (80, 1)))[0]
              for i in range(3)]  # fmt: skip
    free, bound = gap(groups), gap(groups, bounds=(0, 1))
    assert (bound.low, bound.high) == pytest.approx((free.low, free.high), abs=1e-3)


def test_a_group_that_is_noisier_keeps_its_own_standard_error() -> None:
    quiet, noisy = sampled(2, unequal=True)[1:]
    found = moderated([quiet, noisy], UNBOUNDED).groups
    assert found[1].sd == pytest.approx(noisy.sd)
    assert noisy.df < found[1].df < noisy.df + 4
    assert found[0].sd > quiet.sd
    assert found[0].df == quiet.df + 4


def test_small_groups_are_not_to_be_trusted() -> None:
    assert worded(gap(sampled(5, unequal=True)[1:]).notes) == (
        "not to be trusted: 40 clusters in the smallest group"
    )


def test_identical_groups_have_a_gap_of_exactly_0() -> None:
    group = sampled()[1]
    found = gap([group, group])
    assert (found.value, found.low, found.high) == (0, 0, 0)


@given(st.floats(-6, 6), st.floats(4, 500))
@settings(max_examples=50)
def test_mapping_to_t_and_back_is_no_change(z: float, df: float) -> None:
    assert to_z(to_t(z, df), df) == pytest.approx(z, abs=1e-6)
    assert abs(to_t(z, df)) >= abs(z) - 1e-9
