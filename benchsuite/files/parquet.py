"""Parquet files that other people made: as rows, or as a table."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchsuite.errors import BadData, near, of_others
from benchsuite.files.text import Row


def parquet_rows(path: Path, columns: Collection[str] = ()) -> list[tuple[str, Row]]:
    """The rows of a Parquet file, each with `file:row` for messages.

    Raises BadData where the file cannot be read, or lacks one of `columns`.
    """
    table = _table(path, columns)
    with of_others(f"{path}: expected a Parquet file"):
        rows = table.to_pylist()
    return [(f"{path}:{n}", row) for n, row in enumerate(rows, start=1)]


def parquet_table(path: Path, columns: Collection[str] = ()) -> pd.DataFrame:
    """A Parquet file as a table of pandas.

    Raises BadData where the file cannot be read, has no row, or lacks one of `columns`.
    """
    table = _table(path, columns)
    if not table.num_rows:
        raise BadData(f"{path}: expected at least one row, found none")
    with of_others(f"{path}: expected a Parquet file"):
        found: pd.DataFrame = table.to_pandas()
    return found


def _table(path: Path, columns: Collection[str]) -> pa.Table:
    """The table that a Parquet file holds. Raises BadData."""
    try:
        table = pq.read_table(path)
    except Exception as error:  # pyarrow raises nearly anything on damaged bytes
        reason = " ".join(str(error).split())[:300]
        raise BadData(f"{path}: expected a Parquet file, found: {reason}") from error
    for name in columns:
        if name not in table.column_names:
            raise BadData(
                f"{path}: expected the column '{name}', found none{near(name, table.column_names)}"
            )
    return table
