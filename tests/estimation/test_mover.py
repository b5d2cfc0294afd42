"""Bounds of differences: those of both intervals, and d ± t · SE where these are symmetric."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import Estimate
from benchsuite.estimation.contrasts import joint
from benchsuite.estimation.intervals import ends
from benchsuite.estimation.mover import Differences, Reach

UNIT = (0.0, 1.0)


def group(value: float, se: float, place: int, n: int = 40) -> Estimate:
    """An estimate of this standard error; groups at other places are independent of it."""
    drawn = np.random.default_rng(place).normal(0, 1, 2000)
    drawn = (drawn - drawn.mean()) / drawn.std(ddof=1) * se / math.sqrt(n / (n - 1))
    return Estimate.of(value, value + drawn, n, n)


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.2), st.floats(1, 4))
@settings(max_examples=60, deadline=None)
def test_many_intervals_at_once_are_each_that_of_its_estimate(
    value: float, se: float, t: float
) -> None:
    one = group(value, se, 0)
    for bounds in (UNIT, (0.0, math.inf), (-math.inf, math.inf)):
        reach = Reach.of([one], joint([one]), bounds)
        below, above = reach.ends(np.array([0]), np.array([t]))
        low, high, _ = ends(one, t, bounds)
        assert (value - below[0], value + above[0]) == pytest.approx((low, high), abs=1e-6)


def test_the_ends_of_a_difference_are_put_together_from_both_intervals() -> None:
    first, second = group(0.97, 0.01, 0), group(0.6, 0.08, 1)
    apart = Differences.of([first, second], joint([first, second]), UNIT)
    found = apart.ends(c=2.5, level=0.9)
    t_low, t_high = float(apart.contrasts.t(2.5)[0]), float(apart.contrasts.t(1.6449)[0])
    rho = float(np.corrcoef(first.replicates, second.replicates)[0, 1])

    def length(one: float, other: float) -> float:
        return math.sqrt(one**2 + other**2 - 2 * rho * one * other)

    low, _, _ = ends(first, t_low, UNIT)
    _, high, _ = ends(second, t_low, UNIT)
    assert (
        found[0] == pytest.approx(0.37 - length(0.97 - low, high - 0.6), abs=1e-4) or found[0] == 0
    )
    _, high, _ = ends(first, t_high, UNIT)
    low, _, _ = ends(second, t_high, UNIT)
    assert found[1] == pytest.approx(0.37 + length(high - 0.97, 0.6 - low), abs=1e-4)


def test_without_bounds_a_difference_is_its_value_and_its_error() -> None:
    groups = [group(5.0, 0.3, 0), group(4.0, 0.2, 1)]
    apart = Differences.of(groups, joint(groups), (-math.inf, math.inf))
    low, high = apart.ends(c=2.0, level=0.95)
    difference = groups[0] - groups[1]
    t = apart.contrasts.t(2.0)[0]
    assert low == pytest.approx(1 - t * difference.sd, rel=1e-4)
    assert high == pytest.approx(1 + apart.contrasts.t(1.95996)[0] * difference.sd, rel=1e-4)
