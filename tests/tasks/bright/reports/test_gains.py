"""Gains over a first stage are paired, by split, shown at one 5 %, and count lists left alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import MacroMean, interval
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.task import silent
from benchsuite_tasks.bright.reports.gains import report
from benchsuite_tasks.bright.reports.points import weights
from tests.tasks.bright.runs import statistics

RANDOM = np.random.default_rng(5)
SIZES = {"aops": 60, "pony": 120}
SPLITS = np.repeat([*SIZES], [*SIZES.values()])
FIRST = RANDOM.beta(1, 3, len(SPLITS))
GAIN = np.where(SPLITS == "pony", 0.2, 0.0) + RANDOM.normal(0, 0.15, len(SPLITS))
ALONE = 25
"""Queries whose lists the reranker left alone."""


def run(model: str, values, changed_from: int = 0, shift: float = 0.0):
    ids = [f"{n:04d}" for n in range(len(values))]
    table = pd.DataFrame({
        "sample_id": ids, "cluster": ids, "split": SPLITS, "ndcg@10": values,
        "docs": [["a", "b"]] * len(ids),
        "scores": [[2.0, 1.0 + shift * (n >= changed_from)] for n in range(len(ids))],
    })  # fmt: skip
    return statistics({"clean": table}, {}, model=model)


@pytest.fixture(scope="module")
def runs():
    reranked = np.where(np.arange(len(FIRST)) < ALONE, FIRST, FIRST + GAIN)
    return [run("first", FIRST), run("second", reranked, ALONE, 0.5), run("same", FIRST)]


def test_a_gain_is_the_mean_of_the_paired_differences_with_its_interval(runs):
    found = report(runs[:2], silent, first="first").tables["gains"].set_index("split")
    change = runs[1].tables["clean"]["ndcg@10"] - runs[0].tables["clean"]["ndcg@10"]
    paired = runs[0].tables["clean"].assign(change=change)
    by_split = paired.groupby("split")["change"].mean()
    assert found.loc[["aops", "pony"], "gain"].to_numpy() == pytest.approx(by_split.to_numpy())
    assert found.loc["mean", "gain"] == pytest.approx(by_split.mean())
    metric = MacroMean("change", "change", "split")
    groups = [EVERYBODY, Group(("split",), ("aops",)), Group(("split",), ("pony",))]
    cells = condition_cells([paired], [metric], groups, weights(runs[0]))
    for group in groups:
        expected = interval(cells[group, "change"])
        row = found.loc[group.value or "mean"]
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=2e-4)
    assert list(found["queries"]) == [180, 60, 120]


def test_only_what_the_data_can_tell_is_shown(runs):
    found = report(runs, silent, first="first").tables["gains"].set_index(["model", "split"])
    assert found.loc[("second", "pony"), "shown"] == "gain"
    assert found.loc[("second", "aops"), "shown"] == ""
    assert set(found.loc["same", "shown"]) == {""}
    back = report(runs[:2], silent, first={"first": "second"}).tables["gains"].set_index("split")
    assert back.loc["pony", "shown"] == "loss"
    assert 0 < found.loc[("second", "pony"), "mde"] < 0.2


def test_lists_that_are_the_first_stages_are_counted(runs):
    result = report(runs, silent, first="first")
    found = result.tables["gains"].set_index(["model", "split"])["unchanged"]
    assert list(found["second"]) == [ALONE, ALONE, 0]
    assert list(found["same"]) == [180, 60, 120]
    assert result.files["gains.png"].startswith(b"\x89PNG")


def test_what_is_wrong_in_a_call_is_one_line(runs):
    with pytest.raises(WrongCall, match=r"first: no run is of the model 'frist'.*first"):
        report(runs, silent, first="frist")
    with pytest.raises(WrongCall, match="expected each model once, found two runs of one name"):
        report([*runs, runs[0]], silent, first="first")
    with pytest.raises(WrongCall, match="expected a system beside its first stage, found none"):
        report(runs[:1], silent, first="first")
    other = replace(runs[1].manifest.identity, protocol="ties: as given")
    changed = replace(runs[1], manifest=replace(runs[1].manifest, identity=other))
    with pytest.raises(BadData, match="protocol: expected  as in run, found ties: as given"):
        report([runs[0], changed], silent, first="first")
