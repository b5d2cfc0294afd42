"""Tables on a terminal of any width: nothing is empty, cut in a number, or printed downwards."""

import re

import pandas as pd
import pytest
from rich.cells import cell_len

from benchsuite.publishing import terminal
from benchsuite.publishing.terminal import print_table

VALUE = re.compile(r"\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]")


def wide(columns: int, model: str = "a-model-of-long-name", recipe: bool = False) -> pd.DataFrame:
    rows = []
    for row in range(3):
        cells = {}
        for i in range(columns):
            more = f" ⟨0.{i:03}, 0.{i + 2:03}⟩ †" if recipe else ""
            cells[f"metric_number_{i}"] = f"{row}.{i + 1:03} [{row}.{i:03}, {row}.{i + 2:03}]{more}"
        rows.append({"rank": f"{row + 1}–3", "model": f"{model}-{row}", **cells})
    return pd.DataFrame(rows)


def printed(monkeypatch, capsys, table, width, **more) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: width > 0)
    print_table(table, "title", ["† a mark"], **more)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120])
@pytest.mark.parametrize("model", ["m", "a-model-of-long-name" * 2, "模型的名字" * 4])
@pytest.mark.parametrize("recipe", [False, True])
def test_a_table_fits_and_its_numbers_are_whole(monkeypatch, capsys, width, model, recipe):
    table = wide(17, model, recipe)
    text = printed(monkeypatch, capsys, table, width, keys=2, everything=False)
    lines = text.splitlines()
    assert max(cell_len(line) for line in lines) <= width
    shown = [VALUE.findall(line) for line in lines]
    first = [cells for cells in shown if cells]
    assert len(first) == 3, "a row each"
    assert len({len(cells) for cells in first}) == 1
    assert 1 <= len(first[0]) <= terminal.MOST
    for row, cells in enumerate(first):
        assert cells[0] == f"{row}.001 [{row}.000, {row}.002]", "the headline comes first"
    count = len(first[0])
    assert f"--all also shows metric_number_{count}," in text
    if recipe:
        assert text.count("⟨") == text.count("⟩") == 3 * count


@pytest.mark.parametrize("width", [60, 100])
def test_all_shows_every_column_in_parts_that_fit(monkeypatch, capsys, width):
    text = printed(monkeypatch, capsys, wide(17), width, keys=2, everything=True)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert len(VALUE.findall(text)) == 3 * 17
    assert "--all" not in text


def test_a_log_gets_aligned_markdown_of_the_same_columns(monkeypatch, capsys):
    text = printed(monkeypatch, capsys, wide(17), 0, keys=2, everything=False)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1
    assert all(line.count("|") == 1 + 2 + terminal.MOST for line in lines)
    every = printed(monkeypatch, capsys, wide(17), 0, keys=2, everything=True)
    assert len(VALUE.findall(every)) == 3 * 17


def test_numbers_stand_on_the_right_and_missing_ones_are_blank(monkeypatch, capsys):
    table = pd.DataFrame({"call": ["a", "b"], "n": [5, 12], "p": [0.25, float("nan")]})
    lines = printed(monkeypatch, capsys, table, 80).splitlines()
    assert [line.split() for line in lines[-3:-1]] == [["a", "5", "0.250"], ["b", "12"]]
    assert lines[-2].index("2") == lines[-3].index("5")


def test_a_table_of_names_alone_is_shown(monkeypatch, capsys):
    text = printed(monkeypatch, capsys, pd.DataFrame({"a": ["x"], "b": ["y"]}), 60)
    assert "x  y" in text
