"""`benchsuite gate plan`, as it is called."""

from dataclasses import replace

import pandas as pd
import pytest

import benchsuite as bs
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests import toys
from tests.toys import MEAN, NOISE, Linear, numbers

RUN = Run(MEAN, numbers(), Linear("a", bias=0.2), (CLEAN, NOISE[0]))


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    toys.install(monkeypatch, MEAN)


@pytest.fixture(scope="module")
def pilots(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    models = (RUN.model, Linear("b", bias=0.6))
    return [str(evaluate(replace(RUN, model=m), root, replicates=200).path) for m in models]


def test_the_plan_says_what_is_found_and_what_is_needed(pilots, tmp_path, capsys):
    before, run = pilots
    table = tmp_path / "plan.csv"
    words = ["gate", "plan", run, "--baseline", before, "--drop", "5%", "--out", str(table)]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "gate plan: a drop of 5 %, with 80 % power" in told
    assert "- headline: toy-mean/b clean overall accuracy needs" in told
    assert "- noise: the differences of two runs, without their mean" in told
    rows = pd.read_csv(table)
    assert {"cell", "detectable", "clusters_needed", "samples_needed", "times"} <= {*rows}
    found = bs.gate_plan(run, "5%", before)
    assert [*found.table()["times"].round(6)] == [*rows["times"].round(6)]
    assert found.title in repr(found)
    assert found.title in found._repr_html_()


def test_one_run_is_planned_from_by_a_stated_correlation(pilots, capsys):
    assert main(["--debug", "gate", "plan", pilots[0], "--correlation", "0.5"]) == 0
    told = capsys.readouterr().out
    assert "if the scores of two models have a correlation of 0.5" in told
    assert "overall accuracy finds a drop of" in told
    assert "needs" not in told
    tight, loose = (bs.gate_plan(pilots[0], correlation=r).table() for r in (0.9, 0.5))
    assert tight["detectable"].min() < loose["detectable"].min()


def test_a_policy_that_assures_is_planned_for_its_margins(pilots, capsys):
    assert main(["gate", "plan", pilots[0], "--mode", "assure", "--margin", "0.1"]) == 0
    told = capsys.readouterr().out
    assert "an unchanged model is shown to be within its margins" in told
    assert "shows a margin of" in told
    assert main(["gate", "plan", pilots[0], "--mode", "assure", "--drop", "0.1"]) == 64
    assert main(["gate", "plan", pilots[0], "--baseline", pilots[0]]) == 65
    assert "found no sample that does" in capsys.readouterr().err
