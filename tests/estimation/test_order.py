"""Rows are summed in the order of (cluster, sample_id), sorted once for tables of the same rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation.order import cluster_order

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=20))
def test_it_is_the_order_of_the_pairs(pairs: list[tuple[str, str]]) -> None:
    table = pd.DataFrame(pairs, columns=["cluster", "sample_id"], dtype=object)
    positions, starts, ids = cluster_order(table)
    assert [pairs[i] for i in positions] == sorted(pairs)
    clusters = sorted(cluster for cluster, _ in pairs)
    assert ids.tolist() == sorted(set(clusters))
    assert starts.tolist() == [clusters.index(name) for name in ids]


@pytest.mark.parametrize("dtype", [object, "string", "string[python]", "category"])
def test_it_is_the_same_however_pandas_stores_names(dtype: str) -> None:
    names = ["b", "a", "b", "ä"]
    table = pd.DataFrame({"cluster": names, "sample_id": ["4", "3", "2", "1"]}).astype(dtype)
    assert [part.tolist() for part in cluster_order(table)] == [
        [1, 2, 0, 3],
        [0, 1, 3],
        ["a", "b", "ä"],
    ]


def test_a_table_that_was_written_to_is_sorted_anew() -> None:
    table = pd.DataFrame({"cluster": ["a", "b", "c"], "sample_id": ["1", "2", "3"]}, dtype=object)
    cluster_order(table)
    table.loc[0, "cluster"] = "z"
    table["cluster"].array[1] = "y"
    expected = [*zip(*sorted(zip(table["cluster"], [0, 1, 2], strict=True)), strict=True)][1]
    assert cluster_order(table).positions.tolist() == [*expected]


def test_an_equal_table_is_not_sorted_again() -> None:
    one, other = (
        pd.DataFrame({"cluster": ["b", "a"], "sample_id": ["1", "2"], "x": x}) for x in (0, 1)
    )
    assert cluster_order(one) is cluster_order(other)
    assert np.array_equal(cluster_order(one.iloc[::-1]).positions, [0, 1])
