"""Arithmetic on estimates is elementwise, and carries along what an interval has to know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Code, Estimate, Notes, absolute, maximum, mean, minimum, note


def made(value: float, *replicates: float, clusters: int = 10, notes: Notes = ()) -> Estimate:
    return Estimate.of(value, np.array(replicates, np.float32), clusters * 2, clusters, notes=notes)


A = made(2.0, 1.0, 3.0)
B = made(4.0, 5.0, 4.0, clusters=6)


def test_sums_differences_and_constants_stay_linear() -> None:
    for result in (A + B, A - B, 3 * A, A / 2, A + 1, 1 - A, -A, sum([A, B]), mean([A, B])):
        assert isinstance(result, Estimate)
        assert result.kind == "linear"


def test_products_and_quotients_of_estimates_are_smooth() -> None:
    for result in (A * B, A / B, 1 / A, (A / B) - 1):
        assert result.kind == "smooth"


def test_extrema_and_whatever_contains_them_are_extremal() -> None:
    for result in (minimum([A, B]), maximum([A, B]), absolute(A), abs(A), 1 - minimum([A, B]) / B):
        assert result.kind == "extremal"


def test_arithmetic_is_elementwise_on_value_and_replicates() -> None:
    assert (A - B).value == -2
    assert (A - B).replicates.tolist() == [-4, -1]
    assert (1 / A).replicates.tolist() == [1, pytest.approx(1 / 3)]
    assert minimum([A, B]).replicates.tolist() == [1, 3]
    assert maximum([A, B]).value == 4
    assert mean([A, B]).replicates.tolist() == [3, 3.5]
    assert (A - B).deviations.dtype == np.float32


def test_numpy_scalars_on_either_side_leave_the_arithmetic_to_us() -> None:
    for result in (np.float64(2) * A, A * np.float64(2), np.float64(1) - A):
        assert isinstance(result, Estimate)


def test_degrees_of_freedom_are_those_of_the_smaller_part() -> None:
    both = A - B
    assert (both.df, both.clusters, both.n) == (5, 6, 12)
    assert both.inflation == math.sqrt(6 / 5)


def test_notes_are_joined_without_repetition() -> None:
    a, b, c = note(Code.EMPTY), note(Code.MISSING, 1, 2), note(Code.MISSING, 2, 2)
    noted = made(1, 1, notes=a + b) + made(1, 1, notes=b + c) + made(1, 1)
    assert noted.notes == a + b + c


def test_what_is_missing_stays_missing() -> None:
    missing = made(math.nan, math.nan, math.nan)
    for result in (
        A + missing,
        missing * 0,
        mean([A, missing]),
        minimum([A, missing]),
        A / missing,
    ):
        assert math.isnan(result.value)


def test_a_division_by_zero_is_undefined_and_counted() -> None:
    half = A / made(1.0, 0.0, 1.0)
    assert half.value == 2
    assert half.nan_share == 0.5
    assert math.isnan((A / made(0.0, 1.0, 1.0)).value)
    assert math.isnan((A / 0).value)


def test_estimates_of_different_lengths_do_not_mix() -> None:
    with pytest.raises(ValueError, match="number of replicates"):
        A + made(1.0, 1.0)
    with pytest.raises(ValueError, match="number of replicates"):
        minimum([A, made(1.0, 1.0)])


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="one-dimensional"):
        Estimate.of(0, np.zeros((2, 2), np.float32), 2, 2)
    with pytest.raises(ValueError, match="kind"):
        Estimate.of(0, np.zeros(2, np.float32), 2, 2, kind="other")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no estimates"):
        mean([])
    with pytest.raises(TypeError):
        A + "1"  # type: ignore[operator]


def test_the_sd_is_that_of_the_replicates_inflated() -> None:
    drawn = np.random.default_rng(0).normal(size=500).astype(np.float32)
    estimate = Estimate.of(0.0, drawn, 5, 5)
    assert estimate.sd == pytest.approx(drawn.astype(float).std(ddof=1) * math.sqrt(5 / 4))


def test_a_few_undefined_replicates_are_left_out_of_the_sd_and_many_void_it() -> None:
    drawn = np.random.default_rng(0).normal(size=200).astype(np.float32)
    drawn[:6] = np.nan
    assert Estimate.of(0.0, drawn, 50, 50).sd > 0
    drawn[:7] = np.nan
    assert math.isnan(Estimate.of(0.0, drawn, 50, 50).sd)


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0.1, 10))
def test_arithmetic_agrees_with_numbers(a: float, b: float, c: float) -> None:
    x, y = made(a, a), made(b, b)
    assert ((x - y) / c + 1).value == (a - b) / c + 1
    assert (x * y).value == a * b
