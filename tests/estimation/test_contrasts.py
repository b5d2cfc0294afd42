"""The quantile of contrasts is numpy's, to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from benchsuite.estimation.contrasts import quantile

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, np.nan])


@given(arrays(np.float64, array_shapes(max_dims=2, max_side=40), elements=NUMBERS), st.floats(0, 1))
def test_a_quantile_has_the_bits_of_numpy(drawn: np.ndarray, level: float) -> None:
    np.testing.assert_array_equal(quantile(drawn, level), np.quantile(drawn, level, axis=-1))


def test_the_levels_in_use_have_the_bits_of_numpy() -> None:
    drawn = np.random.default_rng(0).normal(size=(7, 1000))
    for level in (0.05, 0.5, 0.9, 0.95, 0.975):
        np.testing.assert_array_equal(quantile(drawn, level), np.quantile(drawn, level, axis=-1))
