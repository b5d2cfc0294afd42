"""Whatever models, datasets, groups, notes and samples are called: in every output it is text."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample, in_memory
from benchsuite.publishing.figures import image_bytes
from benchsuite.publishing.folder import publish_boards, published
from benchsuite.publishing.formats import encode
from benchsuite.publishing.latex import board_tables
from benchsuite.publishing.tables import leaderboard as shown
from benchsuite.publishing.views import VIEWS, view
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.site.hostile import (
    HOSTILE,
    NAMES,
    acting,
    harm_of_csv,
    harm_of_html,
    harm_of_json,
    harm_of_latex,
    harm_of_markdown,
)
from tests.site.made import Shape, tidy
from tests.toys import MEAN, NOISE, Linear, install


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    install(monkeypatch, MEAN)


MODELS = [HOSTILE[name] for name in ("script", "row of a table", "formula", "terminal")]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Runs of models, on a dataset with samples, groups and a note of hostile names."""
    root = tmp_path_factory.mktemp("results")
    rng = np.random.default_rng(0)
    samples = [
        Sample(
            id=f"{name}{i}", inputs={"x": float(rng.normal())}, truth=i % 3 > 0,
            attributes={"colour": name, HOSTILE["attribute"]: ("a", "b")[i % 2]},
        )
        for i, name in enumerate(NAMES * 3)
    ]  # fmt: skip
    dataset = in_memory(HOSTILE["element"], samples, note=HOSTILE["link"])
    dataset = replace(dataset, protocol=HOSTILE["right to left"])
    for slope, name in enumerate(MODELS):
        model = Linear(name, slope=slope - 1.5, seed=HOSTILE["attribute"])
        evaluate(Run(MEAN, dataset, model, (CLEAN, NOISE[0])), root, replicates=200)
    return root


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory) -> Path:
    """What is published of these runs, and of numbers that others published."""
    out = tmp_path_factory.mktemp("out")
    published(results, out)
    theirs = out.parent / "theirs.csv"
    with theirs.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(
            [
                "model",
                "dataset",
                "condition",
                "metric",
                "attribute",
                "group",
                "value",
                "source",
                "protocol",
            ]
        )
        for i, name in enumerate(NAMES):
            about = (name, HOSTILE["JSON"], "clean", "accuracy")
            write([*about, "", "", 0.5 + i / 100, name, HOSTILE["markup"]])
            write([*about, name, name, 0.5, name, HOSTILE["markup"]])
    [*publish_boards(read_reported(theirs, MEAN), out)]
    return out


def a_run(results: Path) -> Path:
    return min(path.parent for path in results.rglob("manifest.json"))


def files(folder: Path, ending: str) -> Iterator[tuple[Path, str]]:
    found = sorted(folder.rglob(f"*{ending}"))
    assert found
    yield from ((path, path.read_text(encoding="utf-8")) for path in found)


def test_a_folder_is_where_it_was_asked_for_whatever_the_dataset_is_called(folder):
    assert {path.name for path in folder.iterdir()} == {"toy-mean"}
    names = [path.name for path in folder.rglob("*")]
    assert all(len(name) < 150 and not acting(name, "") for name in names)


def test_no_name_is_markup_of_a_page_for_a_repository(folder):
    for path, text in files(folder, ".md"):
        assert harm_of_markdown(text) == [], path


def test_no_name_is_a_formula_or_a_further_cell(folder, results):
    for path, text in files(folder, ".csv"):
        assert harm_of_csv(text) == [], path
    made = leaderboard(results)
    assert harm_of_csv(encode(made, "csv").decode()) == []
    for by in VIEWS:
        assert harm_of_csv(encode(view(made, by), "csv").decode()) == []


@pytest.mark.parametrize("by", VIEWS)
def test_no_name_is_a_command_of_a_paper(by, results):
    made = tidy(Shape(models=NAMES, corruptions=1, dataset=HOSTILE["LaTeX"]))
    for table in (made, leaderboard(results)):
        text = board_tables(table, by, "")
        assert text.count("\\begin{table}") > 0
        assert harm_of_latex(text) == []


