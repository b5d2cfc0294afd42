"""A model's folder stands for its runs, and what a failed call left there is not one of them."""

import pytest

from benchsuite.errors import BadData
from benchsuite.runs.find import open_run, runs_of
from benchsuite.runs.store import RunDirectory
from tests.toys import manifest


def left(folder, **states):
    """A model's folder with a run of each name, in that state."""
    for name, state in states.items():
        run = RunDirectory(folder / name)
        run.write_manifest(manifest())
        run.write_status(state=state)
    return folder


def test_the_one_complete_run_of_a_folder_is_meant(tmp_path):
    left(tmp_path, a="running", b="complete", c="running")
    assert open_run(tmp_path).path == tmp_path / "b"
    assert [run.path.name for run in runs_of(tmp_path)] == ["b"]


def test_of_several_complete_runs_one_must_be_named(tmp_path):
    left(tmp_path, a="complete", b="complete", c="running", d="complete")
    with pytest.raises(BadData, match=r"holds 3 runs: give one of a, b, d$"):
        open_run(tmp_path)
    assert [run.path.name for run in runs_of(tmp_path)] == ["a", "b", "d"]


def test_a_run_that_is_not_complete_is_found_where_it_is_meant(tmp_path):
    left(tmp_path, a="running")
    assert open_run(tmp_path) == open_run(tmp_path / "a") == RunDirectory(tmp_path / "a")
    left(tmp_path, b="running")
    with pytest.raises(BadData, match=r"expected a run directory with a manifest.json, found 2"):
        open_run(tmp_path)
    assert runs_of(tmp_path / "b") == [RunDirectory(tmp_path / "b")]
    with pytest.raises(BadData, match=r"found 0"):
        runs_of(tmp_path / "nowhere")
