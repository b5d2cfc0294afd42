"""Weights rounded to few bits: against exhaustive search, slow algorithms, and their objective."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.errors import WrongCall
from benchsuite.learning.rounding import DAMPING, Moments, Rounding, rounded


def weights_and_moments(seed: int, rows: int = 5, columns: int = 7, pairs: int = 6):
    random = np.random.default_rng(seed)
    mix = random.normal(size=(columns, columns))
    inputs = [random.normal(size=(2, 4, columns)) @ mix for _ in range(pairs)]
    found = [Moments.of(one) for one in inputs]
    return random.normal(size=(rows, columns)), sum(found[1:], found[0]), inputs


def loss(new, old, inputs, alpha=0.0):
    """The objective of Fair-GPTQ on single texts, term by term."""
    error = sum(np.sum(((new - old) @ text.T) ** 2) for pair in inputs for text in pair)
    return error + alpha * sum(np.sum((new @ (pair[0] - pair[1]).T) ** 2) for pair in inputs)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([8, 4, 3, 2]))
def test_every_weight_is_on_the_grid_of_its_row(seed, bits):
    weights, seen, _ = weights_and_moments(seed)
    for way in ("nearest", "gptq", "fair-gptq"):
        new = rounded(weights, Rounding(bits, way), seen)
        assert all(len(np.unique(row.round(9))) <= 2**bits for row in new)
    step = (weights.max(1).clip(0) - weights.min(1).clip(max=0)) / (2**bits - 1)
    near = rounded(weights, Rounding(bits))
    assert (np.abs(near - weights) <= step[:, None] * 1.0001).all()
    assert np.median(np.abs(near - weights) / step[:, None]) <= 0.5


def test_weights_stay_as_they_are_without_bits_and_zeros_stay_zero():
    weights, _, _ = weights_and_moments(0)
    assert rounded(weights, Rounding()) is weights
    assert not rounded(np.zeros((2, 3)), Rounding(2)).any()
    assert rounded(np.array([[0.0, 1.0, -1.0]]), Rounding(3))[0, 0] == 0


def slow_gptq(weights, bits, hessian):
    """Optimal brain quantisation in the order of the columns, with an inverse made anew each time."""
    top = 2**bits - 1
    low, high = weights.min(1).clip(max=0), weights.max(1).clip(0)
    step = (high - low) / top
    zero, left, done = np.round(-low / step), weights.copy(), weights.copy()
    for k in range(weights.shape[1]):
        done[:, k] = (np.clip(np.round(left[:, k] / step) + zero, 0, top) - zero) * step
        inverse = np.linalg.inv(hessian[k:, k:])
        left[:, k:] -= np.outer((left[:, k] - done[:, k]) / inverse[0, 0], inverse[0])
    return done


@pytest.mark.parametrize("columns", [7, 150])
def test_gptq_is_that_of_the_paper(columns):
    weights, seen, _ = weights_and_moments(1, columns=columns, pairs=40)
    hessian = seen.inputs + DAMPING * np.mean(np.diag(seen.inputs)) * np.eye(columns)
    expected = slow_gptq(weights, 3, hessian)
    np.testing.assert_allclose(rounded(weights, Rounding(3, "gptq"), seen), expected, atol=1e-9)


def test_gptq_errs_less_on_its_inputs_than_the_nearest_values():
    better = 0
    for seed in range(20):
        weights, seen, inputs = weights_and_moments(seed)
        errors = [
            loss(rounded(weights, Rounding(3, way), seen), weights, inputs)
            for way in ("nearest", "gptq")
        ]
        better += errors[1] < errors[0]
    assert better >= 17


def test_the_bias_term_makes_the_texts_of_a_pair_more_alike():
    """It pays with an error; at alpha 0 it is GPTQ; with many bits, it is the objective's minimum."""
    weights, seen, inputs = weights_and_moments(3)
    plain, fair = (rounded(weights, Rounding(8, way, 5.0), seen) for way in ("gptq", "fair-gptq"))
    assert loss(fair, weights, inputs, 5.0) < 0.7 * loss(plain, weights, inputs, 5.0)
    assert loss(fair, weights, inputs) > loss(plain, weights, inputs)
    none = rounded(weights, Rounding(8, "fair-gptq", 0.0), seen)
    np.testing.assert_allclose(none, plain, atol=1e-9)
    at = loss(fair, weights, inputs, 5.0)
    for sign, (row, column) in product((-0.1, 0.1), np.ndindex(2, 3)):
        moved = fair.copy()
        moved[row, column] += sign
        assert loss(moved, weights, inputs, 5.0) > at


@pytest.mark.parametrize("how", [{"bits": 9}, {"bits": -1}, {"way": "floor"}, {"alpha": -1.0}])
def test_what_is_no_rounding_is_refused(how):
    with pytest.raises(WrongCall, match="expected"):
        Rounding(**how)
