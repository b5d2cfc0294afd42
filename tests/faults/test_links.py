"""Below a results folder no link is followed: none to read, none to write, and each is named."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import open_run
from benchsuite.runs.inventory import State, inventory
from benchsuite.runs.plan import Run
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, Centred, install, numbers

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a link needs rights on Windows")
RUN = Run(MEAN, numbers(40), Centred(), (CLEAN,), shard_size=20)
LINK = "found a link: benchsuite follows none below a results folder"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return evaluate(RUN, tmp_path_factory.mktemp("made"), replicates=200)


@pytest.fixture
def directory(made, tmp_path, monkeypatch):
    """A run in a folder of its own, beside a folder that is none of its."""
    install(monkeypatch, MEAN)
    root = tmp_path / "results"
    shutil.copytree(made.path.parents[3], root)
    (tmp_path / "elsewhere").mkdir()
    return RunDirectory(root / made.path.relative_to(made.path.parents[3]))


def moved(path: Path) -> Path:
    """Move a file or folder out of the results folder, and leave a link in its place."""
    root = next(folder for folder in path.parents if folder.name == "results")
    target = root.parent / "elsewhere" / path.name
    path.rename(target)
    path.symlink_to(target)
    return target


def content(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {str(file): file.read_bytes() for file in files}


def test_no_link_in_a_run_is_followed_to_read_or_to_write(directory):
    root = directory.path.parents[3]
    shutil.copytree(root, kept := root.parent / "kept")
    names = sorted(path.name for path in directory.path.iterdir())
    assert {"units", "artefacts", "lock", "log.txt", "manifest.json", "holder.txt"} <= {*names}
    for name in names:
        target = moved(directory.path / name)
        before = content(target)
        with pytest.raises(BadData, match=f"{name}: .*{LINK}"):
            evaluate(RUN, root, replicates=200)
        lines: list[str] = []
        with suppress(BadData):  # the only run may be left out; what it does not need is not read
            leaderboard(root, left_out=lines.append)
        assert all(f"{name}: " in line for line in lines)
        assert name not in ("cells.parquet", "manifest.json", "status.json") or lines
        assert content(target) == before
        shutil.rmtree(root)
        shutil.copytree(kept, root)


@pytest.mark.parametrize("above", range(4))
def test_no_link_between_the_results_folder_and_a_run_is_followed(directory, above):
    root, link = directory.path.parents[3], [directory.path, *directory.path.parents][above]
    target = moved(link)
    next(target.rglob("cells.parquet")).unlink()
    before = content(target)
    with pytest.raises(BadData, match=f"{link.name}: .*{LINK}"):
        evaluate(RUN, root, replicates=200)
    lines: list[str] = []
    with pytest.raises(BadData, match="found none"):
        leaderboard(root, left_out=lines.append)
    assert [LINK in line and str(link) in line for line in lines] == [True]
    assert [one.state for one in inventory(root)] == [State.DAMAGED]
    assert content(target) == before


def test_a_unit_that_is_a_link_is_made_again_as_a_file(directory):
    unit = next(directory.path.glob("units/clean/*"))
    whole, target = unit.read_bytes(), moved(unit)
    evaluate(RUN, directory.path.parents[3], replicates=200)
    assert not unit.is_symlink()
    assert unit.read_bytes() == target.read_bytes() == whole


@pytest.mark.parametrize("name", ["manifest.json", "status.json", "cells.parquet", "lock"])
def test_a_pipe_or_a_device_in_the_place_of_a_file_is_named_and_not_waited_for(directory, name):
    (directory.path / name).unlink()
    os.mkfifo(directory.path / name)
    with pytest.raises(BadData, match=f"{name}: .* found a pipe or a device"):
        evaluate(RUN, directory.path.parents[3], replicates=200)
    list(inventory(directory.path.parents[3]))


def test_a_results_folder_and_a_run_may_be_named_by_a_link(directory, tmp_path):
    (tmp_path / "linked").symlink_to(directory.path.parents[3])
    assert evaluate(RUN, tmp_path / "linked", replicates=200).complete
    assert len(leaderboard(tmp_path / "linked"))
    (tmp_path / "latest").symlink_to(directory.path)
    assert open_run(tmp_path / "latest").path == directory.path.resolve()
    (directory.path.parent / "latest").symlink_to(directory.path)
    assert open_run(directory.path.parent).path == directory.path
