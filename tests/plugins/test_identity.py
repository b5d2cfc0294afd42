"""A plugin adds; it moves nothing that was there."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Code, Mean, Pooled
from benchsuite.gates.equity import Policy as EquityPolicy
from benchsuite.gates.equity import equity_gate
from benchsuite.runs.manifest import comparable, read_manifest
from benchsuite.runs.statistics import read_statistics
from benchsuite.task import Plug
from tests.plugins.installed import HISS, SCORE, Point, install, plugin, rows, run

POSITIVE = Pooled("positive", ("score",), lambda table, w: w @ (table["score"] > 0) / w.sum(axis=1))


def as_read(manifest):
    return json.loads(json.dumps(manifest.as_json()))


def accuracy(results) -> pd.DataFrame:
    return rows(leaderboard(results), metric="accuracy")


def test_a_plugin_changes_no_run_id_value_interval_or_rank_of_what_was_there(monkeypatch, tmp_path):
    install(monkeypatch)
    before = [
        run(tmp_path, f"model={name}", "conditions=clean,corruption")
        for name in ("linear", "centred")
    ]
    table = accuracy(tmp_path)
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE, POSITIVE), conditions=HISS)))
    after = [
        run(tmp_path, f"model={name}", "conditions=clean,corruption")
        for name in ("linear", "centred")
    ]
    assert after == before
    pd.testing.assert_frame_equal(accuracy(tmp_path), table)


def test_a_finished_run_gets_the_metrics_of_a_plugin_when_it_is_called_again(monkeypatch, tmp_path):
    install(monkeypatch)
    directory = run(tmp_path)
    units = sorted(p.name for p in directory.path.rglob("units/*/*"))
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE, POSITIVE))))
    assert run(tmp_path) == directory
    assert sorted(p.name for p in directory.path.rglob("units/*/*")) == units, (
        "nothing is predicted again"
    )
    table = rows(leaderboard(tmp_path), condition="clean", group="", form="value").set_index(
        "metric"
    )
    statistics = read_statistics(directory.path).tables["clean"]
    np.testing.assert_allclose(table["value"]["score"], statistics["score"].mean())
    np.testing.assert_allclose(table["value"]["positive"], (statistics["score"] > 0).mean())
    assert table["ci_low"]["positive"] < table["value"]["positive"] < table["ci_high"]["positive"]


def test_metrics_of_plugins_are_no_part_of_what_makes_runs_comparable(monkeypatch, tmp_path):
    install(monkeypatch)
    plain = run(tmp_path).manifest
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))))
    manifest = run(tmp_path).manifest
    assert manifest.identity == plain.identity
    assert comparable(manifest, 200) == comparable(plain, 200)
    assert [(m.name, m.added_by) for m in manifest.metrics] == [
        ("accuracy", ""),
        ("score", "extras"),
    ]
    assert manifest.environment.plugins == {"extras": "0.1"}


def test_a_manifest_whose_own_metric_claims_to_be_added_is_refused(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))))
    manifest = run(tmp_path).manifest
    read_manifest("m", as_read(manifest))
    moved = tuple(replace(m, added_by="extras") for m in manifest.metrics)
    twice = (*manifest.metrics, replace(manifest.metrics[0], added_by="extras"))
    for metrics in (moved, twice, manifest.metrics[1:]):
        with pytest.raises(BadData, match="metrics: expected accuracy"):
            read_manifest("m", as_read(replace(manifest, metrics=metrics)))


def test_a_plugin_that_is_gone_leaves_its_numbers_readable(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE, POSITIVE))))
    directory = run(tmp_path)
    table = leaderboard(tmp_path)
    install(monkeypatch)
    pd.testing.assert_frame_equal(leaderboard(tmp_path), table)
    statistics = read_statistics(directory.path)
    assert [metric.name for metric in statistics.metrics] == ["accuracy"]
    assert statistics.metric("score") == SCORE, "what it says of itself is enough"
    with pytest.raises(
        BadData, match="package extras has no version 1 of the metric 'positive' now"
    ):
        statistics.metric("positive")
    assert run(tmp_path) == directory
    assert set(leaderboard(tmp_path)["metric"]) == {"accuracy"}, "a later call has what is there"


def test_another_version_of_a_metric_is_neither_ranked_nor_compared_with_it(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))))
    first = run(tmp_path, "model=linear")
    install(monkeypatch, Point("extras", plugin(metrics=(replace(SCORE, version=2),))))
    second = run(tmp_path, "model=centred")
    table = rows(leaderboard(tmp_path), condition="clean", group="", form="value")
    ranks = table.set_index(["metric", "model"])["rank"]
    assert set(ranks["accuracy"]) == {1.0, 2.0}
    assert set(ranks["score"]) == {1.0}
    change = compare(open_board(first.path), open_board(second.path))
    assert set(change["metric"]) == {"accuracy"}


def test_boards_compare_the_metrics_that_both_runs_have(monkeypatch, tmp_path):
    install(monkeypatch)
    first = run(tmp_path, "model=linear")
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))))
    second = run(tmp_path, "model=centred")
    change = compare(open_board(first.path), open_board(second.path))
    assert set(change["metric"]) == {"accuracy"}
    assert (
        len(rows(leaderboard(tmp_path), metric="score", condition="clean", group="", form="value"))
        == 1
    )


def test_seeds_of_a_recipe_share_the_metrics_that_all_of_them_have(monkeypatch, tmp_path):
    install(monkeypatch)
    run(tmp_path, "model=linear", "model.seed='0'", "model.bias=0.1")
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,), conditions=HISS)))
    run(tmp_path, "model=linear", "model.seed='1'", "model.bias=0.2", "conditions=clean,sound")
    table = leaderboard(tmp_path)
    assert set(table["metric"]) == {"accuracy"}
    assert "sound" in set(table["condition"])
    seeds = rows(table, group="", form="value").set_index("condition")["seeds"]
    assert (seeds["clean"], seeds["sound/hiss/1"]) == (2, 1)


def test_a_metric_that_fails_has_no_value_and_says_why(monkeypatch, tmp_path, capsys):
    def bad(table, weights):
        table["score"] = 7.0
        raise ZeroDivisionError("no sum")

    wrong = Pooled("positive", ("score",), bad)
    short = replace(POSITIVE, name="short", estimator=lambda table, w: np.zeros(3))
    install(monkeypatch, Point("extras", plugin(metrics=(wrong, short, SCORE))))
    assert main(["run", "task=toy-mean", f"results={tmp_path}", "replicates=200"]) == 0
    table = rows(leaderboard(tmp_path), condition="clean", group="", form="value").set_index(
        "metric"
    )
    assert np.isfinite(table["value"][["accuracy", "score"]]).all()
    assert table["value"][["positive", "short"]].isna().all()
    (note,) = [note for note in table["note"]["positive"] if note.code == Code.FAILED]
    assert "ZeroDivisionError: no sum" in note.arguments[0]
    install(monkeypatch, Point("extras", plugin(metrics=(POSITIVE, SCORE))))
    run(tmp_path)
    table = rows(
        leaderboard(tmp_path), metric="positive", condition="clean", group="", form="value"
    )
    assert table["value"].notna().all(), "a mended metric is computed"


def test_a_metric_whose_column_is_not_measured_is_left_out_with_a_note(
    monkeypatch, tmp_path, capsys
):
    install(monkeypatch, Point("extras", plugin(metrics=(Mean("cost", "seconds"), SCORE))))
    assert main(["run", "task=toy-mean", f"results={tmp_path}", "replicates=200"]) == 0
    assert (
        "note: left out: metric cost of package extras: expected the column 'seconds'"
        in capsys.readouterr().err
    )
    assert set(leaderboard(tmp_path)["metric"]) == {"accuracy", "score"}


def test_the_equity_gate_judges_a_metric_of_a_plugin_only_where_it_is_named(monkeypatch, tmp_path):
    install(monkeypatch)
    directory = run(tmp_path)
    before = equity_gate([read_statistics(directory.path)], EquityPolicy(replicates=200))
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))))
    run(tmp_path)
    statistics = read_statistics(directory.path)
    after = equity_gate([statistics], EquityPolicy(replicates=200))
    assert (after.line, after.remarks) == (before.line, before.remarks)
    named = equity_gate([statistics], EquityPolicy(replicates=200), "score")
    assert {gap.columns()["metric"] for gap in named.judged} == {"score"}


def gated(*words: str) -> int:
    return main(["gate", *words, "--replicates", "200"])


def test_a_baseline_from_before_a_plugin_gates_and_lacks_its_metric(monkeypatch, tmp_path, capsys):
    install(monkeypatch)
    directory = run(tmp_path / "r", "conditions=clean,corruption")
    assert main(["baseline", str(directory.path), "--out", str(tmp_path / "old")]) == 0
    old = tmp_path / "old"
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,), conditions=HISS)))
    run(tmp_path / "r", "conditions=clean,corruption,sound")
    assert gated(str(directory.path), "--baseline", str(old)) == 0
    capsys.readouterr()
    assert gated(str(directory.path), "--baseline", str(old), "--metric", "score") == 3
    assert "expected the metric 'score' as in" in "".join(capsys.readouterr())
    assert main(["baseline", str(directory.path), "--out", str(tmp_path / "new")]) == 0
    assert gated(str(directory.path), "--baseline", str(tmp_path / "new"), "--metric", "score") == 0
    install(
        monkeypatch, Point("extras", plugin(metrics=(replace(SCORE, version=2),), conditions=HISS))
    )
    run(tmp_path / "r")
    assert gated(str(directory.path), "--baseline", str(tmp_path / "new"), "--metric", "score") == 3
    why = "expected version 1 of package extras as in the baseline, found version 2"
    assert why in "".join(capsys.readouterr())
    assert gated(str(directory.path), "--baseline", str(tmp_path / "new")) == 0


def test_an_unknown_metric_of_a_gate_is_a_wrong_call(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(metrics=(SCORE,))), Point("broken", OSError("no")))
    statistics = read_statistics(run(tmp_path).path)
    with pytest.raises(
        WrongCall,
        match=r"no metric is called 'scor' \(did you mean score\?\); left out: package broken",
    ):
        statistics.metric("scor")


@pytest.mark.parametrize("changed", [{"version": 2}, None])
def test_a_run_with_conditions_of_another_version_or_of_nobody_is_not_continued(
    monkeypatch, tmp_path, changed
):
    install(monkeypatch, Point("extras", plugin(conditions=HISS)))
    run(tmp_path, "conditions=clean,sound")
    points = [] if changed is None else [Point("extras", plugin(conditions=HISS, **changed))]
    install(monkeypatch, *points)
    with pytest.raises(
        WrongCall, match="has the condition 'sound/hiss/1' of version 1 of package extras, which"
    ):
        run(tmp_path, "conditions=clean")


def test_a_suite_of_a_plugin_has_a_mean_of_its_own(monkeypatch, tmp_path):
    install(
        monkeypatch,
        Point("extras", plugin(conditions=HISS, models={"hard": Plug("", "tests.toys:Linear")})),
    )
    run(tmp_path, "conditions=clean,corruption,sound,sound@sampled", "model=hard")
    table = rows(leaderboard(tmp_path), scope="suite", group="", form="value")
    assert {"corruption", "sound", "sound@sampled"} <= set(table["condition"])


def test_a_metric_that_no_process_can_be_sent_is_no_matter_to_workers(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(metrics=(POSITIVE,), conditions=HISS)))
    here = run(tmp_path / "a", "conditions=clean,sound")
    there = run(tmp_path / "b", "conditions=clean,sound", "engine.workers=2")
    cells = [directory.cells() for directory in (here, there)]
    assert cells[0].equals(cells[1])


def test_a_suite_that_has_grown_is_not_compared_with_what_it_was(monkeypatch, tmp_path):
    install(monkeypatch, Point("extras", plugin(conditions=HISS[:2])))
    first = run(tmp_path, "model=linear", "conditions=clean,sound")
    install(monkeypatch, Point("extras", plugin(conditions=HISS)))
    second = run(tmp_path, "model=centred", "conditions=clean,sound")
    change = compare(open_board(first.path), open_board(second.path))
    assert {"clean", "sound/hiss/1", "sound/hiss/2"} <= set(change["condition"])
    assert "sound" not in set(change["condition"])
