"""Weights are keyed: the same cluster has the same weights, whatever is around it."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Weights
from benchsuite.estimation import weights as module
from benchsuite.estimation.draws import add_weighted, thresholds
from benchsuite.estimation.weights import _drawn, _keys

ids = st.lists(st.text(max_size=8), min_size=1, max_size=30, unique=True)


def test_row_0_is_the_value_and_weighs_everybody_once() -> None:
    drawn = Weights(0, "p", 10)(["a", "b"])
    assert drawn.dtype == np.uint8
    assert drawn.shape == (11, 2)
    assert (drawn[0] == 1).all()


def test_thresholds_are_poisson_with_a_mean_of_exactly_1() -> None:
    least = [0, *thresholds().tolist(), 2**16]
    counts = np.diff(least)
    weights = np.arange(len(counts))
    assert (counts > 0).all()
    assert (weights * counts).sum() == 2**16
    assert abs((weights**2 * counts).sum() / 2**16 - 2) < 1e-3
    expected = [math.exp(-1) / math.factorial(k) for k in weights.tolist()]
    np.testing.assert_allclose(counts / 2**16, expected, atol=1e-4)


def test_weights_are_poisson_and_uncorrelated_over_clusters_and_replicates() -> None:
    drawn = Weights(0, "p", 1000)([str(i) for i in range(2000)])[1:].astype(np.float64)
    assert abs(drawn.mean() - 1) < 5 / np.sqrt(drawn.size)
    assert abs(drawn.var() - 1) < 0.01
    by_replicate, by_cluster = (np.array(np.corrcoef(x)) for x in (drawn[:40], drawn[:, :40].T))
    for correlation, count in ((by_replicate, 2000), (by_cluster, 1000)):
        others = correlation[~np.eye(40, dtype=bool)]
        assert abs(others).max() < 5 / np.sqrt(count)


def test_identity_cannot_drift() -> None:
    """Published boards depend on these bytes: a change of them is a new version of everything."""
    drawn = Weights(7, "fundus", 50)(["a", "b", "patient/17", "ä", ""])
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == "6e153b05f6af9a8a"
    drawn = Weights(2026, "stdlib", 1000)([f"q{i}" for i in range(5000)])
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == "7568df3dc5211ab2"


MASK = 2**64 - 1


def weight(seed: int, population: str, cluster: str, replicate: int) -> int:
    """One weight in Python's integers: keyed by BLAKE2b, mixed by SplitMix64, read off a table."""
    text = f"{seed}/{len(population)}/{population}/{cluster}".encode()
    key = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
    word, lane = divmod(replicate - 1, 4)
    z = (key + (word + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    bits = (z ^ (z >> 31)) >> 16 * lane & 0xFFFF
    return sum(bits >= least for least in thresholds().tolist())


@given(st.integers(0, 2**63), st.text(max_size=5), st.text(max_size=5), st.integers(1, 5000))
def test_a_weight_is_a_pure_function_of_its_four_names(
    seed: int, population: str, cluster: str, replicate: int
) -> None:
    (row,) = Weights(seed, population, 5000).rows([cluster], replicate, replicate + 1)
    assert row.tolist() == [weight(seed, population, cluster, replicate)]


@given(ids, st.integers(0, 100), st.randoms(use_true_random=False))
def test_a_cluster_keeps_its_weights_in_any_order_and_subset(clusters, seed, random) -> None:  # type: ignore[no-untyped-def]
    weights = Weights(seed, "p", 20)
    everybody = dict(zip(clusters, weights(clusters).T.tolist(), strict=True))
    some = random.sample(clusters, random.randint(1, len(clusters)))
    for name, mine in zip(some, weights(some).T.tolist(), strict=True):
        assert mine == everybody[name], f"{name!r} depends on the other clusters"


@given(ids, st.integers(0, 30), st.integers(0, 30))
def test_the_number_of_replicates_does_not_change_the_first_ones(
    clusters: list[str], few: int, more: int
) -> None:
    short, long = (Weights(1, "p", r)(clusters) for r in sorted((few, more)))
    assert (long[: len(short)] == short).all()


@given(st.data())
def test_a_range_of_rows_is_that_range_of_the_matrix(data: st.DataObject) -> None:
    weights = Weights(3, "p", 23)
    start = data.draw(st.integers(0, 24))
    stop = data.draw(st.integers(start, 24))
    assert (
        weights.rows(["a", "b", "c"], start, stop) == weights(["a", "b", "c"])[start:stop]
    ).all()


def test_equal_ids_get_equal_weights() -> None:
    drawn = Weights(0, "p", 30)(["a", "b", "a"])
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 0] != drawn[:, 1]).any()


