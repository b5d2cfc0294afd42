"""Kills, full disks, second processes: a run loses nothing and comes out the same to the byte."""

import os
import random
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchsuite.runs.store import RunDirectory
from tests import warm
from tests.plugin import SOURCE, call, command, environment, install

resource = pytest.importorskip("resource", reason="these tests kill and limit processes by POSIX")

RUN = (
    "run", "task=toy-mean", "dataset=numbers", "model=centred", "conditions=clean,noise",
    "shard_size=16", "batch_size=16", "replicates=400",
)  # fmt: skip
BOARD = ("leaderboard", "--task", "toy-mean", "--out", "board.csv")


def published(root: Path) -> dict[str, bytes]:
    """Everything that must come out the same to the byte."""
    kept = [p for p in root.rglob("*") if p.suffix in (".parquet", ".safetensors", ".csv")]
    return {str(p.relative_to(root)): p.read_bytes() for p in kept if not p.name.startswith(".")}


@pytest.fixture(scope="module")
def reference(installed, tmp_path_factory):
    """Made by processes whose hashes have seeds of their own: the order of a set is no excuse."""
    root = tmp_path_factory.mktemp("reference")
    for words in (RUN, BOARD):
        subprocess.run(command(*words), cwd=root, env=environment(installed), check=True)
    return published(root)


def stage(names: set[str]) -> str:
    if "board.csv" in names:
        return "table"
    kinds = ("cells.parquet", "units", "artefacts")
    return next((k for k in kinds if any(k in name for name in names)), "start")


def kill_at_the_next_file(
    site: Path, root: Path, delay: float, workers: int = 1
) -> tuple[str, bool]:
    """Start the run, wait for one more file, kill -9; the stage it was in, and whether it lived."""
    before = set(published(root))
    words = [*RUN, "model.pause=0.02", f"engine.workers={workers}", "then", *BOARD]
    started = warm.start("tests.faults.both", *words, cwd=root, env=environment(site))
    while not started.ended(within=0.001) and set(names(root)) <= before:
        pass
    time.sleep(delay)
    started.kill()
    alive = started.finish().returncode == -signal.SIGKILL
    return stage(set(names(root))), alive


def names(root: Path) -> list[str]:
    found = root.rglob("*") if root.exists() else []
    suffixes = (".parquet", ".safetensors", ".csv")
    return [str(p.relative_to(root)) for p in found if p.suffix in suffixes and p.name[0] != "."]


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_run_killed_at_every_stage_comes_out_the_same_to_the_byte(
    installed, reference, tmp_path, workers
):
    rng = random.Random(3)  # noqa: S311 - moments, not secrets
    stages = []
    for _ in range(80):
        where, alive = kill_at_the_next_file(installed, tmp_path, rng.random() * 0.04, workers)
        stages.append(where)
        if not alive:
            break
    assert len(stages) > (20 if workers == 1 else 5), stages
    assert {"artefacts", "units", "cells.parquet"} <= set(stages), stages
    assert call(installed, *RUN, "model.pause=0.02", cwd=tmp_path).returncode == 0
    assert call(installed, *BOARD, cwd=tmp_path).returncode == 0
    assert published(tmp_path) == reference
    assert not list(tmp_path.rglob(".tmp-*"))


def attend_to_ctrl_c() -> None:
    # Shells start background jobs deaf to it, and a child inherits that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_says_so_and_the_same_command_continues(installed, reference, tmp_path, workers):
    words = (*RUN, "model.pause=0.05", f"engine.workers={workers}")
    process = subprocess.Popen(
        command(*words), cwd=tmp_path, env=environment(installed), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=attend_to_ctrl_c,
    )  # fmt: skip
    while not any("units" in name for name in names(tmp_path)):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert errors.strip().splitlines() == [
        "benchsuite: interrupted; the same command continues the run"
    ]
    assert call(installed, *words, cwd=tmp_path).returncode == 0
    assert call(installed, *BOARD, cwd=tmp_path).returncode == 0
    assert published(tmp_path) == reference


