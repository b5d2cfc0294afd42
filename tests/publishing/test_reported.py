"""Pages of published numbers: a section a protocol, a source a row, and nothing looks measured."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import leaderboard, table
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import Exit
from benchsuite.estimation import Code
from benchsuite.publishing import elsewhere
from benchsuite.publishing.figures import image_bytes
from benchsuite.publishing.folder import publish_boards
from benchsuite.publishing.views import names_apart, view
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, numbers

HEAD = "model,dataset,condition,metric,attribute,group,value,source,protocol"


def row(model: str, value: float, protocol: str, split: str = "", condition: str = "clean") -> str:
    about = f"{'split' if split else ''},{split}"
    return f"{model},numbers,{condition},accuracy,{about},{value},{model}'s paper,{protocol}"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "theirs.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def page(folder: Path, *rows: str) -> str:
    (made,) = publish_boards(read_reported(written(folder, *rows), MEAN), folder / "out")
    assert made == folder / "out/toy-mean/reported-numbers"
    assert not {"README.md", "table.parquet", "runs.csv", "figure.png"} - {
        path.name for path in made.iterdir()
    }
    return (made / "README.md").read_text()


def sections(text: str) -> dict[str, str]:
    """The sections of a page by title."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.M | re.S))


MODELS = [f"lab/model-{i}" for i in range(9)]
TWO = [
    *(row(model, 0.9 - i / 10, "old") for i, model in enumerate(MODELS)),
    *(row(model, 0.1 + i / 10, "new") for i, model in enumerate(MODELS[:3])),
    *(row(model, 0.5, "old", split) for model in MODELS for split in "abcdefgh"),
    *(row(MODELS[3], 0.5, "new", split) for split in "abc"),
    *(row(model, 0.25, "new", split) for model in MODELS[:3] for split in "abcdefgh"),
]
"""Models with slashes in their names, under two protocols; one lacks splits, and has no mean."""


def test_each_protocol_has_its_own_section_and_ranks(tmp_path):
    found = sections(page(tmp_path, *TWO))
    assert list(found) == ["new", "old"]
    assert "| 1 | lab/model-0 | lab/model-0's paper | 0.900 |" in found["old"]
    assert "| 1 | lab/model-2 | lab/model-2's paper | 0.300 |" in found["new"]
    assert "0.900" not in found["new"]
    assert "No overall number: lab/model-3 (3 of 8 groups)." in found["new"]
    assert "No overall number" not in found["old"]


def test_the_groups_of_a_protocol_are_those_of_its_own_models(tmp_path):
    found = sections(page(tmp_path, *TWO))
    assert "| split | a | 0.250 | 0.250 | 0.250 | 0.500 |" in found["new"]
    assert "Left out here: lab/model-6, lab/model-7, lab/model-8. See" in found["old"]


def test_no_published_number_has_an_interval_or_a_width_beyond_a_page(tmp_path):
    text = page(tmp_path, *TWO)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert all(line.count("|") <= 9 and "[" not in line for line in rows)


def test_the_means_over_conditions_are_those_of_our_own_code(tmp_path):
    grid = [row("m", 0.8 / (2 + i), "theirs", "", c.full_name) for i, c in enumerate(NOISE)]
    text = page(tmp_path, row("m", 0.8, "theirs"), *grid)
    mean = sum(0.8 / (2 + i) for i in range(len(NOISE))) / len(NOISE)
    assert "### By robustness: accuracy" in text
    assert f"| 1 | m | 0.800 | {mean:.3f} | {mean / 0.8:.3f} |" in text


def test_single_conditions_without_a_mean_are_shown_as_they_are(tmp_path):
    text = page(tmp_path, row("m", 0.8, "p"), row("m", 0.4, "p", "", NOISE[0].full_name))
    assert "### By condition: accuracy" in text
    assert f"| {NOISE[0].full_name} | 0.400 |" in text


