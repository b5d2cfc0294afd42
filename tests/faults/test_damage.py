"""A run or baseline with a flipped bit, or a file of another, gives its number or a line; no other."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import open_run
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics, run_statistics, write_baseline
from tests.toys import MEAN, NOISE, Centred, Linear, install, numbers

RUN = Run(MEAN, numbers(60), Centred(), (CLEAN, NOISE[0]), shard_size=20)


@pytest.fixture
def directory(tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    return evaluate(RUN, tmp_path / "results", replicates=200)


def board(directory):
    """The board of the folder that a run lies in, and what it says that it leaves out."""
    lines: list[str] = []
    try:
        table = leaderboard(directory.path.parents[3], left_out=lines.append)
    except BadData:
        return None, lines
    return table.drop(columns="note"), lines


def rows(statistics):
    return {condition: table.to_dict("list") for condition, table in statistics.tables.items()}


def flipped(path, seed, count):
    """The file with one bit flipped after another; whole again at the end."""
    whole = path.read_bytes()
    for bit in np.random.default_rng(seed).integers(0, len(whole) * 8, count):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(bytes(damaged))
        yield int(bit)
    path.write_bytes(whole)


def test_no_flipped_bit_of_a_run_shows_another_number_or_makes_it_vanish(directory):
    want, _ = board(directory)
    statistics = rows(run_statistics(directory))
    files = [path for path in sorted(directory.path.rglob("*")) if path.is_file()]
    assert {p.suffix for p in files} >= {".json", ".parquet", ".safetensors", ".sha256"}
    for path in (path for path in files if path.stat().st_size):
        for bit in flipped(path, 0, 3):
            found, lines = board(directory)
            if found is None:
                assert any(directory.path.name in line for line in lines), (path, bit)
            else:
                assert found.equals(want), (path, bit)
            try:
                assert rows(run_statistics(directory)) == statistics, (path, bit)
            except BadData as error:
                assert path.name in str(error), (path, bit)


@pytest.mark.parametrize("cut", [0, 1, -1])
def test_a_file_that_was_cut_short_is_made_again(directory, cut):
    want, _ = board(directory)
    for path in (*directory.path.glob("units/*/*"), directory.path / "cells.parquet"):
        path.write_bytes(path.read_bytes()[:cut])
    again = evaluate(RUN, directory.path.parents[3], replicates=200)
    assert board(again)[0].equals(want)


def test_a_unit_that_was_lost_is_missed_wherever_it_was(directory):
    for path in sorted(directory.path.glob("units/clean/*")):
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(BadData, match="clean"):
            run_statistics(directory)
        path.write_bytes(whole)
    run_statistics(directory)


@pytest.mark.parametrize("name", ["manifest.json", "cells.parquet", "status.json"])
def test_a_file_of_another_model_is_refused(directory, name):
    other = evaluate(replace(RUN, model=Linear("other", bias=3.0)), directory.path.parents[3])
    shutil.copy(other.path / name, directory.path / name)
    if name == "status.json":
        assert run_statistics(directory)  # it says how far a run is, and no number
        return
    found, lines = board(directory)
    assert set(found["model"]) == {"other"}
    assert [str(directory.path) in line for line in lines] == [True]


def test_a_copied_run_is_on_the_board_once_and_a_lost_manifest_is_said(directory):
    copied = directory.path.parents[1] / "renamed" / directory.path.name
    shutil.copytree(directory.path, copied)
    found, lines = board(directory)
    assert set(found["model"]) == {"centred"}
    assert lines == [f"left out: {copied}: the same run as {directory.path}"]
    (copied / "manifest.json").unlink()
    assert [str(copied / "manifest.json") in line for line in board(directory)[1]] == [True]


def test_an_altered_status_does_not_turn_another_run_into_the_one_that_is_judged(directory):
    second = evaluate(replace(RUN, seed=1), directory.path.parents[3], replicates=200)
    status = second.path / "status.json"
    status.write_text(status.read_text().replace("complete", "completf"))
    with pytest.raises(BadData, match=r"status\.json: expected the checksum"):
        open_run(directory.path.parent)


def test_no_flipped_bit_of_a_baseline_is_another_baseline_or_a_crash(directory, tmp_path):
    path = tmp_path / "baseline.parquet"
    write_baseline(run_statistics(directory), path, ["hit"])
    whole = read_statistics(path)
    refused = 0
    for bit in flipped(path, 1, 150):
        try:
            found = read_statistics(path)
        except BadData as error:
            assert str(path) in str(error), bit
            refused += 1
        else:
            assert (found.manifest, rows(found)) == (whole.manifest, rows(whole)), bit
    assert refused > 50


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.unlink(),
        lambda path: next(path.parent.glob("results/*/*/*/*/units/clean/*")).write_bytes(b""),
    ],
    ids=["empty", "cut", "lost", "a unit of the run"],
)
def test_the_gate_on_what_cannot_be_read_is_invalid(directory, tmp_path, damage, capsys):
    path = tmp_path / "baseline.parquet"
    write_baseline(run_statistics(directory), path, ["hit"])
    assert main(["gate", "--baseline", str(path), str(directory.path)]) == 0
    damage(path)
    assert main(["gate", "--baseline", str(path), str(directory.path)]) == 3
    assert capsys.readouterr().err.startswith("benchsuite: INVALID: ")


@pytest.mark.parametrize("side", ["baseline", "run"])
def test_the_gate_without_the_headline_s_column_is_invalid(directory, tmp_path, side):
    path, run = tmp_path / "baseline.parquet", directory.path
    write_baseline(run_statistics(directory), path, [] if side == "baseline" else ["hit"])
    if side == "run":
        failing = replace(RUN, model=Centred(), on_error="skip", task=replace(MEAN, measure=fails))
        run = evaluate(failing, tmp_path / "other", replicates=200).path
    assert main(["gate", "--baseline", str(path), str(run)]) == 3


def fails(*given):
    raise ValueError("no sample of it can be measured")


def test_a_baseline_without_rows_is_invalid(directory, tmp_path):
    statistics = run_statistics(directory)
    empty = {condition: table.iloc[:0] for condition, table in statistics.tables.items()}
    path = tmp_path / "baseline.parquet"
    write_baseline(replace(statistics, tables=empty), path, ["hit"])
    assert main(["gate", "--baseline", str(path), str(directory.path)]) == 3
