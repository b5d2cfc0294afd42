"""The findings say the numbers of the board, and its commands run with answers of others."""

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.test_docs import told

BOARD = ROOT / "leaderboards/answers/temperature-100"
COLUMNS = ("value", "ci_low", "ci_high")


def rows(table: pd.DataFrame, **where: str) -> pd.DataFrame:
    """The rows of everybody with these values."""
    table = table[table["attribute"] == ""]
    for column, value in where.items():
        table = table[table[column] == value]
    return table.set_index("model")


def test_the_numbers_of_the_findings_are_those_of_the_board():
    table, pairs = (pd.read_parquet(BOARD / f"{name}.parquet") for name in ("table", "pairs"))
    told_of = pd.concat([table[name] for name in COLUMNS])
    differences = pd.concat(
        [sign * pairs[name] for name in ("difference", *COLUMNS[1:]) for sign in (1, -1)]
    )
    unseen = rows(table, form="mde", metric="avg@k", condition="clean").loc["gpt-4", "value"]
    shown = {f"{x:.3f}" for x in pd.concat([told_of, differences]).dropna()}
    shown.add(f"{unseen * (100 / 30) ** 0.5:.3f}")
    found = set(re.findall(r"-?\b[012]\.\d{3}\b", (BOARD / "findings.md").read_text()))
    assert len(found) > 50 and found <= shown


def test_the_board_says_what_the_findings_say_of_temperatures():
    table = pd.read_parquet(BOARD / "table.parquet")
    ratios = rows(table, form="relative", metric="avg@k", condition="sampling")
    assert (ratios["ci_low"] < 1).all() and (ratios["ci_high"] > 1).all() and len(ratios) == 9
    several = rows(table, form="relative", metric="pass@10", condition="sampling")
    assert (several["ci_low"] > 1).sum() == 7


def test_the_board_has_the_accuracy_that_the_authors_publish():
    """Theirs is of the most frequent answer, the first of those that tie: see `Score` in their files."""
    found = rows(
        pd.read_parquet(BOARD / "table.parquet"), form="value", metric="maj@10", condition="clean"
    )
    published = {"gpt-4": 0.81, "gemini-1.5-pro-preview-0409": 0.84, "gpt-35-turbo": 0.58,
                 "claude-3-opus-20240229": 0.79, "gemini-1.0-pro": 0.61}  # fmt: skip
    for model, accuracy in published.items():
        assert found.loc[model, "value"] == pytest.approx(accuracy, abs=0.0051)


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The table that the commands of the findings make of the files in a folder, for two models."""
    monkeypatch.chdir(folder)
    *scores, publish, look = told(BOARD / "findings.md")
    for words in (*scores[:2], publish, look):
        given = [word.replace("DIR", str(folder)) for word in words[1:]]
        assert main([*given, *(["replicates=200"] if words in scores else [])]) == 0
    return pd.read_parquet(folder / "leaderboards/answers/temperature-100/table.parquet")


def test_the_commands_of_the_board_run_with_other_answers(tmp_path, monkeypatch, capsys):
    """Six questions whose answer is A; at 0.5, each model gives it in half of its answers."""
    (tmp_path / "data/exams").mkdir(parents=True)
    (tmp_path / "data/details").mkdir()
    exam = [{"id": n, "source": "x", "question": "?", "answer": "A"} for n in range(6)]
    text = "".join(json.dumps(row) + "\n" for row in exam)
    (tmp_path / "data/exams/comprehensive-100.jsonl").write_text(text)
    models = ["claude-3-opus-20240229", "cohere-command-r-plus"]
    head = ["Temperature", "Problem ID", *(f"Answer {n}" for n in range(1, 11)), "Correct Answer"]
    for model in models:
        for heat, answers in ((0.0, ["A"] * 10), (0.5, ["A", "B"] * 5)):
            name = f"{model} - chain_of_thought - comprehensive-100 - temp-{heat}.csv"
            with (tmp_path / "data/details" / name).open("w", newline="") as file:
                csv.writer(file).writerows([head, *([heat, n, *answers, "A"] for n in range(6))])
    table = made(tmp_path, monkeypatch)
    half = rows(table, form="value", metric="avg@k", condition="temperature/tenths/5")
    assert half["value"].to_dict() == dict.fromkeys(models, 0.5)
    whole = rows(table, form="value", metric="maj@10", condition="clean")
    assert set(whole["value"]) == {1.0}
    assert "10 times, right: a" in capsys.readouterr().out
