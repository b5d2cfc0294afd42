"""Vectors of unit length have it whatever their length was."""

import numpy as np
import pytest

from benchsuite.learning.vectors import of_unit_length

SOME = np.random.default_rng(0).normal(size=(5, 7))


def test_ordinary_vectors_are_divided_by_their_norm_in_float32():
    vectors = SOME.astype(np.float32)
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.array_equal(of_unit_length(vectors), expected)
    beside = np.vstack([vectors, vectors * np.float32(1e30)])
    assert np.array_equal(of_unit_length(beside)[:5], expected)


@pytest.mark.parametrize("length", [1e-40, 1e-30, 1e-16, 1.0, 1e18, 1e30])
def test_neither_long_nor_short_vectors_lose_their_direction(length):
    vectors = (SOME * length).astype(np.float32)
    exact = vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    assert of_unit_length(vectors) == pytest.approx(exact, abs=1e-6)


def test_a_vector_of_zeros_stays_and_what_is_not_finite_is_still_not():
    assert not of_unit_length(np.zeros((2, 3))).any()
    with np.errstate(invalid="ignore"):
        assert np.isnan(of_unit_length(np.array([[np.inf, 1.0], [np.nan, 1.0]]))).any(axis=1).all()
