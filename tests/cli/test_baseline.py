"""Baselines on the command line: accepted, shown, compared, followed, and judged against."""

import json
import re
import subprocess
from dataclasses import replace

import pandas as pd
import pytest

import benchsuite as bs
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.estimation import Mean
from benchsuite.runs.author import commit, who
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.log import LOG, read_log
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, numbers

TASK = replace(MEAN, metrics=(*MEAN.metrics, Mean("score", "score")))
HERE = ("--by", "A Person", "--reason", "why not")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    install(monkeypatch, TASK)
    return tmp_path


def run(folder, bias):
    """A run of a model that is wrong about more samples the larger its bias is."""
    model = Linear("m", bias=bias)
    made = evaluate(Run(TASK, numbers(120), model, (CLEAN, *NOISE)), folder / "r", replicates=50)
    return str(made.path)


def said(capsys, *words, code=0):
    assert main([*words]) == code
    return capsys.readouterr()


def test_a_baseline_is_accepted_shown_and_judged_against(folder, capsys):
    first, worse = run(folder, 0.1), run(folder, 0.9)
    told = said(capsys, "baseline", "accept", first, *HERE).out
    assert re.match(r"toy-mean/numbers/m: accuracy 0\.\d+ \[", told)
    shown = said(capsys, "baseline", "show").out
    for text in ("toy-mean/numbers/m.parquet", "accepted", "A Person", "why not"):
        assert text in shown
    assert said(capsys, "gate", first, "--baseline", "baselines").out
    failed = said(capsys, "gate", worse, "--baseline", "baselines", code=1).out
    assert "lost most" in failed
    changes = said(capsys, "baseline", "diff", worse, "--out", "diff.csv")
    table = pd.read_csv("diff.csv").set_index("cell")
    overall = table.loc["toy-mean/m clean overall accuracy"] if not changes.out else None
    assert overall["difference"] < overall["high"] < 0
    told = said(capsys, "baseline", "accept", worse, *HERE).out
    assert " -> " in told
    assert said(capsys, "gate", worse, "--baseline", "baselines").out
    again = said(capsys, "baseline", "accept", worse, *HERE).out
    assert again == "1 of 1: the baseline already\n"


def test_a_metric_that_the_baseline_does_not_keep_is_invalid_and_says_how_to_keep_it(
    folder, capsys
):
    path = run(folder, 0.1)
    said(capsys, "baseline", "accept", path, *HERE)
    gate = ("gate", path, "--baseline", "baselines", "--metric", "score")
    assert "baseline accept RUN --metric score" in said(capsys, *gate, code=3).out
    assert "baseline accept RUN --metric score" in said(
        capsys, "history", "--metric", "score", code=64
    ).err  # fmt: skip
    said(capsys, "baseline", "accept", path, "--metric", "score", *HERE)
    said(capsys, *gate)


def test_the_policy_says_which_metrics_a_baseline_keeps(folder, capsys):
    (folder / "benchsuite.gate.toml").write_text('metrics = ["score"]')
    said(capsys, "baseline", "accept", run(folder, 0.1), *HERE)
    (line,) = read_log(folder / "baselines")
    assert {one.metric for one in line.new} == {"score"}


def test_a_baseline_that_something_else_moved_is_invalid(folder, capsys):
    path = run(folder, 0.1)
    said(capsys, "baseline", "accept", path, *HERE)
    moved = folder / "baselines/toy-mean/numbers/m.parquet"
    moved.write_bytes(b"no")
    assert (
        "something else than" in said(capsys, "gate", path, "--baseline", "baselines", code=3).err
    )
    assert "moved" in said(capsys, "baseline", "show").out
    moved.unlink()
    assert "lost" in said(capsys, "baseline", "show").out


