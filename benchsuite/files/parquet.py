"""The rows of Parquet files that other people made."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchsuite.errors import BadData, near
from benchsuite.files.text import Row


def parquet_rows(path: Path, columns: Collection[str] = ()) -> list[tuple[str, Row]]:
    """The rows of a Parquet file, each with `file:row` for messages.

    Raises BadData where the file cannot be read, or lacks one of `columns`.
    """
    try:
        table = pq.read_table(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:300]
        raise BadData(f"{path}: expected a Parquet file, found: {reason}") from error
    for name in columns:
        if name not in table.column_names:
            raise BadData(
                f"{path}: expected the column '{name}', found none{near(name, table.column_names)}"
            )
    return [(f"{path}:{n}", row) for n, row in enumerate(table.to_pylist(), start=1)]
