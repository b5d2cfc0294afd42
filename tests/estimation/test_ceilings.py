"""What a score is of the attainable: a perfect model has the best, and a useless one the worst."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Estimate
from benchsuite.estimation.ceilings import attained, falls_short

SHARE = st.floats(0.01, 0.99)


def scored(value: float, *draws: float) -> Estimate:
    return Estimate.of(value, np.array([value, *draws]), n=50, clusters=50)


def of(value: float, ceiling: float, bounds: tuple[float, float], better: bool) -> float:
    return attained(scored(value), ceiling, bounds, better).value


@given(ceiling=SHARE, better=st.booleans(), low=st.sampled_from([-1.0, 0.0]))
def test_between_two_bounds_a_perfect_model_is_best_and_the_worst_score_stays(ceiling, better, low):
    bounds, perfect = (low, 1.0), low + (1 - low) * ceiling
    best, worst = (1.0, low) if better else (low, 1.0)
    assert of(perfect, perfect, bounds, better) == pytest.approx(best)
    assert of(worst, perfect, bounds, better) == pytest.approx(worst)


@given(ceiling=SHARE, share=SHARE)
def test_of_a_score_from_0_to_1_it_is_the_quotient_with_its_replicates(ceiling, share):
    score = scored(share * ceiling, 0.9 * share * ceiling)
    found = attained(score, ceiling, (0.0, 1.0), True)
    np.testing.assert_allclose(found.replicates, score.replicates / ceiling, rtol=1e-5)
    assert found.kind == "linear" and found.clusters == score.clusters


@given(scores=st.lists(SHARE, min_size=2, max_size=2), ceiling=SHARE, better=st.booleans())
def test_a_better_score_never_attains_less(scores, ceiling, better):
    one, other = (of(s, ceiling, (0.0, 1.0), better) for s in sorted(scores))
    assert one <= other + 1e-12


def test_a_score_beyond_the_ceiling_is_the_best_and_no_more():
    assert of(0.9, 0.8, (0.0, 1.0), True) == pytest.approx(1.0)
    assert of(0.1, 0.2, (0.0, 1.0), False) == pytest.approx(0.0)


def test_where_nothing_can_be_attained_every_score_is_the_best():
    assert of(0.0, 0.0, (0.0, 1.0), True) == 1.0


def test_a_cost_without_a_worst_value_keeps_its_distance():
    assert of(12.0, 3.0, (0.0, math.inf), False) == pytest.approx(9.0)
    assert of(3.0, 3.0, (0.0, math.inf), False) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("ceiling", "bounds", "better"),
    [
        (1.0, (0.0, 1.0), True), (0.0, (0.0, math.inf), False), (math.nan, (0.0, 1.0), True),
        (5.0, (-math.inf, math.inf), True), (5.0, (0.0, math.inf), True),
    ],
)  # fmt: skip
def test_where_a_perfect_model_gets_the_best_or_nobody_knows_the_score_stays(
    ceiling, bounds, better
):
    score = scored(0.5)
    assert not falls_short(ceiling, bounds, better)
    assert attained(score, ceiling, bounds, better) is score
