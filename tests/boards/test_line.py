"""Effective robustness on a board: of a named set of rows, and no other row's number moves."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchsuite.boards.board import load_boards
from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import leaderboard, table
from benchsuite.condition import CLEAN
from benchsuite.estimation import Code
from benchsuite.publishing.views import view
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form
from benchsuite.runs.plan import Run
from tests.boards.test_reported import written
from tests.estimation.test_line import SHARE, slow
from tests.toys import MEAN, NOISE, Linear, numbers


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for i in range(5):
        model = Linear(f"m{i}", bias=0.2 + 0.2 * i)
        evaluate(Run(MEAN, numbers(), model, (CLEAN, *NOISE)), root, replicates=200)
    return root


def effective(found):
    return found[found["form"] == Form.EFFECTIVE].set_index("model")


def scores(found, condition: str):
    rows = found[(found["form"] == "value") & (found["attribute"] == "")]
    rows = rows[(rows["metric"] == "accuracy") & (rows["condition"] == condition)]
    return rows.set_index("model")["value"]


def test_every_model_of_five_has_the_residual_over_the_line_of_the_others(root):
    found = leaderboard(root)
    rows = effective(found)
    rows = rows[rows["metric"] == "accuracy"]
    clean, shifted = scores(found, "clean"), scores(found, "corruption")[list(rows.index)]
    expected = slow(list(clean[list(rows.index)]), list(shifted), SHARE)
    np.testing.assert_allclose(rows["value"], expected, atol=1e-9)
    assert set(rows["condition"]) == {"corruption"}
    assert (rows["ci_low"] <= rows["value"]).all() and (rows["value"] <= rows["ci_high"]).all()
    (named,) = {notes[-1] for notes in rows["note"]}
    assert (named.code, named.arguments[1]) == (Code.OVER_LINE, 5)


def test_four_models_have_no_line(root):
    boards = load_boards(root)
    assert len(effective(table(boards))) > 0
    assert len(effective(table(boards[1:]))) == 0


def test_another_model_makes_another_set_and_moves_no_other_form(root, tmp_path):
    shutil.copytree(root, tmp_path / "more")
    before = leaderboard(tmp_path / "more")
    sixth = Run(MEAN, numbers(), Linear("m5", slope=9, bias=0.9), (CLEAN, *NOISE))
    evaluate(sixth, tmp_path / "more", replicates=200)
    after = leaderboard(tmp_path / "more")
    mine = after[after["model"] != "m5"]
    keys = ["model", "condition", "attribute", "group", "metric", "form"]
    a, b = (
        part[~part["form"].isin([Form.EFFECTIVE, Form.MDE])].set_index(keys)[["value", "ci_low"]]
        for part in (before, mine)
    )
    assert a.sort_index().equals(b.sort_index())
    sets = [{row[-1].arguments for row in effective(one)["note"]} for one in (before, after)]
    assert sets[0].isdisjoint(sets[1])


def test_published_numbers_have_a_value_alone_within_their_protocol(tmp_path):
    rows = []
    for protocol, models in (("p", 5), ("q", 4)):
        for i in range(models):
            values = {"clean": 0.9 - i / 10, **{c.full_name: 0.7 - i / 9 for c in NOISE}}
            rows += [f"m{i},numbers,{c},accuracy,{v},A,{protocol}" for c, v in values.items()]
    path = written(tmp_path, *rows, head="model,dataset,condition,metric,value,source,protocol")
    found = effective(table(read_reported(path, MEAN)))
    assert set(found["protocol"]) == {"p"}
    assert len(found) == 5
    assert found["value"].notna().all() and found["ci_low"].isna().all()


def test_a_model_at_a_bound_has_no_logit_and_is_left_out_of_the_set(tmp_path):
    rows = []
    for i, clean in enumerate((0.9, 0.8, 0.7, 0.6, 0.5, 1.0)):
        values = {"clean": clean, **{c.full_name: clean / 2 for c in NOISE}}
        rows += [f"m{i},numbers,{c},accuracy,{v},A" for c, v in values.items()]
    found = effective(table(read_reported(written(tmp_path, *rows), MEAN)))
    assert sorted(found.index) == ["m0", "m1", "m2", "m3", "m4"]


def test_a_cost_over_the_line_is_worse(tmp_path):
    metrics = tuple(replace(one, higher_is_better=False) for one in MEAN.metrics)
    task = replace(MEAN, metrics=metrics)
    rows = []
    for i in range(5):
        values = {"clean": 0.9 - i / 10, **{c.full_name: 0.7 - i / 9 for c in NOISE}}
        rows += [f"m{i},numbers,{c},accuracy,{v},A" for c, v in values.items()]
    found = effective(table(read_reported(written(tmp_path, *rows), task)))
    assert not found["higher_is_better"].any()


def test_the_view_of_robustness_shows_it(root):
    shown = view(leaderboard(root), "robustness")
    assert "corruption: effective robustness" in shown
    assert shown["corruption: effective robustness"].str.contains(r"\[").all()
