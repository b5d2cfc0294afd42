"""Pooled metrics are centred on their value without the bias that a sample of n gives it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Estimate, Pooled, Weights
from tests.estimation.scenarios import Array, Draw


def variance(table: pd.DataFrame, weights: Array) -> Array:
    """The variance without Bessel's correction, whose bias is exactly -1/n of it."""
    total = weights.sum(axis=1)
    mean = weights @ table["x"].to_numpy() / total
    squares = weights @ (table["x"].to_numpy() ** 2) / total
    return np.asarray(squares - mean**2)


def estimated(size: int, seed: int = 0) -> Estimate:
    table = pd.DataFrame({"x": np.random.default_rng(seed).normal(size=size)})
    return Draw(0, f"bias {seed}", 0, 20).estimate(Pooled("v", ("x",), variance), table)


def test_the_centre_is_free_of_a_bias_that_is_known() -> None:
    found = [estimated(40, seed) for seed in range(200)]
    shifts = [(e.centre - e.value) / e.value for e in found]
    assert np.mean(shifts) == pytest.approx(1 / 39, rel=0.1)


def test_a_mean_has_hardly_any_bias_and_no_replicates_none_at_all() -> None:
    table = pd.DataFrame({"x": np.random.default_rng(0).random(60)})
    mean = Pooled("m", ("x",), lambda rows, w: w @ rows["x"].to_numpy() / w.sum(axis=1))
    found = Draw(0, "mean", 0, 20).estimate(mean, table)
    assert abs(found.centre - found.value) < 1e-12
    alone = Draw(0, "mean", 0, 0).estimate(Pooled("v", ("x",), variance), table)
    assert alone.centre == alone.value


def test_what_is_computed_of_estimates_is_computed_of_their_centres() -> None:
    a, b = estimated(40, 1), estimated(40, 2)
    assert (a / b).centre == pytest.approx(a.centre / b.centre)
    assert (a - b).centre == pytest.approx(a.centre - b.centre)


@given(st.integers(2, 41), st.integers(2, 12))
def test_halves_are_halves_and_keyed(clusters: int, count: int) -> None:
    names = [f"c{i}" for i in range(clusters)]
    weights = Weights(0, "p", 10)
    found = weights.keys(np.array(names, object)).halves(0, count)
    assert found.shape == (count, clusters)
    assert set(np.unique(found)) <= {0, 1}
    assert set(found[0::2].sum(axis=1)) == {clusters // 2}
    assert (found[0 : count // 2 * 2 : 2] + found[1::2] == 1).all()
    turned = weights.keys(np.array(names[::-1], object))
    np.testing.assert_array_equal(turned.halves(0, count)[:, ::-1], found)
    np.testing.assert_array_equal(turned.halves(1, count)[:, ::-1], found[1:])
