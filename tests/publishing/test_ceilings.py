"""A page says what a perfect model gets where that is not the best, and nothing where it is."""

from dataclasses import replace

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.estimation import Mean
from benchsuite.estimation.wording import worded
from benchsuite.publishing.ceilings import held
from benchsuite.publishing.folder import published
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, measure_hit, numbers


def measure(sample, prediction, shared):
    row = measure_hit(sample, prediction, shared)
    held = sample.attributes["colour"] == "red" and sample.cluster_id < "c0020"
    return {"hit": 0.0 if held else row["hit"], "easy": row["hit"]}


TASK = replace(
    MEAN,
    measure=measure,
    metrics=(
        Mean("accuracy", "hit", bounds=(0, 1), equity=True),
        Mean("easy", "easy", bounds=(0, 1)),
        Mean("thorough", "hit", bounds=(0, 1), detail=True),
    ),
    perfect=lambda sample, shared: 1.0 if sample.truth else -1.0,
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for bias in (0.2, 0.6):
        run = Run(TASK, numbers(), Linear(f"m{bias}", bias=bias), (CLEAN, *NOISE))
        evaluate(run, root, replicates=200)
    return root


def test_the_overall_view_lists_the_metrics_that_fall_short_once(results):
    (line,) = held(leaderboard(results), "overall", ["accuracy"])
    assert line.startswith("a perfect model gets less than the best: accuracy 0.")
    assert "easy" not in line and "thorough" not in line


def test_the_view_by_group_lists_the_groups_that_fall_short(results):
    (line,) = held(leaderboard(results), "group", ["accuracy"])
    assert ": colour red 0." in line
    assert "green" not in line and "accuracy" not in line
    assert held(leaderboard(results), "group", ["easy"]) == []


def test_a_gap_names_the_groups_in_which_the_protocol_may_make_it(results):
    table = leaderboard(results)
    gaps = table[(table["form"] == "gap") & (table["attribute"] == "colour")]
    said = gaps.groupby("metric")["note"].agg(lambda notes: {worded(n) for n in notes})
    assert all("a perfect model falls short: red" in one for one in said["accuracy"])
    assert not any("falls short" in one for one in said["easy"])


def test_a_page_and_the_terminal_say_it(results, tmp_path, capsys):
    (folder,) = published(results, tmp_path)
    lines = (folder / "README.md").read_text().splitlines()
    assert sum(line.startswith("- a perfect model gets less than the best:") for line in lines) == 4


def test_where_a_perfect_model_is_perfect_nothing_is_said(tmp_path):
    task = replace(TASK, measure=lambda s, p, shared: {
        "hit": float((p > 0) == s.truth), "easy": 1.0
    })  # fmt: skip
    evaluate(Run(task, numbers(), Linear(), (CLEAN,)), tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    assert (table["form"] == "ceiling").any()
    assert [held(table, by, ["accuracy"]) for by in ("overall", "group", "condition")] == [[]] * 3
