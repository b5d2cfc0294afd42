"""The best linear model under weights is that of numpy's least squares on repeated rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation.least_squares import Products


def slow(x, y, counts):
    """The mean squared error of `lstsq` on each row as often as it counts."""
    rows = np.repeat(np.arange(len(y)), counts)
    if not len(rows):
        return np.nan
    fit = np.linalg.lstsq(x[rows], y[rows], rcond=None)[0]
    return np.mean((y[rows] - x[rows] @ fit) ** 2)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_it_is_that_of_numpy_with_columns_that_depend_on_each_other_or_not(n, d, seed):
    draw = np.random.default_rng(seed)
    kinds = draw.integers(0, 3, n)
    one_hot = (kinds[:, None] == np.arange(3)) * 1.0  # its columns sum to 1, one may be empty
    x = np.column_stack([draw.random((n, d)), one_hot, 1 - one_hot])
    y = draw.random(n)
    counts = draw.poisson(1, (4, n))
    found = Products.of(x, y).least_error(counts.astype(float))
    assert found == pytest.approx([slow(x, y, one) for one in counts], abs=1e-7, nan_ok=True)


def test_weights_of_nobody_have_no_model():
    assert np.isnan(Products.of(np.ones((3, 1)), np.ones(3)).least_error(np.zeros((2, 3)))).all()


def test_features_that_are_all_0_explain_nothing():
    found = Products.of(np.zeros((4, 2)), np.array([1.0, 1, 3, 3])).least_error(np.ones((1, 4)))
    assert found == pytest.approx([5.0])
