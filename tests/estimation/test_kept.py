"""What a metric keeps of a sample does not depend on pandas, on shards, or on how many keep it."""

import weakref
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from benchsuite.estimation import (
    ClusterTailMean,
    Mean,
    Pooled,
    TailMean,
    Weights,
    greatest_of_mean,
    spearman,
)
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells, membership
from benchsuite.estimation.kept import Packed, Records

WEIGHTS = Weights(3, "kept", 20)
METRICS = (
    TailMean("tail", "x"),
    ClusterTailMean("clusters' tail", "x", "seen"),
    spearman("rho", "x", "y", ("set",)),
    greatest_of_mean("best", "curve"),
    Pooled("mean", ("x",), lambda rows, w: w @ rows["x"].to_numpy() / np.maximum(w.sum(axis=1), 1)),
    Mean("plain", "x"),
)
GROUPS = [EVERYBODY, *(Group(("g",), (f"{k}",)) for k in range(20))]
FEW = 100
"""Bytes of a sample whose columns are three numbers and a short text."""


def table(rows: int, shard: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(shard)
    names = [f"s{shard:02}-{n:05}" for n in range(rows)]
    drawn = pd.DataFrame(rng.random((rows, 3)), columns=["x", "y", "seen"])
    return drawn.assign(
        sample_id=names, cluster=names, set=[f"{n % 2}" for n in range(rows)],
        g=[f"{n % 20}" for n in range(rows)], curve=[*rng.random((rows, 4), np.float32)],
    )  # fmt: skip


def test_no_table_of_an_earlier_unit_is_held():
    living = weakref.WeakValueDictionary[int, pd.DataFrame]()
    most = [0]

    def units() -> Iterator[pd.DataFrame]:
        for shard in range(12):
            made = table(30, shard)
            living[shard] = made
            most[0] = max(most[0], len(living))
            yield made

    found = condition_cells(units(), METRICS, GROUPS, WEIGHTS)
    assert len(found) == len(METRICS) * len(GROUPS)
    assert most[0] <= 2


@pytest.mark.parametrize("metric", METRICS[:3], ids=lambda one: one.name)
def test_a_metric_keeps_few_bytes_of_a_sample(metric):
    rows = table(1000)
    state = metric.accumulate(rows, WEIGHTS, membership(rows, GROUPS))
    assert _bytes([state]) < FEW * len(rows)


def test_a_tail_keeps_a_value_two_ids_and_a_bit_for_each_group():
    rows = table(1000)
    state = METRICS[0].accumulate(rows, WEIGHTS, membership(rows, GROUPS))
    ids = 2 * (4 + len("s00-00000"))
    assert _bytes([state]) <= len(rows) * (8 + ids + -(-len(GROUPS) // 8)) + 8


def test_metrics_of_the_same_columns_share_them():
    rows = table(1000)
    packed = Packed(rows)
    groups = membership(rows, GROUPS)
    kept = [packed.records(("x", "y"), groups) for _ in range(30)]
    first, *others = (one.tables[0].column("x").chunk(0).buffers()[1] for one in kept)
    assert all(other.address == first.address for other in others)


def _bytes(kept: list[Records]) -> int:
    return sum(part.nbytes for one in kept for part in (*one.tables, *one.groups))


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_units_in_any_order_give_the_same_numbers(metric):
    units = [table(30, shard) for shard in range(4)]
    whole = condition_cells([pd.concat(units)], [metric], GROUPS[:3], WEIGHTS)
    turned = condition_cells(reversed(units), [metric], GROUPS[:3], WEIGHTS)
    for cell, one in whole.items():
        assert one.value == pytest.approx(turned[cell].value, rel=1e-12)
        np.testing.assert_allclose(one.deviations, turned[cell].deviations, atol=1e-7)


def test_a_unit_in_which_every_sample_failed_is_missing_and_no_error():
    failed = table(30, 1).assign(x=np.nan, curve=np.nan)
    some = condition_cells([table(30), failed.drop(columns="set")], METRICS, GROUPS[:1], WEIGHTS)
    assert all(np.isnan(one.value) and one.n == 60 for one in some.values() if one.n)


@pytest.mark.parametrize("block", [1, 60, 2**20])
def test_blocks_of_weights_change_no_number(block, monkeypatch):
    rows = table(60)
    whole = condition_cells([rows], METRICS, GROUPS[:3], WEIGHTS)
    monkeypatch.setattr("benchsuite.estimation.pooled.AT_ONCE", block)
    monkeypatch.setattr("benchsuite.estimation.tails.MOST", block)
    monkeypatch.setattr("benchsuite.estimation.weights.HASHED", 7)
    parted = condition_cells([rows], METRICS, GROUPS[:3], WEIGHTS)
    for cell, one in whole.items():
        assert one.centre == pytest.approx(parted[cell].centre, rel=1e-12)
        np.testing.assert_allclose(one.deviations, parted[cell].deviations, atol=1e-7)
