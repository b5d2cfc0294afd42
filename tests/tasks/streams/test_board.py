"""The findings say the numbers of the board, and its commands run with the data of others."""

import re

import numpy as np
import pandas as pd

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.test_docs import told

BOARD = ROOT / "leaderboards/streams/compas-two-races"


def row(
    table: pd.DataFrame, model: str, metric: str, form: str = "value", group: str = ""
) -> pd.Series:
    found = table[(table["model"] == model) & (table["metric"] == metric) & (table["form"] == form)]
    (one,) = found[(found["attribute"] == ("race" if group or form == "gap" else ""))
                   & (found["group"] == group)].to_dict("records")  # fmt: skip
    return pd.Series(one)


def test_the_numbers_of_the_findings_are_those_of_the_board():
    table, pairs = (pd.read_parquet(BOARD / f"{name}.parquet") for name in ("table", "pairs"))
    numbers = pd.concat([
        *(table[name] for name in ("value", "ci_low", "ci_high")),
        *(sign * pairs[name] for name in ("difference", "ci_low", "ci_high") for sign in (1, -1)),
    ])  # fmt: skip
    shown = {f"{x:.3f}" for x in numbers.dropna()}
    found = set(re.findall(r"-?\b[01]\.\d{3}\b", (BOARD / "findings.md").read_text()))
    assert len(found) > 20
    assert found <= shown


def test_the_fairness_loss_halves_the_gap_and_costs_accuracy_beyond_chance():
    table = pd.read_parquet(BOARD / "table.parquet")
    fair, plain = (row(table, name, "selection rate", "gap") for name in ("aranyani", "forest"))
    assert fair["value"] < 0.5 * plain["value"]
    assert fair["ci_high"] < plain["ci_low"]
    scores = [row(table, name, "accuracy") for name in ("aranyani", "forest")]
    assert scores[0]["ci_high"] < scores[1]["value"]


def test_the_commands_of_the_board_run_with_other_people(tmp_path, monkeypatch):
    draw, rows = np.random.default_rng(0), []
    for n in range(120):
        race = ("African-American", "Caucasian", "Other")[n % 3]
        rows.append({
            "compas_screening_date": f"2013-01-{n % 28 + 1:02d}", "sex": ("Male", "Female")[n % 2],
            "age": 20 + n % 40, "race": race, "juv_fel_count": 0, "juv_misd_count": 0,
            "juv_other_count": 0, "priors_count": int(draw.integers(9)), "c_charge_degree": "F",
            "days_b_screening_arrest": -1, "is_recid": 0, "score_text": "Low",
            "two_year_recid": int(draw.integers(2)),
        })  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "compas-scores-two-years.csv", index=False)
    monkeypatch.chdir(tmp_path)
    *runs, publish = told(BOARD / "findings.md")
    for words in (*runs, publish):
        given = [word.replace("DIR", str(tmp_path)).replace("=0,1,2", "=0") for word in words[1:]]
        assert main([*given, *(["replicates=200"] if words is not publish else [])]) == 0
    table = pd.read_parquet(tmp_path / "leaderboards/streams/compas-two-races/table.parquet")
    assert set(table["model"]) == {"forest", "aranyani", "logistic", "reductions"}
    assert set(table[table["attribute"] == "race"]["group"]) == {
        "",
        "African-American",
        "Caucasian",
    }
    assert (tmp_path / "leaderboards/streams/compas-two-races/over-time.png").is_file()
    assert row(table, "forest", "accuracy")["n"] == 80
