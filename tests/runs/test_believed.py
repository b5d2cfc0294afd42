"""The store believes no file that is damaged, altered, or of something else."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchsuite.boards.board import load_board
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, LeftOut
from benchsuite.runs.cells import read_cells
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics, run_statistics, write_baseline
from tests.toys import MEAN, NOISE, Centred, Linear, numbers

RUN = Run(MEAN, numbers(60), Linear(), (CLEAN, NOISE[0]), shard_size=20)


def made(root, **changes):
    return evaluate(replace(RUN, **changes), root, replicates=200)


def accuracy(directory):
    cells = read_cells(directory.cells())
    return {key: estimate.value for key, estimate in cells.items()}


def units(directory, condition):
    return sorted((directory.path / "units" / condition).glob("*.parquet"))


@pytest.mark.parametrize("other", ["condition", "shard", "run"])
def test_a_unit_of_something_else_is_done_again(tmp_path, other):
    directory = made(tmp_path / "a")
    before = accuracy(directory)
    mine = units(directory, "clean")[1]
    foreign = {
        "condition": units(directory, "corruption+noise+1")[1],
        "shard": units(directory, "clean")[0],
        "run": units(made(tmp_path / "b", model=Linear("other", bias=3.0)), "clean")[1],
    }[other]
    checksum = foreign.stem.split("-")[1]
    shutil.copy(foreign, mine.with_name(f"00001-{checksum}.parquet"))
    mine.unlink(missing_ok=True)
    (directory.path / "cells.parquet").unlink()
    with pytest.raises(BadData, match="expected the unit of clean, 1"):
        run_statistics(directory)
    assert accuracy(made(tmp_path / "a")) == before


def test_a_flipped_bit_of_the_cells_never_changes_a_board(tmp_path):
    directory = made(tmp_path)
    path = directory.path / "cells.parquet"
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(whole) * 8, 40):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << (place % 8)
        path.write_bytes(bytes(damaged))
        with pytest.raises(BadData, match=r"cells\.parquet: damaged"):
            load_board(directory)
    before = bytes(damaged)
    with pytest.warns(LeftOut, match=r"left out: .*cells\.parquet"), pytest.raises(BadData):
        leaderboard(tmp_path)
    assert path.read_bytes() == before, "evidence stays until it is made again"
    made(tmp_path)
    assert path.read_bytes() == whole


def test_cells_of_another_run_are_refused(tmp_path):
    directory, other = made(tmp_path), made(tmp_path, model=Linear("other", bias=3.0))
    for name in ("cells.parquet", "cells.parquet.sha256"):
        shutil.copy(other.path / name, directory.path / name)
    with pytest.raises(BadData, match="of another run"):
        load_board(directory)


@pytest.mark.parametrize("key", ["model", "dataset_note"])
def test_an_altered_manifest_is_refused(tmp_path, key):
    directory = made(tmp_path)
    path = directory.path / "manifest.json"
    held = json.loads(path.read_text())
    (held["identity"] if key in held["identity"] else held)[key] = "another"
    path.write_text(json.dumps(held))
    with pytest.raises(BadData, match="altered"):
        _ = directory.manifest


def test_an_artefact_of_another_key_is_prepared_again(tmp_path):
    run = {"model": Centred(), "conditions": (CLEAN, NOISE[2])}
    directory = made(tmp_path, **run)
    before = accuracy(directory)
    first, second = sorted((directory.path / "artefacts").glob("*.safetensors"))
    key, checksum = first.stem.rsplit("-", 1)[0], second.stem.rsplit("-", 1)[1]
    shutil.copy(second, first.with_name(f"{key}-{checksum}.safetensors"))
    first.unlink()
    shutil.rmtree(directory.path / "units")
    assert accuracy(made(tmp_path, **run)) == before


def test_a_baseline_lacks_no_condition_that_its_head_names(tmp_path):
    statistics = run_statistics(made(tmp_path))
    part = replace(statistics, tables={"clean": statistics.tables["clean"]})
    write_baseline(part, tmp_path / "part.parquet", ["hit"])
    with pytest.raises(
        BadData, match=r"expected rows of clean, corruption/noise/1, as .* found clean"
    ):
        read_statistics(tmp_path / "part.parquet")


def test_a_baseline_of_an_earlier_version_is_refused_for_its_schema(tmp_path):
    head = json.dumps({"identity": {"schema": 1}, "attributes": [], "rows": ""}).encode()
    table = pa.table({"sample_id": ["a"]}).replace_schema_metadata({b"benchsuite.baseline": head})
    pq.write_table(table, tmp_path / "old.parquet")
    with pytest.raises(BadData, match="another version of benchsuite made it; make it again"):
        read_statistics(tmp_path / "old.parquet")


def test_a_run_of_an_earlier_version_is_left_out_for_its_schema(tmp_path):
    directory = made(tmp_path)
    held = json.loads((directory.path / "manifest.json").read_text())
    held["identity"]["schema"] = 1
    (directory.path / "manifest.json").write_text(json.dumps(held))
    with pytest.warns(LeftOut, match="expected schema 2, found 1"), pytest.raises(BadData):
        leaderboard(tmp_path)
