"""The findings say the numbers of their boards, and the commands run with the data of others."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.test_docs import told

BOARDS = sorted(path.parent for path in (ROOT / "leaderboards/streams").glob("*/findings.md"))
by_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)


def row(
    table: pd.DataFrame, model: str, metric: str, form: str = "value", attribute: str = ""
) -> pd.Series:
    found = table[(table["model"] == model) & (table["metric"] == metric) & (table["form"] == form)]
    found = found[(found["condition"] == "clean") & (found["attribute"] == attribute)]
    (one,) = found[found["group"] == ""].to_dict("records")
    return pd.Series(one)


@by_board
def test_the_numbers_of_the_findings_are_those_of_the_board(board):
    table, pairs = (pd.read_parquet(board / f"{name}.parquet") for name in ("table", "pairs"))
    columns = ("value", "ci_low", "ci_high", "ci_recipe_low", "ci_recipe_high")
    numbers = pd.concat([
        *(table[name] for name in columns),
        *(sign * pairs[name] for name in ("difference", "ci_low", "ci_high") for sign in (1, -1)),
    ])  # fmt: skip
    shown = {f"{x:.3f}" for x in numbers.dropna()}
    found = set(re.findall(r"-?\b[01]\.\d{3}\b", (board / "findings.md").read_text()))
    assert len(found) > 20
    assert found <= shown


@by_board
def test_the_fairness_loss_lowers_the_gap_and_costs_accuracy_beyond_chance(board):
    table, attribute = pd.read_parquet(board / "table.parquet"), {"adult": "sex"}
    of = attribute.get(board.name, "race")
    fair, plain = (row(table, name, "selection rate", "gap", of) for name in ("aranyani", "forest"))
    assert fair["value"] < 0.5 * plain["value"]
    assert fair["ci_high"] < plain["ci_low"]
    scores = [row(table, name, "accuracy") for name in ("aranyani", "forest")]
    assert scores[0]["ci_high"] < scores[1]["value"]


def people(count: int) -> pd.DataFrame:
    """People with the columns of COMPAS and of Adult, a third each of three races."""
    draw = np.random.default_rng(0)
    zeros = ("juv_fel_count", "juv_misd_count", "juv_other_count", "is_recid", "fnlwgt")
    one = ("workclass", "education", "marital-status", "occupation", "relationship")
    rows = {
        "compas_screening_date": [f"2013-01-{n % 28 + 1:02d}" for n in range(count)],
        "sex": [("Male", "Female")[n % 2] for n in range(count)],
        "age": [20 + n % 40 for n in range(count)],
        "race": [("African-American", "Caucasian", "Other")[n % 3] for n in range(count)],
        "priors_count": draw.integers(9, size=count), "c_charge_degree": "F",
        "days_b_screening_arrest": -1, "score_text": "Low",
        "two_year_recid": draw.integers(2, size=count),
        "education-num": draw.integers(1, 16, size=count), "capital-gain": 0, "capital-loss": 0,
        "hours-per-week": 40, "native-country": "?",
        "income-per-year": draw.choice(["<=50K", ">50K"], count),
        **dict.fromkeys(zeros, 0), **dict.fromkeys(one, "a"),
    }  # fmt: skip
    return pd.DataFrame(rows)


@by_board
def test_the_commands_of_the_board_run_with_other_people(board: Path, tmp_path, monkeypatch):
    for name in ("compas-scores-two-years.csv", "adult.csv"):
        people(120).to_csv(tmp_path / name, index=False)
    monkeypatch.chdir(tmp_path)
    *runs, publish = told(board / "findings.md")
    for words in (*runs, publish):
        given = [word.replace("DIR", str(tmp_path)).replace("=0,1,2", "=0") for word in words[1:]]
        assert main([*given, *(["replicates=200"] if words is not publish else [])]) == 0
    made = tmp_path / "leaderboards/streams" / board.name
    table, published = (pd.read_parquet(one / "table.parquet") for one in (made, board))
    for column in ("model", "condition", "metric", "attribute"):
        assert set(table[column]) == set(published[column])
    assert (made / "over-time.png").is_file()
    assert row(table, "forest", "accuracy")["n"] == {"adult": 120}.get(board.name, 80)
