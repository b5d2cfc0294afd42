"""Whitened vectors have no mean, and dimensions of variance 1 that are not correlated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.errors import WrongCall
from benchsuite.learning.whitening import moments, whitened

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(400, 12)) @ RANDOM.normal(size=(12, 12)) + 3


def covariance(vectors: np.ndarray) -> np.ndarray:
    return np.cov(vectors.T, bias=True)


@pytest.mark.parametrize(("keep", "left"), [(0, 12), (5, 5)])
def test_the_vectors_that_it_is_fitted_to_have_mean_0_and_the_identity_as_covariance(keep, left):
    found = whitened(VECTORS, moments(VECTORS), keep)
    assert found.shape == (400, left)
    assert found.mean(0) == pytest.approx(0, abs=1e-9)
    assert covariance(found) == pytest.approx(np.eye(left), abs=1e-9)


def test_it_is_su_et_al_s_kernel_and_bias():
    """Algorithm 1: u, s, vt = svd(covariance); W = u / sqrt(s); (x + bias) W, the first k columns."""
    u, s, _ = np.linalg.svd(covariance(VECTORS))
    theirs = (VECTORS - VECTORS.mean(0)) @ (u / np.sqrt(s))[:, :4]
    found = whitened(VECTORS, moments(VECTORS), keep=4)
    assert found @ found.T == pytest.approx(theirs @ theirs.T, abs=1e-9)


def test_the_dimensions_of_most_variance_are_kept():
    long = np.diag([1.0, 5.0, 2.0, 3.0])
    vectors = RANDOM.normal(size=(5000, 4)) @ long
    found = np.abs(np.corrcoef(whitened(vectors, moments(vectors), keep=2).T, vectors.T)[:2, 2:])
    assert found.argmax(1).tolist() == [3, 1] and found.max(1).min() > 0.95


@given(st.integers(1, 12))
@settings(max_examples=12, deadline=None)
def test_each_group_of_dimensions_is_white_by_itself(groups):
    found = whitened(VECTORS, moments(VECTORS), groups=groups)
    sizes = [len(part) for part in np.array_split(np.arange(12), groups)]
    ends = np.cumsum(sizes)
    for start, end in zip(ends - sizes, ends, strict=True):
        assert covariance(found[:, start:end]).reshape(end - start, -1) == pytest.approx(
            np.eye(end - start), abs=1e-9
        )
    assert np.array_equal(found, whitened(VECTORS, moments(VECTORS), groups=groups))


def test_few_vectors_leave_out_the_directions_that_they_do_not_have():
    few = VECTORS[:5]
    found = whitened(few, moments(few))
    assert found.shape == (5, 4) and np.isfinite(found).all()
    assert whitened(few[:1], moments(few[:1])).shape == (1, 0)


@pytest.mark.parametrize(
    "options", [{"groups": 0}, {"groups": 13}, {"keep": 3, "groups": 4}, {"keep": 13}, {"keep": -1}]
)
def test_numbers_that_do_not_fit_are_refused(options):
    with pytest.raises(WrongCall, match=r"whitening: expected 1 to 12 groups .*, found groups="):
        whitened(VECTORS, moments(VECTORS), **options)