def test_seeds_and_populations_are_told_apart() -> None:
    clusters = [str(i) for i in range(50)]
    drawn = {
        Weights(seed, population, 50)(clusters).tobytes()
        for seed, population in ((0, "p"), (1, "p"), (0, "q"), (0, "p/1"), (0, ""))
    }
    assert len(drawn) == 5


def test_a_separator_in_a_name_cannot_make_two_keys_one() -> None:
    assert _keys(0, "a/b", ("c",)) != _keys(0, "a", ("b/c",))


def test_nothing_is_asked_of_no_clusters() -> None:
    assert Weights(0, "p", 4)([]).shape == (5, 0)


def test_a_number_is_not_a_cluster_id() -> None:
    with pytest.raises(TypeError, match="cluster ids are strings"):
        Weights(0, "p")([1, 2])  # type: ignore[list-item]


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_missing_cluster_id_is_an_error(nothing: object) -> None:
    with pytest.raises(TypeError, match="cluster ids are strings"):
        Weights(0, "p")(np.array(["a", nothing], dtype=object))


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 6)])
def test_rows_outside_the_matrix_are_an_error(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        Weights(0, "p", 4).rows(["a"], start, stop)


def one_after_another(weights: Weights, names: list[str], values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Weighted sums (m, 1+R): every cluster added to what there is, and nothing else."""
    totals = np.zeros((values.shape[1], 1 + weights.replicates))
    for drawn, row in zip(weights(names).T, values, strict=True):
        totals += drawn * row[:, None]
    return totals


features = st.lists(
    st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.0, -0.0, 1.0]), min_size=3, max_size=3),
    min_size=1, max_size=30,
)  # fmt: skip


@given(features, st.integers(0, 40), st.integers(0, 30), st.integers(1, 30))
def test_sums_do_not_depend_on_parts_other_columns_or_the_number_of_replicates(
    rows: list[list[float]], replicates: int, cut: int, least: int
) -> None:
    values, weights = np.array(rows), Weights(5, "p", replicates)
    names = [f"c{i}" for i in range(len(values))]
    expected = one_after_another(weights, names, values).tobytes()
    clusters, parts = np.array(names, dtype=object), np.zeros((3, 1 + replicates))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "PART_BYTES", least * replicates)
        for part in (slice(cut), slice(cut, None)):
            weights.add_to(parts, clusters[part], values[part])
    assert parts.tobytes() == expected
    columns = [np.zeros((1, 1 + replicates)) for _ in range(3)]
    for column, mine in zip(columns, values.T, strict=True):
        weights.add_to(column, clusters, mine[:, None])
    assert np.concatenate(columns).tobytes() == expected
    fewer = np.zeros((3, 1 + replicates // 2))
    Weights(5, "p", replicates // 2).add_to(fewer, clusters, values)
    assert (fewer == parts[:, : 1 + replicates // 2]).all()


def test_a_value_that_is_not_finite_is_not_lost() -> None:
    totals = np.zeros((2, 4))
    weights = np.array([[0, 1, 2], [1, 1, 1]], np.uint8)
    add_weighted(totals, weights, np.array([[np.inf, 0.0], [1.0, np.nan]]))
    np.testing.assert_array_equal(totals, [[np.inf, np.nan, np.inf, np.inf], [np.nan] * 4])


def test_memory_is_bounded_whatever_is_asked_for() -> None:
    clusters = np.array([f"m{i}" for i in range(1000)], dtype=object)
    for replicates in (0, 10, 30_000):
        weights = Weights(9, "memory", replicates)
        _drawn.cache_clear()
        weights.add_to(np.zeros((1, 1 + replicates)), clusters, np.ones((1000, 1)))
        parts = _drawn.cache_info().misses
        assert module.PART_BYTES * parts >= replicates * len(clusters)
        assert parts <= replicates * len(clusters) // (module.PART_BYTES // 2) + 1
    assert _drawn.cache_info().maxsize == module.PARTS
    assert module.PARTS * module.PART_BYTES <= 64 * 2**20
