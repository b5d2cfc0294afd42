"""A mean over clusters of unequal size varies as one over fewer, equal clusters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import ClusterMean, Estimate, MacroMean, Mean, Pooled
from benchsuite.estimation.spread import spread
from benchsuite.estimation.sums import powers
from tests.estimation.scenarios import Draw

sizes = st.lists(st.integers(1, 400), min_size=2, max_size=60)


def of(found: list[int]) -> tuple[float, float]:
    return spread(powers(np.array(found, float)[:, None])[:, 0])


@given(sizes)
def test_there_are_at_most_as_many_effective_clusters_as_clusters(found: list[int]) -> None:
    effective, inflation = of(found)
    assert 1 <= effective <= len(found) * (1 + 1e-9)
    assert inflation >= math.sqrt(len(found) / (len(found) - 1)) * (1 - 1e-9)


@given(st.integers(2, 100), st.integers(1, 50))
def test_equal_clusters_count_for_what_they_are(clusters: int, size: int) -> None:
    effective, inflation = of([size] * clusters)
    assert effective == pytest.approx(clusters)
    assert inflation == pytest.approx(math.sqrt(clusters / (clusters - 1)))


def test_one_patient_with_most_of_the_slices_counts_for_little_more_than_one() -> None:
    assert of([300] + [1] * 99)[0] == pytest.approx(399**2 / (300**2 + 99))


@given(sizes)
def test_the_inflated_variance_is_unbiased_for_clusters_of_one_variance(found: list[int]) -> None:
    """E Σh²(x - mean)² for independent x of variance 1, written out cluster by cluster."""
    h = np.array(found, float) / sum(found)
    residual = np.eye(len(h)) - h
    expected = (h**2 * (residual**2).sum(axis=1)).sum()
    assert expected * of(found)[1] ** 2 == pytest.approx((h**2).sum())


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(40), rng.geometric(0.2, 40))
    half = np.where(clusters % 2, "a", "b")
    return pd.DataFrame(
        {"x": rng.random(len(clusters)), "cluster": clusters.astype(str), "s": half}
    )


def estimated(metric: Mean | MacroMean | Pooled) -> Estimate:
    return Draw(0, "spread", 0).estimate(metric, table())


def test_every_metric_says_what_its_clusters_count_for() -> None:
    sizes = table()["cluster"].value_counts().to_numpy(float)
    kish = sizes.sum() ** 2 / (sizes**2).sum()
    mean = estimated(Mean("m", "x"))
    assert (mean.clusters, mean.effective, mean.df) == (
        40,
        pytest.approx(kish),
        pytest.approx(kish - 1),
    )
    each = estimated(ClusterMean("m", "x"))
    assert (each.effective, each.df) == (40, 39)
    pooled = estimated(
        Pooled("p", ("x",), lambda records, w: w @ records["x"].to_numpy() / w.sum(1))
    )
    assert pooled.effective == pytest.approx(kish)
    macro = estimated(MacroMean("m", "x", "s"))
    halves = [half["cluster"].value_counts().to_numpy(float) for _, half in table().groupby("s")]
    weights = np.concatenate([half / half.sum() / 2 for half in halves])
    assert macro.effective == pytest.approx(1 / (weights**2).sum())


def test_replicates_keep_their_digits_far_from_zero() -> None:
    x = np.random.default_rng(0).normal(size=100)
    near = Draw(0, "far", 0).estimate(Mean("m", "x"), pd.DataFrame({"x": x}))
    far = Draw(0, "far", 0).estimate(Mean("m", "x"), pd.DataFrame({"x": x + 1e8}))
    np.testing.assert_allclose(far.deviations, near.deviations, atol=1e-6)
    assert far.sd == pytest.approx(near.sd, rel=1e-5)
