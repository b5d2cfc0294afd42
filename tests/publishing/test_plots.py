"""Every task has figures: they are drawn from the tidy table alone."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import Exit, install_command
from benchsuite.publishing import plots
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, numbers

EVERY = ["models", "severities", "conditions", "groups", "gaps"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for bias in (0.0, 0.5):
        model = Linear(f"bias {bias}", bias=bias)
        evaluate(Run(MEAN, numbers(), model, (CLEAN, *NOISE)), root, replicates=200)
    return leaderboard(root)


def drawn(table: pd.DataFrame, folder: Path) -> list[str]:
    paths = plots.draw(table, folder, {})
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    return [path.stem.removeprefix("numbers-") for path in paths]


def test_severities_groups_and_gaps_are_drawn(table, tmp_path):
    assert drawn(table, tmp_path) == EVERY


def test_a_clean_run_has_its_models_groups_and_gaps(table, tmp_path):
    assert drawn(table[table["kind"] == "clean"], tmp_path) == ["models", "groups", "gaps"]


def test_the_leading_figure_is_that_of_severities_or_the_next_that_is_there(table, tmp_path):
    kinds = {path.stem.removeprefix("numbers-"): path for path in plots.draw(table, tmp_path, {})}
    assert plots.leading(table, {}) == kinds["severities"].read_bytes()
    clean = table[table["kind"] == "clean"]
    (kinds["models"], kinds["groups"], _) = plots.draw(clean, tmp_path, {})
    assert plots.leading(clean, {}) == kinds["groups"].read_bytes()
    everybody = clean[clean["attribute"] == ""]
    (only,) = plots.draw(everybody, tmp_path, {})
    assert plots.leading(everybody, {}) == only.read_bytes()
    assert plots.leading(table.assign(value=np.nan), {}) is None


def test_a_condition_of_a_single_severity_is_drawn_beside_clean(table, tmp_path, monkeypatch):
    single = table[(table["kind"] == "clean") | (table["severity"] == 1)]
    shown: list[str] = []

    def note(axis: Axes, at: Any, labels: Any = (), **more: Any) -> None:
        shown.extend(labels)

    monkeypatch.setattr(Axes, "set_yticks", note)
    assert "severities" not in (names := drawn(single, tmp_path)) and "conditions" in names
    assert {"clean", "corruption/noise/1"} <= set(shown)


def test_curves_begin_at_clean_and_have_the_whole_name_of_the_condition(
    table, tmp_path, monkeypatch
):
    shown: list[str] = []
    monkeypatch.setattr(
        Axes, "set_xticks", lambda axis, at, labels=(), **more: shown.extend(labels)
    )
    monkeypatch.setattr(Axes, "set_title", lambda axis, title, **more: shown.append(title))
    plots.draw(table, tmp_path, {})
    assert "clean" in shown and "0" not in shown
    assert "corruption/noise" in shown


def test_groups_that_are_left_out_are_counted(table, tmp_path, monkeypatch):
    clean = table[(table["kind"] == "clean") & (table["attribute"] == "")]
    many = [clean.assign(attribute="place", group=f"g{i:02d}") for i in range(28)]
    titles: list[str] = []
    monkeypatch.setattr(Axes, "set_title", lambda axis, title, **more: titles.append(title))
    plots.draw(pd.concat([clean, *many], ignore_index=True), tmp_path, {})
    assert "place, the first 20 of 28" in titles


def test_the_same_table_gives_the_same_bytes(table, tmp_path):
    first = [path.read_bytes() for path in plots.draw(table, tmp_path, {})]
    assert [path.read_bytes() for path in plots.draw(table, tmp_path, {})] == first


def test_more_models_and_groups_than_fit_are_cut_and_the_title_says_so(table, tmp_path):
    clean = table[(table["kind"] == "clean") & (table["model"] == "bias 0.0")]
    many = [clean.assign(model=f"m{i}", rank=i + 1) for i in range(50)]
    groups = [row.assign(group=f"g{i}") for row in many for i in range(3)]
    every = pd.concat([*many, *groups], ignore_index=True)
    titles: list[str] = []

    def note(figure: Any, title: str, **more: Any) -> None:
        titles.append(title)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.figure.Figure.suptitle", note)
        assert drawn(every, tmp_path)[0] == "models"
    assert all("the first 20 of 50 models" in title for title in titles)


def test_what_was_published_under_a_measured_model_s_name_is_hollow(table, tmp_path, monkeypatch):
    own = table[(table["model"] == "bias 0.0") & (table["kind"] == "clean")]
    own = own[(own["attribute"] == "") & (own["form"] == "value")]
    both = pd.concat([own, own.assign(source="A 2024", value=0.3, ci_low=np.nan, ci_high=np.nan)])
    points: list[tuple[Any, list[float]]] = []
    plotted = Axes.errorbar

    def note(self: Axes, x: Any, *rest: Any, **more: Any) -> Any:
        points.append((more["mfc"], sorted(x)))
        return plotted(self, x, *rest, **more)

    monkeypatch.setattr(Axes, "errorbar", note)
    assert drawn(both, tmp_path) == ["models"]
    measured = own[own["metric"] == own["metric"].iloc[0]]["value"].iloc[0]
    assert points == [(None, [measured]), ("none", [0.3])]


@pytest.fixture
def results(tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    evaluate(Run(MEAN, numbers(), Linear("m"), (CLEAN,)), tmp_path / "r", replicates=200)
    return ["leaderboard", "--results", str(tmp_path / "r")]


def test_figures_are_drawn_of_a_task_without_its_own(results, tmp_path, capsys):
    assert main([*results, "--figures", str(tmp_path / "f")]) == Exit.DONE
    shown = capsys.readouterr().out
    files = sorted(tmp_path.glob("f/toy-mean/*.png"))
    assert len(files) == 3
    assert all(str(path) in shown for path in files)


def test_with_a_format_standard_output_is_the_table_alone(results, tmp_path, capsys):
    words = [*results, "--format", "csv", "--figures", str(tmp_path / "f")]
    assert main(words) == Exit.DONE
    captured = capsys.readouterr()
    assert ".png" not in captured.out
    assert ".png" in captured.err


def test_figures_without_matplotlib_are_not_available(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main([*results, "--figures", str(tmp_path / "f")]) == Exit.NOT_AVAILABLE
    assert install_command("benchsuite[figures]") in capsys.readouterr().err


def test_a_table_without_values_is_not_available(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(plots, "draw", lambda *_: [])
    assert main([*results, "--figures", str(tmp_path / "f")]) == Exit.NOT_AVAILABLE
    assert "toy-mean: no figure: no row of its headlines has a value" in capsys.readouterr().err
