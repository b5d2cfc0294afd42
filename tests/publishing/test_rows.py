"""What a view leaves out: models, conditions and groups in which a metric has no sample."""

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite.estimation import Mean, Ratio
from benchsuite.publishing.folder import publish
from benchsuite.publishing.views import VIEWS, view, without_value
from benchsuite.publishing.words import legend
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, measure_hit, numbers

LOUD = 1e6
"""The slope of a model whose answers are loud."""


def measure_loud(sample: Sample, prediction: float, shared: Mapping[str, Any]) -> dict[str, Any]:
    """A hit; and whether the answer is loud, which those to red samples never are."""
    loud = abs(prediction) > 50 and sample.attributes["colour"] != "red"
    return {**measure_hit(sample, prediction, shared), "loud": float(loud), "one": 1.0}


TASK = replace(
    MEAN,
    measure=measure_loud,
    metrics=(
        *MEAN.metrics,
        Mean("loud hits", "hit", where="loud", bounds=(0, 1)),
        Ratio("loud rate", "hit", "one", where="loud", bounds=(0, 1)),
    ),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Runs of a model that is loud, and of one that never is."""
    root = tmp_path_factory.mktemp("results")
    for model in (Linear("quiet"), Linear("loud", slope=LOUD)):
        evaluate(Run(TASK, numbers(), model, (CLEAN, *NOISE)), root, replicates=200)
    return root


@pytest.mark.parametrize("metric", ["loud hits", "loud rate"])
def test_a_model_without_a_sample_is_no_column_and_no_row(root, metric):
    table = leaderboard(root)
    for by in ("condition", "group"):
        shown = view(table, by, metric)
        assert "loud" in shown
        assert "quiet" not in shown
    assert list(view(table, "robustness", metric)["model"]) == ["loud"]


@pytest.mark.parametrize("metric", ["loud hits", "loud rate"])
def test_a_group_without_a_sample_is_no_row(root, metric):
    shown = view(leaderboard(root), "group", metric)
    assert list(shown["group"])[:2] == ["blue", "green"]
    assert "red" not in set(shown["group"])
    assert "0" not in set(shown["n"])


def test_where_both_have_samples_all_are_shown(root):
    table = leaderboard(root)
    assert {"quiet", "loud"} <= {*view(table, "group")}
    assert "red" in set(view(table, "group")["group"])


@pytest.mark.parametrize("by", VIEWS)
@pytest.mark.parametrize("metric", ["", "loud hits", "loud rate"])
def test_a_quiet_model_s_tables_have_no_cell_without_samples(root, by, metric):
    table = leaderboard(root)
    alone = table[table["model"] == "quiet"]
    shown = view(alone, by, metric)
    cells = [str(cell) for column in shown for cell in shown[column]]
    assert not {"n=0", "denominator 0"} & {*cells}
    if metric and by != "overall":
        assert shown.empty
    if not metric:
        assert "–" not in cells
        assert without_value(alone) == {}


def test_a_view_without_a_row_says_why(tmp_path, capsys, monkeypatch):
    install(monkeypatch, TASK)
    evaluate(Run(TASK, numbers(), Linear("quiet"), (CLEAN,)), tmp_path, replicates=200)
    asked = ["leaderboard", "--results", str(tmp_path), "--metric", "loud hits", "--by"]
    for by, said in (("condition", "No model has a sample"), ("group", "No attribute has two")):
        assert main([*asked, by]) == 0
        assert said in capsys.readouterr().out


def test_a_part_of_a_set_is_a_short_mark_that_the_legend_explains_once(root, tmp_path):
    some = Run(TASK, numbers(), Linear("some", bias=0.2), (CLEAN, NOISE[0]))
    evaluate(some, tmp_path, replicates=200)
    whole = Run(TASK, numbers(), Linear("whole"), (CLEAN, *NOISE))
    evaluate(whole, tmp_path, replicates=200)
    shown = view(leaderboard(tmp_path), "robustness")
    assert shown.set_index("model").loc["some", "corruption"] == "◌ 1/3"
    marks = [line for line in legend(shown, {}, {}) if line.startswith("◌")]
    assert len(marks) == 1


def test_nobody_reads_of_a_set_that_no_model_was_asked_for(tmp_path):
    some = Run(TASK, numbers(), Linear("some"), (CLEAN, *NOISE[:2]))
    evaluate(some, tmp_path / "runs", replicates=200)
    (folder,) = publish(tmp_path / "runs", tmp_path / "out")
    page = (folder / "README.md").read_text()
    assert "incomplete" not in page
    assert "◌" not in page


def test_a_page_shows_the_figure_that_says_most(root, tmp_path):
    (folder,) = publish(root, tmp_path)
    page = (folder / "README.md").read_text()
    assert re.findall(r"!\[(.*)\]\((.*)\)", page) == [("accuracy of each model", "figure.png")]
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_without_matplotlib_has_no_figure(root, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    (folder,) = publish(root, tmp_path)
    assert "figure.png" not in (folder / "README.md").read_text()
    assert not (folder / "figure.png").exists()


def test_what_is_said_of_groups_is_left_out_where_a_single_one_can_be_judged(root):
    table = leaderboard(root)
    said = table["attribute"] == "colour"
    alone = table.assign(value=table["value"].where(~said | (table["form"] == "value")))
    shown = view(alone, "group").set_index("attribute")
    assert {"gap", "null95", "worst"} <= set(view(table, "group")["group"])
    assert not {"gap", "null95", "worst"} & set(shown.loc[["colour"], "group"])
    assert {"red", "blue", "green"} <= set(shown.loc[["colour"], "group"])
