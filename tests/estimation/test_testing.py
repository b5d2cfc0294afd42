"""The gate's tests: against slow versions of themselves, and in what they promise."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchsuite.estimation import (
    Change,
    Code,
    Estimate,
    Tail,
    difference,
    family_test,
    mde,
    note,
    step_down,
)
from benchsuite.estimation.exact import sign_flips
from benchsuite.estimation.skewness import normal, skewed, unskewed
from benchsuite.estimation.wording import worded
from tests.estimation.alarms import holm
from tests.estimation.scenarios import Draw, correlated


def family(drops: list[float], n: int = 100, seed: int = 0) -> list[Estimate]:
    draw = Draw(seed, "tests", len(drops), 500)
    return draw.means(correlated(draw.rng, n, len(drops), 0.5, False) - np.array(drops))


def constant(value: float, clusters: int = 60) -> Estimate:
    return Estimate.of(value, np.full(500, value, np.float32), clusters, clusters)


def slow_step_down(cells: list[Estimate], alpha: float) -> list[bool]:
    """Reject the smallest p, remove it, repeat: what is left says how likely so small a p is."""
    left, worse = list(range(len(cells))), [False] * len(cells)
    while left:
        own = {i: stats.t.cdf(cells[i].value / cells[i].sd, cells[i].df) for i in left}
        first = min(left, key=own.__getitem__)
        drawn = [cells[i].deviations.astype(float) / cells[i].sd * cells[i].inflation for i in left]
        smallest = np.min(drawn, axis=0) <= stats.norm.ppf(own[first])
        p = (1 + smallest.sum()) / (1 + len(smallest))
        if min(max(p, own[first]), len(left) * own[first]) > alpha:
            break
        worse[first] = True
        left.remove(first)
    return worse


@given(
    st.integers(0, 10_000), st.lists(st.sampled_from([0.0, 0.2, 0.3, 0.5]), min_size=1, max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_step_down_is_reject_remove_repeat(seed: int, drops: list[float]) -> None:
    cells = family(drops, seed=seed)
    assert list(step_down(cells, 0.05).worse) == slow_step_down(cells, 0.05)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_order_of_cells_does_not_matter(seed: int) -> None:
    cells = family([0.0, 0.3, 0.5, 0.2, 0.0], seed=seed)
    order = np.random.default_rng(seed).permutation(5)
    straight, shuffled = step_down(cells, 0.05), step_down([cells[i] for i in order], 0.05)
    assert [straight.cells[i] for i in order] == list(shuffled.cells)


def test_a_verdict_its_p_and_its_critical_value_agree() -> None:
    cells = family([0.0, 0.3, 0.5, 0.25, 0.0, 0.2])
    for cell, verdict in zip(cells, step_down(cells, 0.05).cells, strict=True):
        assert verdict.worse == (verdict.p <= 0.05) == (cell.value / cell.sd < verdict.critical)
        assert verdict.mde == pytest.approx(mde(verdict.critical, cell.sd))


def test_a_large_drop_is_found_and_an_improvement_never_fails() -> None:
    assert step_down(family([1.0, 0.0, -1.0]), 0.05).worse == (True, False, False)


def test_more_cells_make_the_critical_value_stricter() -> None:
    cells = family([0.0] * 20)
    alone, among = step_down(cells[:1], 0.05).cells[0], step_down(cells, 0.05).cells[0]
    assert among.critical < alone.critical < -1.6


def test_a_single_cell_is_a_t_test() -> None:
    (cell,) = step_down(family([0.2], n=30), 0.05).cells
    estimate = family([0.2], n=30)[0]
    assert cell.p == pytest.approx(stats.t.cdf(estimate.value / estimate.sd, 29))
    assert cell.critical == pytest.approx(stats.t.ppf(0.05, 29))


def test_a_model_against_itself_is_identical_and_not_worse() -> None:
    (cell,) = family([0.0])
    (verdict,) = step_down([difference(cell, cell)], 0.05).cells
    assert verdict.verdict == "identical"


def test_a_difference_under_the_precision_of_replicates_is_not_a_drop() -> None:
    (cell,) = family([0.0])
    (same,) = step_down([difference(cell - 1e-9, cell)], 0.05).cells
    assert same.verdict == "identical"
    (moved,) = step_down([difference(cell - 1e-2, cell)], 0.05).cells
    assert moved.worse


def test_a_drop_without_any_variation_is_certain() -> None:
    found = step_down([constant(-0.1), constant(0.1), *family([0.0])], 0.05)
    assert [c.verdict for c in found.cells] == ["worse", "not worse", "not worse"]


def test_what_cannot_be_tested_gets_no_verdict_and_a_reason() -> None:
    missing = Estimate.of(math.nan, np.full(500, np.nan, np.float32), 0, 0, notes=note(Code.EMPTY))
    found = step_down([constant(-0.1, clusters=4), missing, *family([1.0])], 0.05, ["a", "b", "c"])
    assert [c.verdict for c in found.cells] == ["no verdict", "no verdict", "worse"]
    assert [c.name for c in found.cells] == ["a", "b", "c"]
    assert worded(found.cells[1].notes) == "n=0"


def test_undefined_replicates_of_one_cell_do_not_void_the_family() -> None:
    cells = family([1.0, 0.0])
    cells[1].deviations[:5] = np.nan
    assert step_down(cells, 0.05).worse == (True, False)


@given(st.integers(0, 10_000), st.sampled_from([10, 500]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_cell_that_holm_rejects_is_missed(seed: int, replicates: int, skewed: bool) -> None:
    draw = Draw(seed, "Holm", 0, replicates)
    drops = draw.rng.choice([0.0, 0.3, 0.5], 6)
    cells = draw.means(correlated(draw.rng, 60, 6, 0.9, skewed) - drops)
    by_holm = holm([float(stats.t.cdf(c.value / c.sd, c.df)) for c in cells])
    for cell, p in zip(step_down(cells, 0.05).cells, by_holm, strict=True):
        assert cell.p <= p * (1 + 1e-9)


def test_differences_are_oriented_so_that_negative_is_worse() -> None:
    high, low = constant(2.0), constant(1.0)
    assert difference(low, high).value == -1
    assert difference(high, low, higher_is_better=False).value == -1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_is_the_sequential_procedure(p: list[float]) -> None:
    adjusted = holm(p)
    for alpha in (0.01, 0.05, 0.2):
        rejected = 0
        for k, value in enumerate(sorted(p)):
            if value * (len(p) - k) > alpha:
                break
            rejected += 1
        assert sum(a <= alpha for a in adjusted) >= rejected
        assert sorted(a <= alpha for a in adjusted).count(True) == rejected


def changed(effects: list[float], of: int = 100, draw: Draw | None = None) -> Change:
    """The mean over `of` samples of which these are all that differ."""
    scores = np.zeros((of, 1))
    scores[: len(effects), 0] = effects
    (cell,) = (draw or Draw(0, "few differ", 0, 500)).means(scores)
    return Change(cell, 0.0, len(effects), np.array(effects) / of)


def test_cells_in_which_few_clusters_differ_are_tested_exactly() -> None:
    real, ap = (Change(cell, 0.0, 100) for cell in family([0.5, 0.0]))
    found = family_test(
        [real, changed([-1.0] * 14), changed([-1.0] * 8 + [1.0] * 7), ap, changed([])],
        0.05,
        ["real", "fell", "mixed", "AP", "same"],
    )
    assert [(c.name, c.method, c.verdict) for c in found.cells] == [
        ("real", "max-T", "worse"),
        ("fell", "exact", "worse"),
        ("mixed", "exact", "not worse"),
        ("AP", "max-T", "not worse"),
        ("same", "", "identical"),
    ]
    assert all(c.worse == (c.p <= 0.05) for c in found.cells if c.method)


def test_a_sole_exact_cell_keeps_all_of_alpha() -> None:
    for losses, worse in ((4, False), (5, True)):
        (cell,) = family_test([changed([-1.0] * losses)], 0.05).cells
        assert (cell.p, cell.worse) == (pytest.approx(2.0**-losses), worse)


def test_a_mean_that_rises_is_not_worse_however_many_fall() -> None:
    (cell,) = family_test([changed([-0.001] * 16 + [0.5] * 3)], 0.05).cells
    assert (cell.method, cell.verdict) == ("exact", "not worse")
    assert cell.p > 0.4


def test_cells_in_which_so_small_a_p_cannot_occur_cost_the_others_nothing() -> None:
    real = Change(family([0.4])[0], 0.0, 100)
    alone = family_test([real], 0.05).cells[0]
    beside = family_test([real, *(changed([-1.0]) for _ in range(40))], 0.05).cells[0]
    assert beside.p == alone.p


@given(st.lists(st.floats(-1, 1).filter(lambda e: abs(e) > 1e-3), min_size=1, max_size=9))
def test_the_exact_test_looks_at_every_sign(effects: list[float]) -> None:
    found = np.array(effects)
    sums = [sum(s * abs(e) for s, e in zip(signs, effects, strict=True))
            for signs in product((-1, 1), repeat=len(effects))]  # fmt: skip
    expected = np.mean([one <= found.sum() + 1e-9 * np.abs(found).sum() for one in sums])
    assert sign_flips(found) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("worse", "better", "p"),
    [(0, 0, 1.0), (5, 0, 1 / 32), (0, 5, 1.0), (1, 1, 0.75), (4, 1, 6 / 32), (12, 7, 0.1796)],
)
def test_of_changes_of_one_size_it_is_the_sign_test(worse: int, better: int, p: float) -> None:
    found = sign_flips(np.array([-0.25] * worse + [0.25] * better))
    assert found == pytest.approx(p, abs=1e-4)
    assert found == pytest.approx(stats.binom.sf(worse - 1, worse + better, 0.5))


def test_few_answers_that_differ_in_a_small_group_get_no_verdict_unless_they_show_something() -> (
    None
):
    small, large = changed([-1.0] * 3, of=6), changed([-1.0] * 3, of=100)
    others = [Change(cell, 0.0, 100) for cell in family([0.0] * 30)]
    found = family_test([small, large, *others], 0.025).cells
    assert [cell.verdict for cell in found[:2]] == ["no verdict", "not worse"]
    assert "too few to show any drop" in worded(found[0].notes)


def test_a_small_group_of_which_all_differ_can_fail_by_its_own_t() -> None:
    draw = Draw(0, "eight", 0, 500)
    scores = np.full((80, 20), np.nan)
    scores[:8] = draw.rng.normal(-2.5, 1, (8, 20))
    others = correlated(draw.rng, 80, 20, 0.5, False)
    cells = draw.means(np.hstack([scores, others]))
    effects = [scores[:8, k] / 8 for k in range(20)]
    small = [Change(cell, 0.0, 8, e) for cell, e in zip(cells, effects, strict=False)]
    family = family_test([*small, *(Change(cell, 0.0, 80) for cell in cells[20:])], 0.025)
    assert any(family.worse[:20])
    assert not any(family.worse[20:])


def test_where_few_gain_much_a_cell_is_less_surely_worse() -> None:
    (cell,) = family([0.3])
    plain, skewed = (family_test([Change(cell, a, 100)], 0.05).cells[0] for a in (0.0, 0.3))
    left = family_test([Change(cell, -0.3, 100)], 0.05).cells[0]
    assert plain.p < skewed.p
    assert abs(skewed.critical) > abs(plain.critical)
    assert left == plain, "rare losses are damage, and not discounted"


def test_the_skewness_that_chance_gives_is_not_discounted() -> None:
    (cell,) = family([0.2])
    none, chance, real = (
        family_test([Change(cell, a, 100)], 0.05).cells[0].p for a in (0.0, 0.04, 0.06)
    )
    assert none == chance < real


def test_a_small_cell_may_lack_what_is_rare_among_all() -> None:
    cell = replace(family([0.3], n=30)[0])
    alone = Change(cell, 0.0, 30)
    light = replace(alone, tail=Tail(variance=1.0, skewness=0.1))
    heavy = replace(alone, tail=Tail(variance=25.0, skewness=5.5))
    found = [family_test([one], 0.05).cells[0] for one in (alone, light, heavy)]
    assert found[0] == found[1]
    assert found[2].p > 5 * found[0].p
    assert found[2].mde > 2 * found[0].mde


def test_few_clusters_leave_a_family_without_a_verdict() -> None:
    cells = [constant(-0.1, clusters=4), constant(0.0, clusters=4)]
    found = family_test([Change(cells[0], 0.0, 4), Change(cells[1], 0.0, 0)], 0.05)
    assert [c.verdict for c in found.cells] == ["no verdict", "no verdict"]


def test_alpha_is_a_probability() -> None:
    with pytest.raises(ValueError, match="alpha"):
        step_down([], 5)
    assert step_down([], 0.05).cells == ()


def test_the_mde_has_the_power_that_it_says() -> None:
    assert mde(-1.645, 0.1) == pytest.approx((1.645 + 0.8416) * 0.1, rel=1e-3)


# --- skewness ------------------------------------------------------------------------------


@given(st.floats(-0.5, 0.5), st.floats(1, 3))
def test_hall_s_transformation_is_inverted(skewness: float, t: float) -> None:
    found = unskewed(np.array(skewed(t, skewness)), np.array(skewness))
    assert float(found) == pytest.approx(t, abs=1e-4)


@given(st.floats(-2, 2))
def test_standardised_replicates_keep_their_order_on_the_normal_scale(skewness: float) -> None:
    x = np.linspace(-4, 6, 200)
    assert (np.diff(normal(x, skewness)) >= 0).all()


def test_the_normal_scale_takes_the_skewness_of_a_gamma_variable() -> None:
    shape = 16.0
    quantiles = np.array([0.01, 0.05, 0.5, 0.95, 0.99])
    x = (stats.gamma.ppf(quantiles, shape) - shape) / math.sqrt(shape)
    assert normal(x, 2 / math.sqrt(shape)) == pytest.approx(stats.norm.ppf(quantiles), abs=0.02)
