"""Shrunken scores of groups are nearer to the truth on average, and never far from the raw ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from benchsuite.estimation import Estimate, shrunken_scores
from benchsuite.estimation.shrinkage import MOST, shrunken
from tests.estimation.scenarios import Draw, dice, draws

SIZES = np.linspace(200, 8, 6).astype(int)
Array = NDArray[np.float64]

numbers = arrays(np.float64, st.shared(st.integers(3, 8), key="G"), elements=st.floats(0.0, 1.0))
errors = arrays(np.float64, st.shared(st.integers(3, 8), key="G"), elements=st.floats(1e-3, 0.5))


@given(numbers, errors)
def test_a_group_moves_towards_the_others_by_half_its_error_at_most(y, s):
    found = shrunken(y, s)
    assert (np.abs(found - y) <= MOST * s + 1e-12).all()
    assert (found >= y.min() - 1e-12).all()
    assert (found <= y.max() + 1e-12).all()
    np.testing.assert_allclose(shrunken(1 - y, s), 1 - found, atol=1e-9)


def test_it_is_the_james_stein_form_of_equal_errors():
    """With equal errors, τ² + s² is the sample variance, and so B = s² / variance."""
    y, s = np.array([0.70, 0.74, 0.76, 0.80]), np.full(4, 0.012)
    share = 0.012**2 / y.var(ddof=1)
    np.testing.assert_allclose(shrunken(y, s), y + share * (y.mean() - y), atol=1e-9)


def test_groups_far_apart_stay_and_groups_alike_meet():
    far = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(shrunken(far, np.full(3, 0.001)), far, atol=1e-5)
    alike = np.array([0.79, 0.80, 0.81])
    np.testing.assert_allclose(shrunken(alike, np.full(3, 0.1)), np.full(3, 0.8))


def test_two_groups_and_groups_without_error_are_refused():
    for y, s in (([0.1, 0.2], [0.1, 0.1]), ([0.1, 0.2, 0.3], [0.1, 0.0, 0.1])):
        with pytest.raises(ValueError, match="expected 3 groups"):
            shrunken(y, s)


def test_a_group_of_which_all_are_right_is_drawn_too_and_one_without_an_interval_is_not():
    draw = Draw(0, "groups", 0, 200)
    scores = np.full((320, 4), np.nan)
    scores[:100, 0], scores[100:300, 1], scores[300:312, 2], scores[316:, 3] = 1, 1, 1, 1
    scores[:20, 0] = scores[100:150, 1] = 0
    cells = draw.means(scores)
    found = shrunken_scores(cells, (0.0, 1.0))
    assert [cell.value for cell in cells] == [0.8, 0.75, 1.0, 1.0]
    assert 0.75 < found[1] < found[0] < found[2] < 1.0
    assert np.isnan(found[3])
    assert np.isnan(shrunken_scores(cells[:2], (0.0, 1.0))).all()
    nothing = Estimate(np.nan, np.full(200, np.nan), 0, 0)
    assert np.isnan(shrunken_scores([nothing] * 3, (0.0, 1.0))).all()


ALIKE = np.full(6, 0.8)
CASES = {
    "alike": lambda rng: ALIKE,
    "spread of .02": lambda rng: rng.normal(0.8, 0.02, 6),
    "spread of .05": lambda rng: rng.normal(0.8, 0.05, 6),
    "spread of .1": lambda rng: np.clip(rng.normal(0.75, 0.1, 6), 0.1, 0.95),
    "the smallest alone": lambda rng: ALIKE - [0, 0, 0, 0, 0, 0.2],
    "the largest alone": lambda rng: ALIKE - [0.2, 0, 0, 0, 0, 0],
}
"""True scores of groups of 200 to 8 samples."""


@pytest.mark.slow
@pytest.mark.parametrize("right", [False, True], ids=["scores", "right or wrong"])
@pytest.mark.parametrize("case", CASES)
def test_the_squared_error_falls_and_that_of_a_group_alone_rises_by_a_quarter(case, right):
    squares = np.array([errors_of(draw, CASES[case], right) for draw in draws(300, 0, case, 200)])
    raw, drawn = squares.mean(axis=0)
    alone = case == "the smallest alone"
    assert drawn.sum() / raw.sum() < (1.25 if alone else 1.0)
    # 1 + MOST², and the noise of 300 runs
    assert (drawn / raw).max() < 1.4


def errors_of(draw: Draw, case: Callable[[Any], Array], right: bool) -> tuple[Array, Array]:
    """The squared errors (G,) of the raw and of the shrunken scores of one sample."""
    rng = draw.rng
    truth, edges = case(rng), np.append(0, np.cumsum(SIZES))
    scores = np.full((edges[-1], len(SIZES)), np.nan)
    for g, (mean, size) in enumerate(zip(truth, SIZES, strict=True)):
        found = rng.random(size) < mean if right else dice(rng, mean, 0.15, size)
        scores[edges[g] : edges[g + 1], g] = found
    cells = draw.means(scores)
    raw = np.array([cell.value for cell in cells])
    return (raw - truth) ** 2, (shrunken_scores(cells, (0.0, 1.0)) - truth) ** 2
