"""The leaderboard as people read it: the tidy table with its notes in words."""

from pathlib import Path

import pandas as pd

from benchsuite.boards import table
from benchsuite.publish.notes import in_words


def leaderboard(results: str | Path = "results", task: str = "*") -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row per cell.

    Raises BadData where there are no runs.
    """
    return in_words(table.leaderboard(results, task))
