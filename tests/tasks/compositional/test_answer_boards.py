"""The commands of the boards of answers make their numbers, and run with others' files."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.tasks.compositional.test_answers import CAPTIONS, PUBLISHED, answered, table
from tests.tasks.compositional.test_formats import CREPE
from tests.test_docs import told

BOARDS = ROOT / "leaderboards/compositional"
SOURCES = {"colorswap-answers": PUBLISHED, "sugarcrepe-answers": CREPE}
CELL = ["model", "attribute", "group", "metric", "form"]


def made(board: str, source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The table that the commands of a board's page make of the files of `source`."""
    monkeypatch.chdir(folder)
    for words in told(BOARDS / board / "findings.md"):
        given = [word.replace("DIR", str(source)) for word in words[1:]]
        assert main([word.replace("=4000", "=200") for word in given]) == 0
    return pd.read_parquet(folder / "leaderboards/compositional" / board / "table.parquet")


@pytest.mark.parametrize("board", SOURCES)
def test_the_commands_of_a_board_make_its_numbers(board, tmp_path, monkeypatch):
    if not SOURCES[board].exists():
        pytest.skip(f"{SOURCES[board]} is not there")
    found = made(board, SOURCES[board], tmp_path, monkeypatch)
    published = pd.read_parquet(BOARDS / board / "table.parquet")
    values = [t[t["form"] == "value"].set_index(CELL)["value"] for t in (found, published)]
    pd.testing.assert_series_equal(*values)


@pytest.mark.parametrize("board", SOURCES)
def test_the_numbers_of_the_findings_are_those_of_the_board(board):
    published = pd.read_parquet(BOARDS / board / "table.parquet")
    columns = ("value", "ci_low", "ci_high")
    shown = {f"{x:.3f}" for name in columns for x in published[name].dropna()}
    text = (BOARDS / board / "findings.md").read_text()
    assert len(told_numbers := set(re.findall(r"\b0\.\d{3}\b", text))) > 10
    assert told_numbers <= shown


def test_the_commands_of_colorswaps_board_run_with_other_answers(tmp_path, monkeypatch):
    table(tmp_path)
    for model in ("gpt4v", "llava"):
        answered(tmp_path, model, packed=True)
    found = made("colorswap-answers", tmp_path, tmp_path, monkeypatch).set_index(CELL)
    assert found.loc[("llava", "", "", "group_score", "value"), "value"] == pytest.approx(1 / 3)
    assert "4 of 12" in found.loc[("gpt4v", "", "", "text_score", "value"), "note"]


def test_the_commands_of_sugarcrepes_board_run_with_other_answers(tmp_path, monkeypatch):
    said = {
        "gpt4v-positive-first": ["(1)", "(1)", "(2)"],
        "gpt4v-negative-first": ["(2)", "(1)", "?"],
    }
    captions = dict(zip(("caption", "negative_caption"), CAPTIONS, strict=True))
    for folder in ("data", *said):
        (tmp_path / folder).mkdir()
        for subset in ("swap_att", "add_obj"):
            rows = {str(n): {"filename": f"{n}.jpg", **captions} for n in range(3)}
            for number, answer in enumerate(said.get(folder, ())):
                right = answer == ("(1)" if folder == "gpt4v-positive-first" else "(2)")
                chosen = captions["caption" if right else "negative_caption"]
                rows[str(number)]["answer"] = {  # type: ignore[assignment]
                    "free_form_answer": answer,
                    "multiple_choice_answer": "" if answer == "?" else chosen,
                }
            (tmp_path / folder / f"{subset}.json").write_text(json.dumps(rows))
    found = made("sugarcrepe-answers", tmp_path, tmp_path, monkeypatch).set_index(CELL)["value"]
    whole = found.xs(("gpt4v", "", "", "value"), level=("model", "attribute", "group", "form"))
    expected = {"text_score": 1 / 2, "consistency": 1 / 3, "text_if_first": 2 / 3,
                "text_if_second": 1 / 3}  # fmt: skip
    assert {name: whole[name] for name in expected} == pytest.approx(expected)
    assert found["gpt4v", "subset", "add_obj", "text_score", "value"] == 1 / 2