def test_workers_do_not_outlive_a_killed_run(installed, tmp_path):
    words = command(*RUN, "model.pause=0.2", "engine.workers=2")
    process = subprocess.Popen(
        words, cwd=tmp_path, env=environment(installed), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not any("units" in name for name in names(tmp_path)):
        time.sleep(0.01)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 300
    while (left := members(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def members(session: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_second_process_exits_at_once_and_says_who_holds_the_run(installed, tmp_path):
    assert call(installed, *RUN, cwd=tmp_path).returncode == 0
    directory = RunDirectory(next(tmp_path.glob("results/toy-mean/numbers/centred/*")))
    with directory.held():
        result = call(installed, *RUN, cwd=tmp_path)
    assert result.returncode == 75
    assert f"held by process {os.getpid()} on " in result.stderr


@pytest.mark.parametrize(
    "size", [2500, *(pytest.param(n, marks=pytest.mark.slow) for n in range(200, 25_000, 2000))]
)
def test_a_full_disk_is_one_line_and_nothing_is_lost(installed, reference, tmp_path, size):
    # A limit on the size of a file fails the write as a full disk does: with an error of the system.
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    result = subprocess.run(
        command(*RUN), cwd=tmp_path, env=environment(installed), capture_output=True, text=True,
        check=False, preexec_fn=limited,
    )  # fmt: skip
    if result.returncode or size <= 2500:  # a larger disk may have room for all of it
        assert result.returncode == 73, result.stderr
        assert "cannot write" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    assert call(installed, *RUN, cwd=tmp_path).returncode == 0
    assert call(installed, *BOARD, cwd=tmp_path).returncode == 0
    assert published(tmp_path) == reference


@pytest.mark.slow
@pytest.mark.parametrize("race", range(10))
def test_of_processes_that_begin_the_same_run_at_once_one_does_it_and_the_others_say_so(
    installed, reference, tmp_path, race
):
    words = {"cwd": tmp_path, "env": environment(installed), "stderr": subprocess.DEVNULL}
    several = [subprocess.Popen(command(*RUN), **words) for _ in range(4)]
    codes = {process.wait(timeout=1200) for process in several}
    assert 0 in codes
    assert codes <= {0, 75}
    assert call(installed, *BOARD, cwd=tmp_path).returncode == 0
    assert published(tmp_path) == reference


def test_a_results_folder_that_cannot_be_written_is_one_line(installed, tmp_path):
    (tmp_path / "file").write_text("")
    result = call(installed, *RUN, "results=file/results", cwd=tmp_path)
    assert result.returncode == 73
    assert "cannot write: Not a directory" in result.stderr


def test_other_libraries_on_resume_are_an_error_unless_allowed_by_name(installed, tmp_path):
    assert call(installed, *RUN, cwd=tmp_path).returncode == 0
    manifest = next(tmp_path.glob("results/*/*/*/*/manifest.json"))
    begun = RunDirectory(manifest.parent).manifest
    numpy = begun.environment.libraries["numpy"]
    older = replace(begun.environment, libraries={**begun.environment.libraries, "numpy": "0.1"})
    RunDirectory(manifest.parent).write_manifest(replace(begun, environment=older))
    result = call(installed, *RUN, cwd=tmp_path)
    assert result.returncode == 65
    assert "begun with other libraries (numpy 0.1 -> " in result.stderr
    assert call(installed, *RUN, "allow=[numpy]", cwd=tmp_path).returncode == 0
    assert RunDirectory(manifest.parent).manifest.noted == (f"numpy 0.1 -> {numpy}",)


def test_other_code_on_resume_is_an_error_unless_allowed_by_name(tmp_path):
    (tmp_path / "p").mkdir()
    source = tmp_path / "p" / "palindromes.py"
    source.write_text(SOURCE)
    words = ("run", "task=palindromes", f"results={tmp_path / 'r'}", "replicates=200")
    install(tmp_path / "p")
    assert call(source.parent, *words, cwd=tmp_path).returncode == 0
    (manifest,) = tmp_path.glob("r/*/*/*/*/manifest.json")
    begun = RunDirectory(manifest.parent).manifest.environment.code["palindromes"]
    source.write_text(
        SOURCE.replace("float(prediction == sample.truth)", "float(bool(prediction))")
    )
    other = call(source.parent, *words, "conditions=clean,drop", cwd=tmp_path)
    assert other.returncode == 65
    assert f"begun with other code (palindromes {begun} -> " in other.stderr
    assert "raise the task's version, or allow=[palindromes]" in other.stderr
    allowed = (*words, "conditions=clean,drop", "allow=[palindromes]")
    assert call(source.parent, *allowed, cwd=tmp_path).returncode == 0
    (noted,) = RunDirectory(manifest.parent).manifest.noted
    assert noted.startswith(f"palindromes {begun} -> ")


def test_a_run_that_noted_no_code_continues(installed, tmp_path):
    assert call(installed, *RUN, cwd=tmp_path).returncode == 0
    (manifest,) = tmp_path.glob("results/*/*/*/*/manifest.json")
    told = RunDirectory(manifest.parent).manifest
    codeless = replace(told, environment=replace(told.environment, code={}))
    RunDirectory(manifest.parent).write_manifest(codeless)
    assert call(installed, *RUN, cwd=tmp_path).returncode == 0
    assert "tests.toys" in RunDirectory(manifest.parent).manifest.environment.code
