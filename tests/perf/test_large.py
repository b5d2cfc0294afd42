"""The stages of large runs can be measured: each does its work, on a few samples."""

from tests.perf.large import STAGES, do


def test_every_stage_of_a_large_run_finishes(tmp_path):
    for stage in STAGES:
        do(stage, "60x2", tmp_path)
    names = {path.name for path in tmp_path.rglob("*.parquet")}
    assert {"cells.parquet", "m.parquet"} <= names
