"""The samples behind a number: own scores, influences, the worst, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.board import load_board
from benchsuite.boards.samples import differences, samples, worst
from benchsuite.condition import CLEAN, with_sampled
from benchsuite.dataset import Sample
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Mean, spearman
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Key
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Task
from tests.toys import AP, MEAN, NOISE, Faulty, Linear, install, numbers

RED = ("colour", "red")


def a_run(
    path: Path, task: Task = MEAN, model: Linear | None = None, **changes: object
) -> RunDirectory:
    run = Run(task, numbers(), model or Linear(bias=0.2), (CLEAN, *NOISE))
    return evaluate(replace(run, **changes), path, replicates=20)


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, MEAN, AP)


@pytest.fixture
def finished(tmp_path: Path) -> RunDirectory:
    return a_run(tmp_path)


@pytest.fixture
def run(finished: RunDirectory) -> Statistics:
    return run_statistics(finished)


def test_a_row_says_who_the_sample_is_its_own_score_and_its_influence(run):
    found = samples(run)
    assert list(found) == [
        "sample_id", "accuracy", "influence", "cluster", "colour", "size", "error",
    ]  # fmt: skip
    table = run.tables["clean"]
    assert list(found["sample_id"]) == list(table["sample_id"])
    hit = table["hit"].to_numpy()
    np.testing.assert_array_equal(found["accuracy"], hit)
    expected = hit.mean() - (hit.sum() - hit) / (len(hit) - 1)
    np.testing.assert_allclose(found["influence"], expected, atol=1e-15)


@pytest.mark.parametrize("group", [RED, ("colour×size", "red×big"), Group(("size",), ("big",))])
def test_influences_are_those_on_the_groups_value(finished, run, group):
    found = samples(run, "corruption/noise/2", group=group)
    hit = found["accuracy"]
    np.testing.assert_allclose(
        found["influence"], hit.mean() - (hit.sum() - hit) / (len(hit) - 1), atol=1e-15
    )
    of = next(g for g in run.groups("clean") if g == group or (g.attribute, g.value) == group)
    cell = load_board(finished).estimates[Key("corruption/noise/2", of, "accuracy")]
    assert hit.mean() == pytest.approx(cell.value, abs=1e-12) and len(found) == cell.n


def test_a_set_of_conditions_has_the_mean_of_scores_and_of_influences(run):
    found = samples(run, "corruption").set_index("sample_id")
    parts = [samples(run, c.full_name).set_index("sample_id") for c in NOISE]
    assert list(found.columns) == list(parts[0].columns)
    for name in ("accuracy", "influence"):
        expected = sum(part[name] for part in parts) / len(parts)
        pd.testing.assert_series_equal(found[name], expected)


def test_a_sample_of_a_sampled_suite_moves_the_mean_by_what_it_was_measured_under(tmp_path):
    known = with_sampled(MEAN.known_conditions())
    dealt = tuple(c for c in known.values() if c.drawn_from)
    run = run_statistics(a_run(tmp_path, conditions=(CLEAN, *dealt)))
    label = dealt[0].suite
    found = samples(run, label).set_index("sample_id")
    assert len(found) == 90 and worst(run, 5, label)["influence"].notna().all()

    def mean(left_out: str) -> float:
        tables = [run.tables[c.full_name] for c in dealt]
        return float(np.mean([t["hit"][t["sample_id"] != left_out].mean() for t in tables]))

    for sample in list(found.index)[:20]:
        assert found["influence"][sample] == pytest.approx(mean("") - mean(sample), abs=1e-12)
        hits = [
            t["hit"][t["sample_id"] == sample] for t in (run.tables[c.full_name] for c in dealt)
        ]
        assert found["accuracy"][sample] == pytest.approx(pd.concat(hits).mean())
        assert len(pd.concat(hits)) == 2


def test_the_worst_come_first_ties_by_id_and_those_without_a_score_last(run):
    table = run.tables["clean"]
    table.loc[table["sample_id"] == "s0000", "hit"] = np.nan
    ordered = worst(run, 90)
    known = ordered[ordered["accuracy"].notna()]
    assert list(known["accuracy"]) == sorted(known["accuracy"])
    assert all(list(part) == sorted(part) for _, part in known.groupby("accuracy")["sample_id"])
    assert list(ordered["sample_id"])[-1] == "s0000"


def test_the_worst_are_rows_of_the_samples(run):
    every = samples(run, "corruption", group=RED).set_index("sample_id")
    some = worst(run, 7, "corruption", group=RED).set_index("sample_id")
    assert len(some) == 7
    pd.testing.assert_frame_equal(some, every.loc[some.index])


def test_the_direction_of_a_metric_says_what_is_worst(monkeypatch, tmp_path):
    error = replace(MEAN, metrics=(Mean("misses", "hit", higher_is_better=False),))
    install(monkeypatch, error)
    assert worst(run_statistics(a_run(tmp_path, error)), 3)["misses"].tolist() == [1, 1, 1]


def test_where_no_sample_has_a_score_those_that_pull_the_number_down_come_first(
    monkeypatch, tmp_path
):
    rho = replace(MEAN, metrics=(spearman("rho", "hit", "place"),), measure=_with_place)
    install(monkeypatch, rho)
    run = run_statistics(a_run(tmp_path, rho))
    found, every = worst(run, 5), samples(run)
    assert found["rho"].isna().all()
    assert list(found["influence"]) == sorted(every["influence"])[:5]
    assert found["influence"].iloc[0] < 0 < every["influence"].max()


def _with_place(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**MEAN.measure(sample, prediction, shared), "place": float(sample.id[1:])}


def test_a_pooled_metric_has_scores_and_influences(tmp_path):
    run = run_statistics(a_run(tmp_path, AP))
    found = samples(run)
    assert set(found["AP"].dropna()) == {1.0} and found["AP"].isna().any()
    assert found["influence"].notna().all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"condition": "corruption/noise/4"}, "'corruption/noise/4' is not measured .did you mean"),
        ({"condition": 5}, "'5' is not measured"),
        ({"metric": "acuracy"}, r"no metric is called 'acuracy' .did you mean accuracy\?"),
        ({"group": ("colour", "rad")}, r"no group is called 'colour=rad' .did you mean colour=red"),
        ({"group": ("color", "red")}, r"no group is called 'color=red' .did you mean colour=red"),
        ({"group": ("colour×size", "red×bg")}, r"did you mean colour×size=red×big"),
        ({"group": Group(("colour",), ("",))}, r"no group is called 'colour'"),
    ],
)
def test_a_name_that_the_run_lacks_gets_its_neighbours(run, asked, message):
    for find in (samples, worst):
        with pytest.raises(WrongCall, match=message):
            find(run, **asked)
    with pytest.raises(WrongCall, match=message):
        differences(run, run, **asked)


def test_a_set_that_is_not_whole_has_no_samples(tmp_path):
    run = run_statistics(a_run(tmp_path, conditions=(CLEAN, *NOISE[:2])))
    with pytest.raises(WrongCall, match="'corruption': expected 3 measured conditions, found 2"):
        samples(run, "corruption")


@pytest.mark.parametrize("n", [0, -1])
def test_no_sample_cannot_be_asked_for(run, n):
    with pytest.raises(WrongCall, match=f"expected at least 1, found {n}"):
        worst(run, n)


def test_a_failed_sample_keeps_its_error(tmp_path):
    model = Faulty(fault="nan")
    run = run_statistics(a_run(tmp_path, model=model, on_error="skip"))
    found = samples(run).set_index("sample_id")
    assert "finite" in found["error"]["s0007"] and np.isnan(found["accuracy"]["s0007"])
    assert (found["error"].drop("s0007") == "").all()
    assert found["influence"].isna().all()
    averaged = samples(run, "corruption").set_index("sample_id")
    assert "finite" in averaged["error"]["s0007"] and np.isnan(averaged["accuracy"]["s0007"])


def test_attributes_that_are_called_like_columns_keep_a_name(run):
    taken = replace(
        run,
        tables={c: t.assign(influence="x", accuracy="y") for c, t in run.tables.items()},
        attributes=("accuracy", "colour", "influence"),
    )
    found = samples(taken)
    assert set(found["attribute influence"]) == {"x"}
    assert set(found["attribute accuracy"]) == {"y"}


def test_a_condition_may_be_asked_for_without_its_kind(run):
    pd.testing.assert_frame_equal(samples(run, "noise/3"), samples(run, "corruption/noise/3"))
    assert set(differences(run, run, "noise/2")["condition"]) == {"corruption/noise/2"}


def test_differences_show_the_most_changed_first_and_the_worse_before_the_better(run, tmp_path):
    other = run_statistics(a_run(tmp_path, model=Linear(bias=-0.3)))
    found = differences(run, other)
    assert list(found) == [
        "sample_id", "difference", "condition", "a", "b", "cluster", "colour", "size", "error",
    ]  # fmt: skip
    assert len(found) == 4 * 90 and set(found["condition"]) == set(run.tables)
    changes = list(found["difference"])
    assert changes == sorted(changes, key=lambda d: (-abs(d), d)) and {-1, 0, 1} == set(changes)
    for row in found.itertuples():
        pair = [s.tables[row.condition].set_index("sample_id") for s in (run, other)]
        assert (row.a, row.b) == tuple(t["hit"][row.sample_id] for t in pair)


def test_differences_of_a_condition_or_set_have_its_rows(run):
    assert set(differences(run, run, "clean")["condition"]) == {"clean"}
    assert set(differences(run, run, "corruption")["condition"]) == {c.full_name for c in NOISE}
    assert set(differences(run, run, group=RED)["colour"]) == {"red"}


def test_runs_that_cannot_be_compared_have_no_differences(run, tmp_path):
    other = run_statistics(a_run(tmp_path, dataset=numbers(60)))
    with pytest.raises(BadData, match="dataset_fingerprint: expected"):
        differences(run, other)


def test_runs_without_a_common_condition_have_no_differences(run, tmp_path):
    other = run_statistics(a_run(tmp_path / "b", conditions=NOISE[:1], model=Linear(bias=1)))
    clean = replace(run, tables={"clean": run.tables["clean"]})
    with pytest.raises(BadData, match="expected a condition of A, found corruption/noise/1"):
        differences(clean, other)
    assert EVERYBODY in run.groups("clean")
