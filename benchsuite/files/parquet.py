"""Parquet files that other people made: as rows, as a table, or column by column."""

import mmap
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchsuite.errors import BadData, near, of_others
from benchsuite.files.limits import check_bytes, most_bytes
from benchsuite.files.pages import unpacked_pages
from benchsuite.files.text import Row

AT_ONCE: Final = 2**12
"""Values of a column that are made at a time."""


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


def parquet_file(path: Path, what: str = "a Parquet file") -> pq.ParquetFile:
    """A Parquet file that is open, and no bomb: nothing of it is unpacked yet but its texts.

    Raises BadData where it is not what it should be, FileNotFoundError where nothing is there.
    What becomes too large in memory is refused, too (`files.limits`).
    """
    try:
        held, size = opened(path), path.stat().st_size
        check_bytes(str(path), _unpacked(path, held.metadata), size)
        check_bytes(str(path), _laid_out(path, held.metadata, most_bytes(size)), size)
    except (BadData, FileNotFoundError):
        raise
    except Exception as error:  # pyarrow raises nearly anything on damaged bytes
        reason = " ".join(str(error).split())[:300]
        raise BadData(f"{path}: expected {what}, found: {reason}") from error
    return held


def opened(path: Path) -> pq.ParquetFile:
    """A Parquet file whose footer fits its schema. Raises what pyarrow does where it does not.

    pyarrow ends the process if `column()` of a footer meets a contradiction. A reader of batches
    meets it, too, and raises. Batches of no row unpack nothing.
    """
    held = pq.ParquetFile(path)
    for group in range(held.num_row_groups):
        next(held.reader.iter_batches(0, row_groups=[group], use_threads=False), None)
    return held


def chunks_of(footer: pq.FileMetaData) -> list[pq.ColumnChunkMetaData]:
    """What the footer of an `opened` file says of each column of each group of rows."""
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    return [group.column(i) for group in groups for i in range(group.num_columns)]


def values_of(held: pq.ParquetFile, column: str) -> Iterator[Any]:
    """The values of a column of flat values, one by one; few of them are in memory at once."""
    for group in range(held.num_row_groups):
        for chunk in held.read_row_group(group, columns=[column]).column(column).chunks:
            for start in range(0, len(chunk), AT_ONCE):
                yield from chunk.slice(start, AT_ONCE).to_pylist()


def _table(path: Path, columns: Collection[str]) -> pa.Table:
    """The table that a Parquet file holds. Raises BadData."""
    try:
        table = parquet_file(path).read()
    except BadData:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise BadData(f"{path}: expected a Parquet file, found: {reason}") from error
    for name in columns:
        if name not in table.column_names:
            raise BadData(
                f"{path}: expected the column '{name}', found none{near(name, table.column_names)}"
            )
    return table


def _unpacked(path: Path, footer: pq.FileMetaData) -> int:
    """The bytes that the pages of a file become. Raises ValueError for pages that are not there."""
    chunks = chunks_of(footer)
    packed = sum(max(chunk.total_compressed_size, 0) for chunk in chunks)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if packed > len(data):
            raise ValueError(f"{packed:,} bytes of pages in a file of {len(data):,}")
        return sum(
            size
            for chunk in chunks
            for size in unpacked_pages(data, _start(chunk), chunk.total_compressed_size)
        )


def _start(chunk: pq.ColumnChunkMetaData) -> int:
    """Where the pages of a column begin."""
    start: int = chunk.data_page_offset
    return min(chunk.dictionary_page_offset or start, start)


def _laid_out(path: Path, footer: pq.FileMetaData, most: int) -> int:
    """The bytes of all values, or more than `most`: a page may name one text a million times."""
    chunks = chunks_of(footer)
    total: int = 8 * sum(chunk.num_values for chunk in chunks)
    named = (c for c in chunks if c.physical_type == "BYTE_ARRAY" and c.has_dictionary_page)
    columns = [*dict.fromkeys(chunk.path_in_schema for chunk in named)]
    found = texts_of(path, columns) if total <= most else iter(())
    while total <= most and (texts := next(found, None)):
        total += texts.size
    return total


class Texts(NamedTuple):
    """Texts of a file: the bytes of the longest, and of all where each is laid out."""

    longest: int
    size: int


def texts_of(path: Path, columns: Sequence[str]) -> Iterator[Texts]:
    """What the texts of some columns take, by group of rows; none of them is laid out."""
    if not columns:  # pyarrow would read all
        return
    held = pq.ParquetFile(path, read_dictionary=list(columns))
    for group in range(held.num_row_groups):
        for column in held.read_row_group(group, columns=list(columns)).columns:
            yield from (texts for chunk in column.chunks for texts in _texts(chunk))


def _texts(values: Any) -> Iterator[Texts]:
    kind = values.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(values.dictionary)
        size = pc.sum(pc.take(lengths, values.indices)).as_py() or 0
        yield Texts(pc.max(lengths).as_py() or 0, size)
    elif pa.types.is_struct(kind):
        for field in range(kind.num_fields):
            yield from _texts(values.field(field))
    elif pa.types.is_nested(kind):
        yield from _texts(values.flatten())
