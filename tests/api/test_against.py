"""`gate --against`: a new model is judged by the best one of a board."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import benchsuite as bs
from benchsuite.api.submissions import rebuild, submit
from benchsuite.boards.best import best_of
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import fingerprint
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics
from tests import toys
from tests.toys import MEAN, NOISE, Linear, numbers

RUN = Run(MEAN, numbers(), Linear("good"), (CLEAN, NOISE[0]))
MODELS = (Linear("good"), Linear("worse", bias=0.4), Linear("worst", bias=1.5))
POLICY = Policy(replicates=300)


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    toys.install(monkeypatch, MEAN)
    monkeypatch.setattr("benchsuite.publishing.folder.leading", lambda *_: None)  # it takes seconds


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for model in MODELS:
        evaluate(replace(RUN, model=model), root, replicates=200)
    return root


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    """A new model that is as good as the best."""
    root = tmp_path_factory.mktemp("new")
    return evaluate(replace(RUN, model=Linear("new", slope=2.0)), root, replicates=200).path


@pytest.fixture(scope="module")
def board(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards") / "toy-mean" / "numbers"
    with pytest.MonkeyPatch.context() as patch:
        toys.install(patch, MEAN)
        patch.setattr("benchsuite.publishing.folder.leading", lambda *_: None)
        for path in results.glob("*/*/*/*"):
            submit(path, folder, None, print)
        rebuild(folder)
    return folder


def run_of(results: Path, model: str) -> Path:
    return next(results.glob(f"*/*/{model}"))


def test_the_verdict_says_which_model_it_is_against_and_of_how_many(results, new):
    found = bs.gate_against(results, new, POLICY)
    assert found.verdict == "PASS"
    assert "; against good, the best of 3 runs by accuracy (1.000)" in found.line
    assert found.policy == fingerprint(POLICY)
    assert "against good" in found.to_markdown()
    assert "against good" in found.explain()[-1]


def test_a_model_that_is_worse_than_the_best_fails_though_others_are_worse_still(results):
    found = bs.gate_against(results, run_of(results, "worse"), POLICY)
    assert found.verdict == "FAIL"
    assert "against good, the best of 2 runs" in found.line  # a run is not its own baseline


def test_choosing_among_several_runs_costs_a_share_of_the_error(results, new, tmp_path):
    alone = tmp_path / "alone"
    for model in ("worst", "new"):
        path = run_of(results, model) if model == "worst" else new
        shutil.copytree(path, alone / "toy-mean" / "numbers" / model / path.name)
    several = bs.gate_against(results, run_of(results, "worst"), POLICY).cells
    one = bs.gate_against(alone, run_of(results, "worst"), POLICY).cells
    assert "new, the only run" in bs.gate_against(alone, run_of(results, "worst"), POLICY).line
    assert several["detectable"].iloc[0] > one["detectable"].iloc[0]


def test_a_published_board_gives_the_verdict_of_its_runs(results, board, new, capsys):
    for where in (board, board.parents[1]):
        found = bs.gate_against(where, new, POLICY)
        assert found.verdict == "PASS"
        assert "against good, the best of 3 runs by accuracy (1.000)" in found.line
    worse = run_of(results, "worse")
    assert main(["gate", str(worse), "--against", str(board), "--replicates", "300"]) == 1
    assert "against good, the best of 2 runs" in capsys.readouterr().out


def test_a_board_without_statistics_is_refused_with_the_command_that_keeps_them(
    board, new, tmp_path, capsys
):
    bare = Path(shutil.copytree(board, tmp_path / "bare"))
    first = next((bare / "submissions").iterdir())
    shutil.rmtree(first)
    assert main(["gate", str(new), "--against", str(bare)]) == 3
    shutil.rmtree(bare / "submissions")
    found = bs.gate_against(bare, new, POLICY)
    assert found.verdict == "INVALID"
    assert "expected the statistics of its 3 runs, found none of" in found.line
    assert f"`benchsuite submit RUN --to {bare}` keeps those of a run" in found.line


@pytest.mark.parametrize("where", ["empty", "nowhere"])
def test_a_board_with_nothing_to_compare_with_is_never_a_pass(new, tmp_path, where):
    (tmp_path / "empty").mkdir()
    found = bs.gate_against(tmp_path / where, new, POLICY)
    assert found.verdict == "INVALID"
    assert "expected" in found.line


def test_a_run_that_cannot_be_read_is_left_out_and_named(results, new, tmp_path):
    copied = Path(shutil.copytree(results, tmp_path / "copied"))
    for unit in run_of(copied, "good").rglob("*.parquet"):
        unit.write_bytes(b"damage")
    found = bs.gate_against(copied, new, POLICY)
    assert "against worse, the best of 2 runs" in found.line
    assert any("left out: " in remark and "good" in remark for remark in found.remarks)


def test_the_best_by_a_cost_is_the_lowest(results, new):
    runs = [read_statistics(run_of(results, model.name)) for model in MODELS]
    cost = replace(MEAN.metrics[0], higher_is_better=False)
    best = best_of(runs, read_statistics(new), cost)
    assert best is not None
    assert best.run.identity.model == "worst"


def test_a_call_asks_for_one_baseline(new, capsys):
    for words in (["--against", "b", "--equity"], ["--against", "b", "--baseline", "c"], []):
        assert main(["gate", str(new), *words]) == 64
    assert main(["gate", str(new), "--against", "b", "--selftest"]) == 64
    assert "--selftest: expected with --baseline" in capsys.readouterr().err
