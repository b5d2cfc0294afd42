"""Predictions that are a number a sample, as a CSV with the columns `id` and `prediction`."""

from pathlib import Path

import pandas as pd

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData

from .attributes import read_attributes
from .text import number


def read_numbers(path: Path, dataset: Dataset) -> dict[str, float]:
    """The predictions by id.

    Raises BadData for a sample without one, and with its row for one that is no finite number.
    """
    table = read_attributes(path, "id", ("prediction",))
    for sample in dataset.samples():
        if sample.id not in table.rows:
            raise BadData(
                f"{path}: expected a prediction for each sample, found none of '{sample.id}'"
            )
    return {
        key: number(table.places[key], "prediction", row["prediction"])
        for key, row in table.rows.items()
    }


def write_numbers(table: pd.DataFrame, model: str) -> str:
    """The column `prediction` of a run's statistics as it is read, by `place` if there is one."""
    ordered = table.sort_values("place") if "place" in table else table
    columns = ordered[["sample_id", "prediction"]].rename(columns={"sample_id": "id"})
    return str(columns.to_csv(index=False, lineterminator="\n"))
