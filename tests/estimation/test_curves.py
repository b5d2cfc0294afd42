"""The greatest of a mean curve is that of the curves of so many copies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Weights, greatest_of_mean

METRIC = greatest_of_mean("best", "curve", bounds=(0.0, 1.0))


def rows(seed, count=6, places=4):
    made = np.random.default_rng(seed).random((count, places))
    ids = [f"{n}" for n in range(count)]
    return made, pd.DataFrame({"sample_id": ids, "cluster": ids, "curve": list(made)})


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_weights_are_numbers_of_copies(seed, copies):
    curves, table = rows(seed)
    (found,) = METRIC.under(table)(np.array([copies], dtype=float))
    if not any(copies):
        assert np.isnan(found)
    else:
        assert found == pytest.approx(np.repeat(curves, copies, axis=0).mean(axis=0).max())


def test_its_bias_is_known_to_be_upward():
    """Noise alone: the best of many places lies above each of them."""
    _, table = rows(0, count=60, places=50)
    weights, everybody = Weights(0, "p", 200), np.ones((60, 1), dtype=bool)
    (found,) = METRIC.finish(METRIC.accumulate(table, weights, everybody), weights)
    assert found.centre < found.value