def test_the_table_says_of_each_row_who_published_it(tmp_path):
    page(tmp_path, *TWO)
    found = pd.read_parquet(tmp_path / "out/toy-mean/reported-numbers/table.parquet")
    assert set(found["source"]) == {f"{model}'s paper" for model in MODELS}
    assert found[["ci_low", "ci_high", "rank_low"]].isna().all(axis=None)
    runs = pd.read_csv(tmp_path / "out/toy-mean/reported-numbers/runs.csv")
    assert len(runs) == 13
    assert set(found["run_id"]) == set(runs["run_id"])


def test_a_rank_names_its_set(tmp_path):
    made = table(read_reported(written(tmp_path, *TWO), MEAN))
    overall = made[made["attribute"] == ""]
    named = {
        note.arguments for notes in overall["note"] for note in notes if note.code == Code.RANKED
    }
    assert {rows for _, rows in named} == {9, 3}


def test_no_view_mixes_protocols_or_a_measured_model_with_its_namesake(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear("lab/model-8"), (CLEAN,)), tmp_path / "r", replicates=50)
    made = leaderboard(tmp_path / "r", "*", read_reported(written(tmp_path, *TWO), MEAN))
    names = set(names_apart(made)["model"])
    assert {"lab/model-0 (old)", "lab/model-0 (new)", "lab/model-8", "lab/model-8 (old)"} <= names
    shown = view(made, "condition").set_index("condition")
    assert shown.loc["clean", "lab/model-0 (old)"] == "0.900"
    assert shown.loc["clean", "lab/model-0 (new)"] == "0.100"


def test_the_command_needs_a_task_and_takes_no_results_beside(tmp_path, monkeypatch, capsys):
    install(monkeypatch, MEAN)
    words = ["publish", "--reported", str(written(tmp_path, *TWO)), "--out", str(tmp_path / "out")]
    assert main(words) == Exit.WRONG_CALL
    assert (
        "theirs.csv:2: expected a task, found none: --reported needs --task"
        in capsys.readouterr().err
    )
    words += ["--task", "toy-mean"]
    assert main([*words, "--results", str(tmp_path)]) == Exit.WRONG_CALL
    assert "expected one of PATH, --results and --reported" in capsys.readouterr().err
    assert main(words) == Exit.DONE
    assert "reported-numbers" in capsys.readouterr().out


def drawn(folder: Path, monkeypatch: pytest.MonkeyPatch, *rows: str) -> list[Any]:
    """The axes of the page's figure."""
    figures: list[Any] = []

    def note(figure: Any, ending: str) -> bytes:
        figures.append(figure)
        return image_bytes(figure, ending)

    monkeypatch.setattr(elsewhere, "image_bytes", note)
    page(folder, *rows)
    (figure,) = figures
    return list(figure.axes)


def test_without_a_mean_the_figure_has_a_panel_of_clean_numbers_for_each_protocol(
    tmp_path, monkeypatch
):
    new, old = drawn(tmp_path, monkeypatch, *TWO)
    assert [one.get_title(loc="left") for one in (new, old)] == ["new", "old"]
    (points,) = old.lines
    assert list(points.get_xdata()) == pytest.approx([0.9 - i / 10 for i in range(9)])
    assert [text.get_text() for text in old.get_yticklabels()] == MODELS


def test_with_means_the_figure_is_shifted_against_clean_with_its_residual(tmp_path, monkeypatch):
    rows = [
        row(f"m{i}", value, "p", "", name)
        for i in range(5)
        for name, value in {
            "clean": 0.9 - i / 10, **{c.full_name: 0.6 - i**2 / 60 for c in NOISE}
        }.items()
    ]  # fmt: skip
    (axis,) = drawn(tmp_path, monkeypatch, *rows)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("accuracy, clean", "accuracy, corruption")
    bars, points = axis.lines[::2], axis.lines[1::2]
    assert [one.get_xdata()[0] for one in points] == pytest.approx([0.9 - i / 10 for i in range(5)])
    found = table(read_reported(tmp_path / "theirs.csv", MEAN))
    residual = found[found["form"] == Form.EFFECTIVE].set_index("model")["value"]
    lengths = [bar.get_ydata()[1] - bar.get_ydata()[0] for bar in bars]
    assert lengths == pytest.approx(list(residual.sort_index()))
