"""Effective robustness is the residual over the line of the other models (STATISTICS.md)."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr

from benchsuite.estimation import (
    LEAST_MODELS,
    Code,
    Estimate,
    effective_robustness,
    interval,
    note,
    on_line,
)

FREE = (-math.inf, math.inf)
SHARE = (0.0, 1.0)


def estimates(values: Sequence[float], drawn: NDArray[np.float64] | None = None) -> list[Estimate]:
    """Estimates of these values; `drawn` are their replicates (R, models)."""
    replicates = np.empty((0, len(values))) if drawn is None else drawn
    return [Estimate.of(v, replicates[:, i], n=40, clusters=40) for i, v in enumerate(values)]


def values(clean: Sequence[float], shifted: Sequence[float], limits: tuple[float, float]):
    found = effective_robustness(estimates(clean), estimates(shifted), limits)
    return np.array([one.value for one in found])


def slow(clean: Sequence[float], shifted: Sequence[float], limits: tuple[float, float]):
    """The same by numpy's polynomials, one model at a time."""
    low, high = limits
    scale = high - low

    def ahead(v: float) -> float:
        return math.log((v - low) / (high - v)) if math.isfinite(scale) else v

    def back(v: float) -> float:
        return low + scale / (1 + math.exp(-v)) if math.isfinite(scale) else v

    found = []
    for i in range(len(clean)):
        others = [j for j in range(len(clean)) if j != i]
        line = np.polyfit([ahead(clean[j]) for j in others], [ahead(shifted[j]) for j in others], 1)
        found.append(shifted[i] - back(float(np.polyval(line, ahead(clean[i])))))
    return np.array(found)


shares = st.lists(st.integers(1, 99).map(lambda i: i / 100), min_size=5, max_size=9, unique=True)


@given(shares, st.randoms(use_true_random=False), st.sampled_from([FREE, SHARE, (-1.0, 2.0)]))
def test_it_is_what_a_slow_reference_says(clean, random, limits):
    shifted = [random.uniform(0.05, 0.95) for _ in clean]
    found = values(clean, shifted, limits)
    np.testing.assert_allclose(found, slow(clean, shifted, limits), atol=1e-9)


@given(shares, st.floats(-2, 2), st.floats(-1, 1))
def test_models_on_one_line_have_none(clean, slope, start):
    straight = [start + slope * x for x in clean]
    np.testing.assert_allclose(values(clean, straight, FREE), 0, atol=1e-9)
    bent = [1 / (1 + math.exp(-start - slope * math.log(x / (1 - x)))) for x in clean]
    np.testing.assert_allclose(values(clean, bent, SHARE), 0, atol=1e-9)


@given(shares, st.randoms(use_true_random=False), st.floats(0.1, 5), st.floats(-3, 3))
def test_another_unit_scales_it_and_another_clean_scale_leaves_it(clean, random, scale, start):
    shifted = [random.uniform(0.05, 0.95) for _ in clean]
    found = values(clean, shifted, FREE)
    other = [start + scale * y for y in shifted]
    np.testing.assert_allclose(values(clean, other, FREE), scale * found, atol=1e-7)
    moved = [start + scale * x for x in clean]
    np.testing.assert_allclose(values(moved, shifted, FREE), found, atol=1e-7)
    percent = values([100 * x for x in clean], [100 * y for y in shifted], (0.0, 100.0))
    np.testing.assert_allclose(percent / 100, values(clean, shifted, SHARE), atol=1e-9)


def test_a_model_does_not_pull_its_own_line():
    clean = [0.2, 0.4, 0.5, 0.6, 0.8]
    shifted = [0.1, 0.2, 0.25, 0.3, 0.9]
    assert values(clean, shifted, FREE)[-1] == pytest.approx(0.5)


def test_replicates_are_paired_one_by_one():
    rng = np.random.default_rng(0)
    clean, shifted = rng.uniform(0.2, 0.9, (2, 6))
    x, y = (rng.uniform(0.2, 0.9, (7, 6)) for _ in range(2))
    found = effective_robustness(estimates(clean, x), estimates(shifted, y), SHARE)
    for r in range(7):
        expected = slow(list(x[r]), list(y[r]), SHARE)
        np.testing.assert_allclose([one.replicates[r] for one in found], expected, atol=1e-6)


def test_a_published_number_has_a_value_alone():
    found = effective_robustness(
        estimates([0.2, 0.4, 0.5, 0.6, 0.8]), estimates([0.1, 0.3, 0.3, 0.4, 0.5]), SHARE
    )
    assert all(interval(one).method == "none" and math.isfinite(one.value) for one in found)


def test_a_replicate_at_a_bound_is_undefined_and_others_stay():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.2, 0.9, (2, 300, 5))
    x[3, 0] = 1.0
    found = effective_robustness(estimates(x[0], x), estimates(y[0], y), SHARE)
    for one in found:
        assert list(np.flatnonzero(np.isnan(one.deviations))) == [3]


def test_models_of_one_clean_score_have_no_line():
    found = values([0.5] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], SHARE)
    assert np.isnan(found).all()


def test_a_line_needs_enough_models_and_scores_between_the_bounds():
    with pytest.raises(ValueError, match=f"needs {LEAST_MODELS} models, not 4"):
        effective_robustness(estimates([0.1] * 4), estimates([0.1] * 4), SHARE)
    assert [on_line(v, SHARE) for v in (0.0, 0.5, 1.0, math.nan)] == [False, True, False, False]
    assert on_line(-3.0, FREE)


def test_each_row_keeps_its_own_notes_and_none_of_others():
    clean = estimates([0.2, 0.4, 0.5, 0.6, 0.8])
    clean[0] = Estimate(0.2, clean[0].deviations, 40, 40, notes=note(Code.MISSING, 1, 40))
    found = effective_robustness(clean, estimates([0.1, 0.3, 0.3, 0.4, 0.5]), SHARE)
    assert [one.notes for one in found] == [note(Code.MISSING, 1, 40), (), (), (), ()]


CHANCES = np.array([[0.9, 0.8, 0.7, 0.6, 0.5], [0.7, 0.62, 0.4, 0.4, 0.25]])
"""How often five models are right, on clean inputs and under the shift."""


def test_the_interval_covers_what_the_population_says():
    """160 studies of 300 samples: the truth is inside in 95 % of them, give or take three SE."""
    rng = np.random.default_rng(0)
    truth = slow(list(CHANCES[0]), list(CHANCES[1]), SHARE)
    studies, n, replicates = 160, 300, 250
    inside = np.zeros(5)
    for _ in range(studies):
        # A sample that is hard is hard for all models, clean and altered.
        hard = np.sqrt(0.6) * rng.normal(size=(n, 1, 1)) + np.sqrt(0.4) * rng.normal(size=(n, 2, 5))
        right = (ndtr(hard) < CHANCES).astype(float)
        weights = rng.poisson(1, (replicates, n)).astype(float)
        drawn = np.einsum("rn,nsm->rsm", weights, right) / weights.sum(axis=1)[:, None, None]
        point = right.mean(axis=0)
        clean, shifted = (
            [Estimate.of(point[s, m], drawn[:, s, m], n, n) for m in range(5)] for s in range(2)
        )
        ends = [interval(one) for one in effective_robustness(clean, shifted, SHARE)]
        inside += [end.low <= value <= end.high for end, value in zip(ends, truth, strict=True)]
    assert (inside / studies > 0.90).all() and (inside / studies <= 1).all()
