"""Tables as people read them: the leaderboard with its notes in words, and the table of runs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from benchsuite.boards import table
from benchsuite.boards.board import Board
from benchsuite.estimation.wording import in_words

UNTOLD = ("schema", "metrics")
"""The fields of an identity that the table of runs leaves out."""


def leaderboard(results: str | Path = "results", task: str = "*") -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row per cell.

    Raises BadData where there are no runs.
    """
    return in_words(table.leaderboard(results, task))


def runs_table(boards: Sequence[Board]) -> pd.DataFrame:
    """One row a run, keyed by `run_id`: identity, conditions, and the model's design factors."""
    rows = [
        {
            "run_id": board.manifest.run_id,
            **{key: value for key, value in asdict(board.identity).items() if key not in UNTOLD},
            "conditions": len(board.manifest.conditions),
            "noted": "; ".join(board.manifest.noted),
            **{f"factor:{name}": value for name, value in board.manifest.factors.items()},
        }
        for board in boards
    ]
    return pd.DataFrame(rows).fillna("")