def test_history_follows_baselines_and_is_written_twice_alike(folder, capsys):
    for bias in (0.1, 0.1, 0.9):
        said(capsys, "baseline", "accept", run(folder, bias), *HERE)
    told = said(capsys, "history", "--out", "h.csv", "--out", "h.svg").out
    assert "drift: toy-mean/numbers/m: accuracy, clean: -0." in told
    table = pd.read_csv("h.csv")
    assert list(table["by"]) == ["A Person", "A Person"]
    assert list(table["shift"].notna()) == [False, True]
    before = {name: (folder / name).read_bytes() for name in ("h.csv", "h.svg")}
    said(capsys, "history", "--out", "h.csv", "--out", "h.svg")
    assert before == {name: (folder / name).read_bytes() for name in before}
    red = said(capsys, "history", "--condition", "noise/1", "--group", "colour=red").out
    assert "accuracy, corruption/noise/1, colour=red" in red
    every = said(capsys, "history", "--condition", "corruption", "--group", "colour").out
    assert len(re.findall(r"^toy-mean/numbers/m: accuracy, corr.*, colour=\w+$", every, re.M)) == 9


def test_an_acceptance_is_undone_by_accepting_what_was_before(folder, capsys):
    for bias in (0.1, 0.9):
        said(capsys, "baseline", "accept", run(folder, bias), *HERE)
    (past,) = (folder / "baselines/past").rglob("*.parquet")
    said(capsys, "baseline", "accept", str(past), *HERE)
    first, _, last = read_log(folder / "baselines")
    assert (first.file, first.run_id, first.new) == (last.file, last.run_id, last.new)
    assert said(capsys, "gate", run(folder, 0.1), "--baseline", "baselines").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("baseline", "accept", "RUN", "--by", "me"), "--reason: expected a line of text, found"),
        (("baseline", "accept", "RUN", "--reason", "a\x1b[31m"), "--reason: expected a line"),
        (("baseline", "accept", "--reason", "x"), "accept: expected a run, found none"),
        (("baseline", "show", "RUN"), "show: expected no run"),
        (("baseline", "diff", "RUN", "--reason", "x"), "expected with accept"),
        (("baseline", "accept", "RUN", "--out", "b"), "--baselines is the folder"),
        (("baseline", "RUN"), "expected `baseline accept RUN... --reason WHY`"),
        (("history", "--metric", "acuracy"), "did you mean accuracy?"),
        (("history", "--condition", "corrupt"), "did you mean corruption"),
        (("history", "--group", "colour=rd"), "did you mean colour=red"),
        (("history", "--out", "h.gif"), "no format is called 'gif'"),
    ],
)
def test_a_wrong_call_is_one_line(folder, capsys, words, message):
    path = run(folder, 0.1)
    said(capsys, "baseline", "accept", path, *HERE)
    told = said(capsys, *(path if word == "RUN" else word for word in words), code=64).err
    assert message in told
    assert told.count("\n") == 1


def test_a_folder_without_a_log_has_no_history(folder, capsys):
    told = said(capsys, "history", code=65).err
    assert f"{LOG}: expected a baseline, found none; `benchsuite baseline accept`" in told


def test_the_python_api_does_the_same(folder):
    first, worse = bs.load_run(run(folder, 0.1)), bs.load_run(run(folder, 0.9))
    (line,) = bs.accept(first, reason="first", by="me")
    assert json.loads((folder / "baselines" / LOG).read_text())["run_id"] == line.run_id == first.id
    assert bs.accept([first], reason="again", by="me") == []
    assert list(bs.baselines()["state"]) == ["accepted"]
    assert bs.baseline_diff(worse)["difference"].iloc[0] < 0
    bs.accept(worse, reason="worse", by="me")
    found = bs.history()
    assert len(found.told.drifts) == 1
    assert "since the first" in repr(found)
    assert "<table>" in found._repr_html_()


def git(folder, *words):
    named = ["-c", "user.name=Grace", "-c", "user.email=a@b.invalid"]
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_git_says_who_and_which_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("LOGNAME", "ada")
    folder = tmp_path / "deep/baselines"
    assert (who(folder), commit(folder)) == ("ada", ("", False))
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "Grace Hopper")
    folder.mkdir(parents=True)
    (folder / "held").write_text("1")
    (tmp_path / "model.py").write_text("1")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    head = git(tmp_path, "rev-parse", "HEAD")
    (folder / "held").write_text("2")
    assert (who(folder), commit(folder)) == ("Grace Hopper", (head, False))
    (tmp_path / "model.py").write_text("2")
    assert commit(folder) == (head, True)
    monkeypatch.setenv("PATH", "")
    assert (who(folder), commit(folder)) == ("ada", ("", False))
