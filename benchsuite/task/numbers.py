"""Predictions that are one number a sample, as a table with the columns `id` and `score`."""

from pathlib import Path

import pandas as pd

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, near
from benchsuite.files.table import csv_rows
from benchsuite.files.text import number

COLUMNS = ("id", "score")


def read_scores(path: Path, dataset: Dataset) -> dict[str, float]:
    """The score of each sample by its id.

    Raises BadData for a sample that is missing, unknown or there twice, and for what is no number.
    """
    found: dict[str, float] = {}
    ids = dict.fromkeys(sample.id for sample in dataset.samples())
    for where, row in csv_rows(path, COLUMNS):
        if (key := row["id"]) not in ids:
            raise BadData(f"{where}: expected the id of a sample, found '{key}'{near(key, ids)}")
        if key in found:
            raise BadData(f"{where}: expected each id once, found '{key}' again")
        found[key] = number(where, "score", row["score"])
    for key in ids:
        if key not in found:
            raise BadData(f"{path}: expected {len(ids)} scores, found {len(found)} without '{key}'")
    return found


def write_scores(table: pd.DataFrame, model: str) -> str:
    """The column `score` of a run's statistics, as `read_scores` reads it."""
    named = table[["sample_id", "score"]].set_axis(list(COLUMNS), axis=1)
    return named.to_csv(index=False, lineterminator="\n")
