"""`assure`: its verdicts are about the margin alone, and say which cells and how many clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Outcome, Verdict
from tests.gates.made import judged

Array = NDArray[np.float64]


def verdict(before: Array, after: Array, higher: bool = True, **policy: Any) -> Outcome[Any]:
    """On one condition, in a large group and a small one (a quarter); the margin is 5 %."""
    size = ["small" if i % 4 == 0 else "large" for i in range(len(before))]
    metric = Mean("score", "x", higher_is_better=higher)
    chosen = {"mode": "assure", "margin": 0.05, **policy}
    return judged(before[:, None], after[:, None], metric=metric, groups={"size": size}, **chosen)


def noisy(size: int, centre: float = 0.8) -> tuple[Array, Array]:
    """A baseline, and changes of mean 0 in expectation."""
    rng = np.random.default_rng(size)
    return rng.normal(centre, 0.1, size), rng.normal(0, 0.02, size)


@pytest.mark.parametrize("centre", [0.8, -2.0])
@pytest.mark.parametrize("higher", [True, False])
def test_a_drop_inside_the_margin_passes_however_surely_it_is_seen(centre, higher):
    before, noise = noisy(2000, centre)
    worse = (-0.01 if higher else 0.01) * abs(centre)
    outcome = verdict(before, before + worse + noise, higher=higher)
    assert outcome.verdict == Verdict.PASS
    assert "all is shown not to be worse by more than 5 %; cells: 3" in outcome.line
    detected = verdict(before, before + worse + noise, higher, mode="detect")
    assert detected.verdict == Verdict.FAIL


def test_a_drop_beyond_the_margin_fails_and_the_cells_are_named_with_their_clusters():
    before, noise = noisy(400)
    outcome = verdict(before, before - 0.08 + noise)
    assert outcome.verdict == Verdict.FAIL
    assert "worse by more than 5 %: made-up/m clean overall score" in outcome.line
    assert "(400 clusters)" in outcome.line
    assert [cell.cell.verdict for cell in outcome.judged] == ["worse"] * 3


def test_a_drop_near_the_margin_is_inconclusive():
    before, noise = noisy(400)
    outcome = verdict(before, before - 0.04 + noise)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "3 of 3 not shown to be within 5 %: made-up/m clean overall" in outcome.line


def test_a_cell_of_few_clusters_is_named_with_the_number_that_is_needed():
    before, noise = noisy(200)
    outcome = verdict(before, before + noise)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "1 of 3 not shown" in outcome.line
    assert "size=small" in outcome.line
    assert "(50 clusters, 59 are needed)" in outcome.line


def test_a_small_group_without_a_difference_may_be_luck_where_others_differ():
    before, noise = noisy(200)
    small = np.arange(200) % 4 == 0
    outcome = verdict(before, before + np.where(small, 0.0, noise))
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "size=small score +0 (50 clusters, 59 are needed)" in outcome.line
    before, noise = noisy(400)
    small = np.arange(400) % 4 == 0
    assert verdict(before, before + np.where(small, 0.0, noise)).verdict == Verdict.PASS


def test_a_run_without_any_difference_passes_and_says_so():
    before, _ = noisy(8)
    outcome = verdict(before, before)
    assert outcome.line == "PASS: no sample differs; cells: 3"


def test_a_group_that_is_lost_fails_though_it_is_small():
    before, noise = noisy(400)
    small = np.arange(400) % 4 == 0
    outcome = verdict(before, before + noise - 0.1 * small)
    assert outcome.verdict == Verdict.FAIL
    assert "size=small" in outcome.line
    assert "size=large" not in outcome.line


def test_a_baseline_that_may_be_0_has_no_relative_margin_and_the_line_says_what_to_set():
    before, noise = noisy(2000, 0.0)
    outcome = verdict(before, before + noise)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "the baseline may be 0, and a share of 0 is no margin: set --tolerance" in outcome.line
    assert verdict(before, before + noise, tolerance=0.01).verdict == Verdict.PASS
    assert verdict(before, before + noise - 0.02, tolerance=0.01).verdict == Verdict.FAIL
    assert verdict(before, before - 1 + noise).verdict == Verdict.FAIL, "whatever its sign"


def test_a_cell_without_a_value_is_invalid():
    before, _ = noisy(100)
    assert verdict(before, np.full(100, np.nan)).verdict == Verdict.INVALID


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.0])
def test_a_margin_is_a_share(margin):
    with pytest.raises(WrongCall, match="--margin: expected a share between 0 and 1"):
        Policy(margin=margin)


def test_a_tolerance_is_not_negative():
    with pytest.raises(WrongCall, match="--tolerance: expected 0 or more, found -1"):
        Policy(tolerance=-1)
