"""Weights are keyed: the same cluster has the same weights, whatever is around it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import BLOCK, Weights
from benchsuite.estimation import weights as module
from benchsuite.estimation.weights import _POISSON, _Cache, _draw, _keys

ids = st.lists(st.text(max_size=8), min_size=1, max_size=30, unique=True)


def test_row_0_is_the_value_and_weighs_everybody_once() -> None:
    drawn = Weights(0, "p", 10)(["a", "b"])
    assert drawn.dtype == np.uint8
    assert drawn.shape == (11, 2)
    assert (drawn[0] == 1).all()


def test_the_table_is_poisson_with_a_mean_of_exactly_1() -> None:
    entries = _POISSON.astype(np.float64)
    assert len(entries) == 2**16
    assert entries.mean() == 1
    assert abs(entries.var() - 1) < 1e-3
    assert abs((entries == 0).mean() - np.exp(-1)) < 1e-4


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


def test_blocks_do_not_show() -> None:
    clusters = [str(i) for i in range(BLOCK + 10)]
    drawn = Weights(0, "p", 8)(clusters)
    assert (drawn[:, BLOCK - 5 :] == Weights(0, "p", 8)(clusters[BLOCK - 5 :])).all()


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


def test_the_shared_array_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Weights(0, "p", 4)(["a"])[0, 0] = 9


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


def test_the_cache_is_bounded_and_gives_what_would_be_drawn() -> None:
    cache = _Cache(limit=1000)
    for i in range(50):
        keys = np.array([i], np.uint64)
        cache.put((0, 101, keys.tobytes()), _draw(keys, 0, 101))
    assert cache._held <= 1000
    assert cache.get((0, 101, np.array([0], np.uint64).tobytes())) is None
    again = cache.get((0, 101, np.array([49], np.uint64).tobytes()))
    assert again is not None
    assert (again == _draw(np.array([49], np.uint64), 0, 101)).all()
    assert module.CACHE_BYTES <= 64 * 2**20
