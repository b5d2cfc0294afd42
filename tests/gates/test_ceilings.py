"""A gate on gaps does not blame a model for what the protocol makes, and still finds what it does."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.condition import CLEAN
from benchsuite.estimation import Estimate
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.gates.equity import Policy, equity_gate
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from tests.gates.test_equity import FAIR, statistics
from tests.toys import Linear, install, numbers

POLICY = Policy(replicates=400)
SHORT = 0.8
RED, GREEN, BLUE = (Group(("colour",), (name,)) for name in ("red", "green", "blue"))


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    install(monkeypatch, FAIR)


def ceilings(**known):
    perfect = {EVERYBODY: 1.0, RED: 1.0, GREEN: 1.0, BLUE: 1.0}
    perfect |= {{"red": RED, "blue": BLUE}[name]: value for name, value in known.items()}
    none = np.zeros(0)
    return {
        ("clean", g, "accuracy"): Estimate.of(v, none, n=9, clusters=9) for g, v in perfect.items()
    }


def run(by_colour, seed=0, n=600, known=None, spread=0.15):
    """A run whose scores have these means by colour, in which the protocol holds red at SHORT."""
    made = statistics(seed=seed, n=n)
    rng = np.random.default_rng([seed, 9])

    def scores(table: pd.DataFrame) -> pd.DataFrame:
        means = table["colour"].map(by_colour)
        return table.assign(hit=np.clip(means + rng.normal(0, spread, len(table)), 0, 1))

    held = {"red": SHORT} if known is None else known
    tables = {name: scores(table) for name, table in made.tables.items()}
    return replace(made, tables=tables, ceilings=ceilings(**held))


def perfect():
    """Everything that counts is right: one in five of red is out of reach."""
    made = run({"red": 1, "green": 1, "blue": 1})
    table = made.tables["clean"]
    out = (table["colour"] == "red") & (table.groupby("colour").cumcount() % 5 == 0)
    return replace(made, tables={"clean": table.assign(hit=np.where(out, 0.0, 1.0))})


def test_a_perfect_model_passes_though_it_fails_where_nobody_knows_its_ceiling():
    assert equity_gate([replace(perfect(), ceilings={})], POLICY).verdict == Verdict.FAIL
    outcome = equity_gate([perfect()], POLICY)
    assert outcome.verdict == Verdict.PASS
    assert outcome.judged[0].low == 0 < outcome.judged[0].value
    assert any("a perfect model gets red 0.800 under this protocol" in r for r in outcome.remarks)


def test_a_model_that_is_worse_by_more_than_the_protocol_takes_still_fails():
    outcome = equity_gate([run({"red": 0.4, "green": 0.7, "blue": 0.7})], POLICY)
    assert outcome.verdict == Verdict.FAIL
    assert "red worse than" in outcome.line
    bare = equity_gate([run({"red": 0.4, "green": 0.7, "blue": 0.7}, known={})], POLICY)
    assert 0 < outcome.judged[0].low < bare.judged[0].low
    assert outcome.judged[0].value == bare.judged[0].value


def test_a_gap_between_other_groups_is_found_as_before():
    outcome = equity_gate([run({"red": 0.6, "green": 0.7, "blue": 0.4})], POLICY)
    assert outcome.verdict == Verdict.FAIL
    assert "blue worse than green" in outcome.line


@pytest.mark.parametrize(
    "means",
    [
        {"red": 0.0, "green": 0.0, "blue": 0.0},  # of nothing, every share is the same
        {"red": 0.7, "green": 0.7, "blue": 0.7},  # only the shares differ
        {"red": 0.7 * SHORT, "green": 0.7, "blue": 0.7},  # only the scores differ
    ],
)
def test_a_gap_in_scores_alone_or_in_shares_alone_is_none(means):
    alarms = [
        equity_gate([run(means, seed=seed)], POLICY).verdict == Verdict.FAIL for seed in range(12)
    ]
    assert sum(alarms) <= 2


def test_a_model_is_never_assured_by_a_protocol_that_cannot_see_all_of_a_group():
    policy = replace(POLICY, mode="assure", tolerance=0.1)
    outcome = equity_gate([perfect()], policy)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert any("a perfect model gets red 0.800" in remark for remark in outcome.remarks)


def test_where_no_ceiling_binds_nothing_changes():
    bare = statistics(0.08)
    known = replace(bare, ceilings=ceilings())
    found, expected = (equity_gate([one], POLICY) for one in (known, bare))
    assert found.line == expected.line and found.remarks == expected.remarks
    assert [g.columns() for g in found.judged] == [g.columns() for g in expected.judged]


def test_a_run_brings_the_ceilings_of_its_directory(tmp_path):
    held = {s.id for s in numbers().samples() if s.attributes["colour"] == "red"}

    def measure(sample, prediction, shared):
        right = (prediction > 0) == sample.truth
        return {"hit": float(right and (sample.id not in held or sample.cluster_id > "c0020"))}

    task = replace(FAIR, measure=measure, perfect=lambda s, shared: 1.0 if s.truth else -1.0)
    run = Run(task, numbers(), Linear(), (CLEAN,))
    found = run_statistics(evaluate(run, tmp_path, replicates=200))
    assert found.ceilings["clean", RED, "accuracy"].value < 1
