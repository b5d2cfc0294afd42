"""The commands of the boards run, and the numbers of their findings are those of their tables."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.test_docs import told

BOARDS = sorted(path.parent for path in (ROOT / "leaderboards/regret").glob("*/findings.md"))
by_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)


def shown(board: Path) -> set[str]:
    """Every number of a board's table and of its paired differences, as the findings write them."""
    table, pairs = (pd.read_parquet(board / f"{name}.parquet") for name in ("table", "pairs"))
    columns = [
        *(table[name] for name in ("value", "ci_low", "ci_high")),
        *(sign * pairs[name] for name in ("difference", "ci_low", "ci_high") for sign in (1, -1)),
    ]
    return {f"{one + 0.0:.3f}" for column in columns for one in column.round(3).dropna()}


@by_board
def test_the_numbers_of_the_findings_are_those_of_the_board(board: Path) -> None:
    found = set(re.findall(r"-?\b\d+\.\d{3}\b", (board / "findings.md").read_text()))
    assert len(found) > 20
    assert found <= shown(board)


def people(kind: str, draw: np.random.Generator, n: int = 40) -> pd.DataFrame:
    """A small table in the layout of the source."""
    table = pd.DataFrame(
        {"age": draw.integers(18, 65, n), "sex": draw.choice(["male", "female"], n)}
    )
    if kind == "insurance":
        smoker = draw.choice(["yes", "no"], n)
        charges = 100 * table["age"] + 9000 * (smoker == "yes")
        return table.assign(bmi=draw.normal(30, 5, n).round(1), children=draw.integers(0, 4, n),
                            smoker=smoker, region=draw.choice(["a", "b"], n), charges=charges)  # fmt: skip
    zeros = dict.fromkeys(("capital-gain", "capital-loss"), 0)
    made = table.assign(race=draw.choice(["White", "Black"], n), **zeros)
    made = made.assign(**{"education-num": draw.integers(5, 15, n), "marital-status": "Divorced",
                          "hours-per-week": draw.integers(10, 60, n)})  # fmt: skip
    return made.assign(**{"income-per-year": np.where(made["age"] > 40, ">50K", "<=50K")})


@by_board
def test_the_commands_of_the_board_run_with_other_people(board, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    people(board.name, np.random.default_rng(0)).to_csv(f"{board.name}.csv", index=False)
    for words in told(board / "findings.md"):
        given = [re.sub("=(2000|500)$", "=200", word.replace("=DIR", "=.")) for word in words[1:]]
        assert main(given) == 0
    made = pd.read_parquet(tmp_path / "leaderboards/regret" / board.name / "table.parquet")
    published = pd.read_parquet(board / "table.parquet")
    for column in ("model", "condition", "metric"):
        assert set(made[column]) == set(published[column])
    assert made.query("form == 'value' and attribute == ''")["value"].notna().all()
