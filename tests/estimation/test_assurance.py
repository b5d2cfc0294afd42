"""Non-inferiority: margins of every sign, clusters enough, and bounds that know of rare losses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchsuite.estimation import (
    Bound,
    Estimate,
    absolute_margin,
    assure,
    difference,
    lower_bound,
    relative_margin,
)
from benchsuite.estimation.wording import worded
from tests.estimation.scenarios import Array, Draw


def bound(before: Array, after: Array, margin: float, higher_is_better: bool = True) -> Bound:
    candidate, baseline = Draw(0, "bound", 0).means(np.column_stack([after, before]))
    change = difference(candidate, baseline, higher_is_better)
    return assure(relative_margin(change, baseline, margin))


def constant(value: float, clusters: int = 60) -> Estimate:
    return Estimate.of(value, np.full(1000, value), clusters, clusters)


@pytest.mark.parametrize("centre", [0.8, -2.0])
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_margin_is_a_share_of_the_baseline_s_size(centre: float, higher_is_better: bool) -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(centre, 0.1, 400)
    worse = -1.0 if higher_is_better else 1.0
    for share, passes in ((0.01, True), (-0.01, True), (0.051, False), (0.06, False)):
        drop = worse * share * abs(centre)
        found = bound(before, before + drop + rng.normal(0, 0.02, 400), 0.05, higher_is_better)
        assert found.passed == passes, f"worse by {share:.1%} of {centre}"


def test_a_baseline_that_may_be_0_is_tested_with_both_signs() -> None:
    draw = Draw(0, "near 0", 0)
    (near,) = draw.means(draw.rng.normal(0.01, 1, (400, 1)))
    found = relative_margin(constant(-0.02), near, 0.05)
    up, down = (excess.value for excess in found.excess)
    assert (up + down) / 2 == pytest.approx(-0.02)
    assert not found.signed
    assert relative_margin(constant(-0.02), constant(0.5), 0.05).signed
    assert absolute_margin(constant(-0.02), near, 0.05).signed


def test_margins_have_to_be_above_0() -> None:
    for allow in (relative_margin, absolute_margin):
        with pytest.raises(ValueError, match="above 0"):
            allow(constant(0.0), constant(1.0), 0.0)


def test_what_was_not_measured_never_passes() -> None:
    found = assure(relative_margin(constant(0.5, clusters=4), constant(1.0), 0.1))
    assert not found.passed
    assert "no interval under 5" in worded(found.notes)


@given(st.floats(0.001, 0.3), st.floats(0.001, 0.2))
def test_clusters_are_enough_if_a_loss_of_the_margin_is_met(margin: float, alpha: float) -> None:
    needed = assure(relative_margin(constant(0.0, 9000), constant(1.0, 9000), margin), alpha).needed
    share = min(margin, 0.05)
    assert (1 - share) ** needed <= alpha * (1 + 1e-6)
    assert (1 - share) ** (needed - 1) > alpha * (1 - 1e-6)


@pytest.mark.parametrize(("margin", "needed"), [(0.1, 59), (0.05, 59), (0.02, 149)])
def test_a_cell_passes_from_so_many_clusters_on(margin: float, needed: int) -> None:
    for clusters in (needed - 1, needed):
        found = assure(relative_margin(constant(0.0, clusters), constant(1.0, clusters), margin))
        assert found.needed == needed
        assert found.passed == (clusters == needed)


def test_a_tolerated_loss_that_is_a_small_share_needs_more_clusters() -> None:
    needed = [
        assure(absolute_margin(constant(0.0), constant(base), 0.1)).needed for base in (1.0, 5.0)
    ]
    assert needed == [59, 149]


def test_differences_that_are_skewed_towards_losses_need_100_clusters() -> None:
    lost = np.zeros(80)
    lost[:2] = 0.2
    before = np.full(80, 0.8)
    wiggle = np.random.default_rng(0).normal(0, 1e-4, 80)
    assert bound(before, before + wiggle - lost, 0.05).needed == 100
    assert bound(before, before + wiggle + lost, 0.05).needed == 59


def test_a_bound_is_lower_than_t_where_differences_are_left_skewed_and_never_higher() -> None:
    left = Draw(0, "skew", 0, 2000)
    scores = 1 - left.rng.exponential(1, 60)
    down, up = left.means(np.column_stack([scores, -scores]))
    t = stats.t.ppf(0.95, 59)
    assert lower_bound(down) < down.value - t * down.sd
    assert lower_bound(up) == pytest.approx(up.value - t * up.sd)


def test_two_collapses_of_100_are_no_proof_that_they_are_rare() -> None:
    before = np.full(100, 0.8)
    wiggle = np.random.default_rng(0).normal(0, 0.01, 100)
    after = before + wiggle
    after[:2] = 0.0  # 1.6 points lost of the 4 that are tolerated; t puts the bound at 3.5
    assert not bound(before, after, 0.05).passed