def test_data_have_the_names_as_they_are(folder, results):
    made = leaderboard(results)
    text = encode(made, "json").decode()
    assert harm_of_json(text) == []
    assert {row["model"] for row in json.loads(text)} == {*MODELS}
    assert {*NAMES} <= {row["group"] for row in json.loads(text)}
    tables = [pd.read_parquet(path) for path in folder.rglob("table.parquet")]
    read = {name.strip() for name in NAMES}  # a cell of a CSV has no spaces around it
    assert {*MODELS, *read} <= {name for table in tables for name in table["model"]}


def test_no_name_is_markup_of_a_notebook_or_a_page_of_samples(results, tmp_path):
    assert harm_of_html(shown(results)._repr_html_()) == []
    page = tmp_path / "worst.html"
    assert (
        main(["samples", str(a_run(results)), "--table", "--worst", "99", "--out", str(page)]) == 0
    )
    assert harm_of_html(page.read_text()) == []


@pytest.mark.filterwarnings("error")
def test_a_figure_has_room_for_its_points_whatever_the_names(results):
    figure = np.atleast_1d(shown(results).plot("groups"))[0].figure
    assert image_bytes(figure).startswith(b"\x89PNG")
    labels = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    assert r"\t=1+1 (n=3)" in labels
    assert max(map(len, labels)) < 60
    assert acting("".join(labels), "") == set()


def test_no_name_is_markup_of_a_verdict(results, tmp_path, capsys):
    run, summary = str(a_run(results)), tmp_path / "summary.md"
    main(["gate", "--equity", run, "--summary", str(summary), "--all"])
    main(["baseline", run, "--out", str(tmp_path)])
    (baseline,) = tmp_path.rglob("*.parquet")
    main(["gate", "--baseline", str(baseline), run, "--summary", str(summary), "--all"])
    assert harm_of_markdown(summary.read_text(), images=0) == []
    said = capsys.readouterr()
    assert acting(said.out + said.err) == set()


@pytest.mark.parametrize("command", ["leaderboard", "compare", "samples", "explain", "publish"])
def test_a_terminal_obeys_no_name(command, results, tmp_path, capsys):
    first, second, *_ = sorted(path.parent for path in results.rglob("manifest.json"))
    words = {
        "leaderboard": [["leaderboard", "--results", str(results), "--by", by] for by in VIEWS],
        "compare": [["compare", str(first), str(second)], ["compare", str(first), str(second), "--samples", "9"]],
        "samples": [["samples", str(first), "--table", "--worst", "99"]],
        "explain": [["explain", str(first)], ["explain", str(first), f"{HOSTILE['attribute']}=a"]],
        "publish": [["publish", "--results", str(results), "--out", str(tmp_path)]],
    }  # fmt: skip
    for asked in words[command]:
        assert main(asked) == 0
        said = capsys.readouterr()
        assert said.out
        assert acting(said.out + said.err) == set()


@pytest.mark.parametrize("ending", ["json", "csv", "md"])
def test_a_terminal_obeys_no_name_of_a_table_that_is_printed(ending, results, capfdbinary):
    assert main(["leaderboard", "--results", str(results), "--format", ending]) == 0
    assert acting(capfdbinary.readouterr().out.decode()) == set()


@pytest.mark.parametrize("name", MODELS)
def test_a_terminal_obeys_no_name_that_it_is_told(name, results, capsys):
    for words in (["leaderboard", "--metric", name], ["samples", "--group", f"colour={name}"]):
        main(
            [words[0], str(a_run(results)), *words[1:]]
            if words[0] == "samples"
            else [*words, "--results", str(results)]
        )
        said = capsys.readouterr()
        assert acting(said.out + said.err) == set()


def test_views_of_a_board_of_such_models_are_text():
    made = tidy(Shape(models=NAMES, corruptions=1, dataset=HOSTILE["path"]))
    for by in VIEWS:
        table = view(made, by)
        assert harm_of_markdown(encode(table, "md").decode()) == []
        assert harm_of_csv(encode(table, "csv").decode()) == []
        rows = list(csv.reader(io.StringIO(encode(table, "csv").decode())))
        assert len(rows) == len(table) + 1
