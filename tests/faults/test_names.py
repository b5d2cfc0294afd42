"""Folders and names of any letters give the same numbers; those that no system takes are one line."""

import os

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.runs.find import find_runs
from tests.faults.models import numbers_of
from tests.toys import MEAN, install

RUN = ("run", "task=toy-mean", "dataset=numbers", "conditions=clean", "replicates=200")
NAMES = [
    "é", "名", "~x", "a~b", "a#b", "it's", 'a "b"', "a = b", "run (1)", "a [1]", "a;b|c&d", "a\nb",
    " a", "$HOME", "%s", "-x", "名" * 85, "x" * 255,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        install(patch, MEAN)
        assert main([*RUN, "model=linear", f"results={root}"]) == 0
    (run,) = find_runs(root)
    return numbers_of(run.path)


@pytest.mark.parametrize("name", NAMES)
def test_a_results_folder_of_any_name_holds_the_same_numbers(tmp_path, undisturbed, name):
    assert main([*RUN, "model=linear", f"results={name}"]) == 0
    (run,) = find_runs(tmp_path / name)
    assert numbers_of(run.path) == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert main(["leaderboard", "--results", f"./{name}", "--out", "board.csv"]) == 0
    assert main(["baseline", str(run.path), "--out", f"./{name[:80]} b"]) == 0
    assert main(["gate", str(run.path), "--baseline", f"./{name[:80]} b"]) == 0


def test_models_of_any_name_have_folders_of_their_own_and_keep_their_names(tmp_path):
    names = ["a~b", "A~B", "it's", "a/b", "..", "a\nb", "名" * 85]
    for name in names:
        quoted = name.replace("'", r"\'")
        assert main([*RUN, "model=linear", f"model.name='{quoted}'"]) == 0
    table = leaderboard("results")
    assert set(table["model"]) == set(names)
    folders = {run.path.parent.name for run in find_runs(tmp_path / "results")}
    assert len({folder.lower() for folder in folders}) == len(names)


def test_the_home_is_meant_where_a_shell_did_not_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert main([*RUN, "model=linear", "results=~/r"]) == 0
    assert find_runs(tmp_path / "home" / "r")
    assert not (tmp_path / "~").exists()


def test_a_name_that_is_no_unicode_is_refused_before_a_file_is_written(tmp_path, capsys):
    assert main([*RUN, "model=linear", "model.name='\udcff'"]) == 65
    assert "model.name: expected Unicode text, found half a" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


LONG = "名" * 100


@pytest.mark.skipif(os.name != "posix", reason="other systems have other limits")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([*RUN, "model=linear", f"results={LONG}"], 73),
        (["leaderboard", "--results", LONG], 65),
        (["gate", LONG, "--baseline", LONG], 3),
        (["compare", LONG, LONG], 65),
        (["publish", LONG], 65),
        (["import", LONG], 65),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_a_name_that_no_system_takes_is_one_line(capsys, words, code):
    assert main(words) in (code, 65)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "File name too long" in line
    assert LONG in line
    assert ".tmp-" not in line
