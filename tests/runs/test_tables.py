"""What is held of a run's statistics does not grow with its samples and conditions."""

import base64
import json
import weakref
import zlib
from dataclasses import asdict, replace
from itertools import count

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import CLEAN
from benchsuite.estimation import ClusterMean, MacroMean, Mean, Ratio, Weights
from benchsuite.estimation.cells import condition_cells
from benchsuite.gates import evidence
from benchsuite.gates.gaps import run_groups
from benchsuite.gates.pairs import compare_pair, problems_of
from benchsuite.runs import statistics, tables
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.seal import sealed
from benchsuite.runs.statistics import (
    baseline_bytes,
    read_statistics,
    run_statistics,
    write_baseline,
)
from benchsuite.runs.tables import Tables, parts
from tests.toys import MEAN, NOISE, Linear, numbers

METRICS = (
    Mean("mean", "hit"),
    ClusterMean("clusters", "hit"),
    MacroMean("macro", "hit", "colour"),
    Ratio("ratio", "hit", "score"),
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    run = Run(MEAN, numbers(), Linear(), (CLEAN, *NOISE), shard_size=16)
    runs = (run, replace(run, model=Linear("biased", bias=0.4)))
    return [evaluate(one, root, replicates=20) for one in runs]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 70))
def test_parts_are_the_table_and_no_cluster_is_in_two(drawn, size):
    table = pd.DataFrame({"cluster": [f"c{one:02}" for one in sorted(drawn)]})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "PART", size)
        found = list(parts(table))
    pd.testing.assert_frame_equal(pd.concat(found), table)
    assert sum(one["cluster"].nunique() for one in found) == table["cluster"].nunique()
    assert all(len(one) - (one["cluster"] == one["cluster"].iloc[-1]).sum() < size for one in found)


def test_a_table_is_read_again_unless_it_was_among_the_last_or_small(monkeypatch):
    read = []

    def made(condition: str) -> pd.DataFrame:
        read.append(condition)
        return pd.DataFrame({"x": range(10)})

    found = Tables("abc", made)
    assert (list(found), len(found), "d" in found) == (["a", "b", "c"], 3, False)
    assert found["a"] is found["a"]
    for condition in "abcabc":
        assert len(found[condition]) == 10
    assert read == ["a", "b", "c"]
    monkeypatch.setattr(tables, "KEPT", 9)
    found = Tables("abc", made)
    for condition in "abbac":
        assert len(found[condition]) == 10
    assert read == ["a", "b", "c", "a", "b", "a", "c"]


def counted_frames(monkeypatch) -> list[int]:
    """The most tables of statistics that live at a time, counted from now on."""
    monkeypatch.setattr(tables, "KEPT", 0)
    monkeypatch.setattr(statistics, "KEPT", 0)
    number, living, most = count(), weakref.WeakValueDictionary[int, pd.DataFrame](), [0]

    def frame(table):
        made = table.to_pandas()
        living[next(number)] = made
        most[0] = max(most[0], len(living))
        return made

    monkeypatch.setattr(statistics, "frame", frame)
    monkeypatch.setattr(statistics, "_with_attributes", lambda table, names: table)
    return most


def joined_baseline(run: statistics.Statistics, columns: set[str]) -> bytes:
    """The bytes of a baseline by pandas, with all conditions in memory."""
    kept = {"sample_id", "cluster", *run.attributes, *columns}
    parts = [
        one[[name for name in one.columns if name in kept]].assign(**{statistics.CONDITION: name})
        for name, one in run.tables.items()
    ]
    rows = pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
    values = {name: rows.column(name).to_pylist() for name in rows.column_names}
    manifest = replace(run.manifest, environment=statistics.Environment(), noted=())
    digested = statistics._rows_hash(values, rows.num_rows)
    head = statistics._Head(manifest.as_json(), run.attributes, digested)
    text = json.dumps(sealed(asdict(head)), sort_keys=True).encode()
    packed = base64.b64encode(zlib.compress(text, 9))
    floats = {one.name for one in rows.schema if pa.types.is_float64(one.type)}
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows.replace_schema_metadata({statistics.HEAD: packed}), sink, compression="zstd",
        use_dictionary=[name for name in rows.column_names if name not in floats],
        use_byte_stream_split=[name for name in rows.column_names if name in floats],
        row_group_size=statistics.GROUP,
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("group", [7, 64, 2**16])
def test_a_baseline_of_one_condition_at_a_time_has_the_bytes_of_all_at_once(
    pair, group, monkeypatch
):
    run = run_statistics(pair[0])
    clean = run.tables["clean"]
    whole = dict(run.tables) | {"clean": clean.assign(count=range(len(clean)), seen=True)}
    run, columns = replace(run, tables=whole), {"hit", "score", "count", "seen"}
    monkeypatch.setattr(statistics, "GROUP", group)
    assert baseline_bytes(run, columns) == joined_baseline(run, columns)


def test_a_baseline_is_made_with_one_condition_in_memory(pair, monkeypatch):
    most = counted_frames(monkeypatch)
    assert baseline_bytes(run_statistics(pair[0]), ["hit"])
    assert 0 < most[0] <= 2


@pytest.mark.parametrize("kind", ["run", "baseline"])
def test_a_gate_holds_one_condition_of_each_side(pair, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(statistics, "GROUP", 64)
    write_baseline(run_statistics(pair[0]), tmp_path / "b.parquet", ["hit"])
    most = counted_frames(monkeypatch)
    before = read_statistics(tmp_path / "b.parquet" if kind == "baseline" else pair[0].path)
    sides = (before, run_statistics(pair[1]))
    assert not list(problems_of(sides, MEAN.metrics[0]))
    assert len(compare_pair(sides, MEAN.metrics[0], replicates=20)) > 20
    assert len(list(run_groups(sides[1], "run", MEAN.metrics, 0, 20))) > 3
    assert 0 < most[0] <= 2


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_groups_in_blocks_and_rows_in_parts_give_the_same_numbers(pair, metric, monkeypatch):
    sides = tuple(map(run_statistics, pair))
    whole = compare_pair(sides, metric, replicates=50)
    monkeypatch.setattr(evidence, "MOST", 200)
    blocks = compare_pair(sides, metric, replicates=50)
    for one, other in zip(whole, blocks, strict=True):
        assert one.evidence.skewness == other.evidence.skewness
        assert one.differing == other.differing
        assert one.evidence.tail == other.evidence.tail
        np.testing.assert_array_equal(one.change.deviations, other.change.deviations)
    monkeypatch.setattr(tables, "PART", 20)
    for one, other in zip(whole, compare_pair(sides, metric, replicates=50), strict=True):
        assert one.candidate.value == pytest.approx(other.candidate.value, nan_ok=True, rel=1e-12)
        assert (one.candidate.n, one.candidate.clusters) == (
            other.candidate.n,
            other.candidate.clusters,
        )


def test_the_weights_that_are_kept_do_not_grow_with_the_samples(pair):
    table = run_statistics(pair[0]).tables["clean"]
    groups = run_statistics(pair[0]).groups("clean")
    weights = Weights(0, "numbers", 1000)
    every = condition_cells([table], METRICS[:1], groups, weights)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("benchsuite.estimation.weights.PART_BYTES", 7000)
        parted = condition_cells([table], METRICS[:1], groups, weights)
    for key, estimate in every.items():
        np.testing.assert_array_equal(estimate.deviations, parted[key].deviations)
