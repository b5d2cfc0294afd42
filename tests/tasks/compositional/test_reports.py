"""Reports read runs' factors and statistics: what adapting gains, by setting and by condition."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchsuite.dataset import in_memory
from benchsuite.errors import BadData
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.publishing.curves import Curve, curves_of
from benchsuite.runs.cells import read_cells
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics
from benchsuite.task import silent
from benchsuite_tasks.compositional.datasets.groups import Group, of_features
from benchsuite_tasks.compositional.datasets.mini import shapes_mini
from benchsuite_tasks.compositional.metrics import AFTER, ITERATIONS
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.dual_mini import DualMini
from benchsuite_tasks.compositional.models.features import Features
from benchsuite_tasks.compositional.reports.adaptation import adaptation
from benchsuite_tasks.compositional.reports.by_condition import by_condition
from benchsuite_tasks.compositional.reports.figures import CURVES
from benchsuite_tasks.compositional.reports.rows import Shown, as_numbers, in_points
from benchsuite_tasks.compositional.task import TASK

QUICK = {"iterations": 2, "epochs": 2, "rate": 1e-2, "start": 1.0, "end": 0.0}
SIMPLE = {**QUICK, "iterations": 1, "schedule": "constant", "start": 0.0}


def embedded() -> Any:
    key = np.random.default_rng(0)
    groups = []
    for n in range(40):
        images = key.normal(size=(2, 16)).astype(np.float32)
        texts = (0.5 * images + key.normal(size=(2, 16))).astype(np.float32)
        groups.append(Group("toy", f"g{n}", images, texts, attributes={"half": str(n % 2)}))
    return of_features("toy", groups)


def statistics(run: Run, root) -> Statistics:
    return run_statistics(evaluate(run, root, replicates=200))


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Statistics]:
    """The raw model, and two methods under two protocols, one of them with two capacities."""
    root, dataset = tmp_path_factory.mktemp("runs"), embedded()
    base = {"kind": "features", "scale": 10.0}
    made: dict[str, Any] = {"raw": Features(scale=10.0)}
    for protocol in ("transductive", "held-out"):
        for name, recipe in (("ttm", QUICK), ("simple", SIMPLE)):
            for adapter in ("linear", "low-rank")[: 2 if name == "ttm" else 1]:
                key = f"{name} {adapter} {protocol}"
                more = {"protocol": protocol, "adapter": adapter, "repeats": 3}
                made[key] = adapted(base, name=key, control=False, **more, **recipe)
    condition = TASK.known_conditions(dataset)["clean"]
    return {k: statistics(Run(TASK, dataset, m, (condition,)), root) for k, m in made.items()}


def table_of(runs: Mapping[str, Statistics], name: str) -> pd.DataFrame:
    return adaptation([*runs.values()], silent, 200).tables[name]


def test_a_row_says_what_a_run_was_adapted_with(runs):
    table = table_of(runs, "adaptation").set_index("model")
    assert sorted(table.index) == sorted(key for key in runs if key != "raw")
    simple, ttm = table.loc["simple linear held-out"], table.loc["ttm low-rank held-out"]
    assert (simple["method"], ttm["method"]) == ("simplematch", "ttm")
    assert (simple["part"], ttm["part"]) == ("adapter:linear", "adapter:low-rank")
    assert (simple["rank"], ttm["rank"]) == ("", "16")
    assert (simple["optimizer_state"], ttm["optimizer_state"]) == ("", "fresh")
    assert set(table["protocol"]) == {"transductive", "held-out"}
    assert "epochs" not in table, "which is the same in all runs"


def test_the_numbers_are_those_of_the_runs(runs):
    table = table_of(runs, "adaptation").set_index("model")
    for name, run in runs.items():
        if name != "raw":
            rows = run.tables["clean"]
            assert table.loc[name, "gain"] == pytest.approx(rows["gain"].mean())
            assert table.loc[name, "repeats"] == 3
            assert table.loc[name, "gain_low"] < table.loc[name, "gain"]
            assert table.loc[name, "gain_all_low"] < table.loc[name, "gain_low"]
            assert math.isnan(table.loc[name, "control_gain"])


def test_halves_are_those_that_were_adapted_to(runs):
    table = table_of(runs, "adaptation").set_index("model")
    for name in (key for key in runs if "held-out" in key):
        rows = runs[name].tables["clean"]
        first, gains = (np.stack(rows[c].to_list()) for c in ("first_half", "gain_by_repeat"))
        assert (first.sum(axis=0) == 20).all()
        means = [gains[first[:, r] == inside, r].mean() for r in range(3) for inside in (1, 0)]
        assert table.loc[name, "halves"] == 6
        assert table.loc[name, "gain_half_sd"] == pytest.approx(np.std(means, ddof=1))
    assert (table[table["protocol"] == "transductive"]["halves"] == 0).all()


def test_the_raw_model_is_shown_by_group_and_the_choice_on_the_other_half(runs):
    raw, chosen = table_of(runs, "raw"), table_of(runs, "chosen")
    assert raw["attribute"].tolist() == ["", "half", "half"]
    assert raw["n"].tolist() == [40, 20, 20]
    assert chosen["tried"].tolist() == [3] * 4
    assert set(chosen["method"]) <= {"simplematch", "ttm"}
    assert all(label.startswith("part adapter:l") for label in chosen["chosen"])


def test_the_figure_and_the_tables_to_read_are_files(runs):
    report = adaptation([*runs.values()], silent, 200)
    assert sorted(report.files) == ["adaptation.md", "chosen.md", "curve.svg", "raw.md"]
    header = report.files["adaptation.md"].decode().splitlines()[0]
    factors = ("part", "rank", "iterations", "optimizer_state", "protocol", "repeats")
    assert header.startswith(f"| model | method | {' | '.join(factors)} |")
    assert "gain_all" in header and "gain_low" not in header
    again = adaptation([*runs.values()], silent, 200)
    assert again.files["curve.svg"] == report.files["curve.svg"]


@pytest.mark.parametrize("report", [adaptation, by_condition])
def test_runs_without_an_adapted_one_are_refused(runs, report):
    with pytest.raises(BadData, match="expected an adapted model among 1 runs, found none"):
        report([runs["raw"]], silent)


def test_each_condition_is_adapted_to_anew_and_told_against_the_raw_model(tmp_path):
    dataset = in_memory("few", shapes_mini().samples()[:12])
    known = TASK.known_conditions(dataset)
    names = ("clean", "corruption/gaussian_noise/3", "text/dropout/5")
    conditions = tuple(known[name] for name in names)
    ttm = adapted({"kind": "dual-mini"}, name="ttm", repeats=1, **{**QUICK, "rate": 1e-3})
    run = Run(TASK, dataset, ttm, conditions)
    raw = evaluate(replace(run, model=DualMini()), tmp_path, replicates=200)
    cells = read_cells(raw.cells())
    report = by_condition([run_statistics(raw), statistics(run, tmp_path)], silent, 200)
    table = report.tables["by_condition"].set_index("condition")
    for name in names:
        row = table.loc[name]
        values = {m: cells[name, EVERYBODY, m].value for m in ("group_score", "group_match")}
        assert row["raw_group_score"] == pytest.approx(values["group_score"])
        assert row["gain"] == pytest.approx(row["group_score"] - values["group_match"])
        assert row["paper_gain"] == pytest.approx(row["group_score"] - values["group_score"])
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    lines = report.files["by_condition.md"].decode().splitlines()
    assert lines[0].startswith("| condition | model | protocol | n | raw_group_score | group_score")
    assert len(lines) == 2 + len(names)


def test_intervals_are_columns_of_numbers_and_one_cell_to_read():
    rows = [
        {"name": "a", "n": 3, "gain": Shown(-0.1, 0.3, 0.1), "all": Shown(-0.2, 0.4)},
        {"name": "b", "n": 4, "gain": Shown(math.nan, math.nan, 0.2), "all": Shown(0.0, 1.0)},
    ]
    numbers = as_numbers(rows)
    assert list(numbers) == ["name", "n", "gain", "gain_low", "gain_high", "all_low", "all_high"]
    assert numbers["gain"].tolist() == [0.1, 0.2]
    shown = in_points(rows)
    assert shown["gain"].tolist() == ["10.0 [-10.0, 30.0]", "20.0"]
    assert shown["all"].tolist() == ["[-20.0, 40.0]", "[0.0, 100.0]"]
    assert shown["n"].tolist() == ["3", "4"]


def test_the_metrics_of_the_curve_are_built_with_their_iteration():
    built = {metric.name: metric.index for metric in TASK.metrics if metric.name in AFTER}
    assert built == AFTER
    assert sorted(AFTER.values()) == list(range(ITERATIONS + 1))


def test_curves_stand_in_the_order_of_the_table(tmp_path):
    names = [f"m{n:02d}" for n in np.random.default_rng(0).permutation(40)]
    after = {step: name for name, step in AFTER.items()}
    rows = [
        {"dataset": "d", "condition": "clean", "model": name, "attribute": "", "form": form,
         "value": 0.5 + 0.01 * step, "metric": after[step], "ci_low": 0.4, "ci_high": 0.6}
        for name in names
        for form in ("value", "relative")
        for step in (10, 2, 0)
    ]  # fmt: skip
    curves = curves_of(pd.DataFrame(rows).query("form == 'value'"), AFTER, ("dataset", "condition"))
    assert [curve.label for curve in curves] == names
    assert all(curve.value.tolist() == [0.5, 0.52, 0.6] for curve in curves), "by number, not text"
    assert CURVES(pd.DataFrame(rows), tmp_path) == [tmp_path / "curve.svg"]
    assert (tmp_path / "curve.svg").stat().st_size


def test_panels_wrap_four_a_row(tmp_path):
    from PIL import Image

    line = np.array([0.1, 0.2])
    curves = [Curve("m", f"panel {n}", line, line, line) for n in range(9)]
    (tmp_path / "c.png").write_bytes(CURVES.drawn(curves, "png"))
    with Image.open(tmp_path / "c.png") as image:
        wide, high = image.size
    assert wide > 1.5 * high
