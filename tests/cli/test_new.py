"""`benchsuite new` writes packages that work as they are."""

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchsuite.cli import main
from tests.plugin import call, environment, with_metadata

CHEAP = [
    ("task", "asks", ""),
    ("model", "my-ranker", "bright"),
    ("dataset", "my-queries", "bright"),
]
MORE = [
    (kind, f"my-{kind}", task)
    for task in ("compositional", "fairseg", "instance_segmentation")
    for kind in ("model", "dataset")
]


def new(kind: str, name: str, task: str, out: Path) -> list[str]:
    """The words of a call of `benchsuite new`."""
    return ["new", kind, name, *(["--task", task] if task else []), "--out", str(out)]


@pytest.mark.parametrize(
    ("kind", "name", "task"),
    [*CHEAP, *(pytest.param(*one, marks=pytest.mark.slow) for one in MORE)],
)
def test_a_new_package_passes_its_test_and_runs(tmp_path, capsys, kind, name, task):
    assert main(new(kind, name, task, tmp_path)) == 0
    folder = tmp_path / name
    lines = capsys.readouterr().out.splitlines()
    assert {Path(line) for line in lines if line.startswith(str(folder))} == set(folder.iterdir())
    assert lines[-4:-1] == [f"cd {folder}", "pip install -e '.[test]'", "pytest"]
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    ((group, points),) = project["entry-points"].items()
    site = with_metadata(folder, name, group, points)
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=folder, env=environment(site), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    program, *words = shlex.split(lines[-1])
    assert program == "benchsuite"
    done = call(site, *words, "replicates=200", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"/{name}/" in done.stdout
    assert lines[-1] in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["model", "My-Model", "--task", "bright"], "expected a name of lower-case letters"),
        (["model", "../up", "--task", "bright"], "expected a name of lower-case letters"),
        (["task", "class"], "expected a name of lower-case letters"),
        (["task", "numpy"], "'numpy': it is one already"),
        (["task", "test"], "'test': it is one already"),
        (["task", "asks", "--task", "bright"], "expected a new name and no --task, found 'bright'"),
        (["task", "fairseg"], "expected a new name and no --task, found 'fairseg'"),
        (["model", "mine"], "expected --task NAME, the task that gets the model"),
        (["model", "mine", "--task", "brite"], "no task is called 'brite' (did you mean bright?)"),
        (["model", "bm25", "--task", "bright"], "task bright has a model 'bm25' already"),
        (["dataset", "trec", "--task", "bright"], "task bright has a dataset 'trec' already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path, capsys, words, why):
    assert main(["new", *words, "--out", str(tmp_path)]) == 64
    assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_stays_as_it_is(tmp_path, capsys):
    mine = tmp_path / "asks"
    mine.mkdir()
    (mine / "asks.py").write_text("mine")
    assert main(new("task", "asks", "", tmp_path)) == 64
    assert "expected no folder of this name, found one" in capsys.readouterr().err
    assert (mine / "asks.py").read_text() == "mine"
