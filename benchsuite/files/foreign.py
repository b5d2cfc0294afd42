"""Folders and Parquet files that strangers send: measured before anything of them is read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from benchsuite.errors import BadData, of_others
from benchsuite.files.parquet import chunks_of, opened, texts_of

MOST_DECODED: Final = 2**29
"""Bytes that a table of a stranger may have in memory."""
LONGEST_TEXT: Final = 4096
"""Bytes of a text in such a table."""


def files_below(folder: Path, most: int) -> dict[str, int]:
    """The sizes in bytes of the files below a folder, by path: `units/clean/a.parquet`.

    Raises BadData for a link, for what is neither a file nor a folder, and for more than `most`
    entries.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise BadData(f"{folder}: expected a folder, found {_found(folder)}")
    sizes: dict[str, int] = {}
    for count, (path, held) in enumerate(_entries(folder)):
        if count >= most:
            raise BadData(f"{folder}: expected at most {most} files and folders, found more")
        if stat.S_ISREG(held.st_mode):
            sizes[path.relative_to(folder).as_posix()] = held.st_size
        elif not stat.S_ISDIR(held.st_mode):
            raise BadData(f"{path}: expected a file or a folder, found {_found(path)}")
    return sizes


def _found(path: Path) -> str:
    if path.is_symlink():
        return "a link"
    return "a special file" if path.exists() and not path.is_file() else "a file or nothing"


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that is below a folder; links are not followed."""
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda one: one.name):
            yield Path(entry.path), entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def check_parquet(path: Path) -> None:
    """Raise BadData unless a Parquet file can be read, is plain, and is small in memory, too.

    Few bytes can hold one long text a million times over. So texts are measured before they are
    laid out, and numbers are counted.
    """
    with of_others(f"{path}: expected a Parquet file"):
        held = opened(path)
        for field in held.schema_arrow:
            if not _plain(field.type):
                raise BadData(f"{path}: expected texts, numbers and lists of them, found {field}")
        groups = [held.metadata.row_group(i) for i in range(held.metadata.num_row_groups)]
        values = sum(chunk.num_values for chunk in chunks_of(held.metadata))
        decoded = max(8 * values, *(group.total_byte_size for group in groups), 0)
        if decoded <= MOST_DECODED:
            decoded += _texts(path, held)
    if decoded > MOST_DECODED:
        raise BadData(f"{path}: expected at most {MOST_DECODED:,} bytes in memory, found more")


def _plain(kind: pa.DataType) -> bool:
    """Whether a column holds texts, numbers or lists of them."""
    if pa.types.is_list(kind):
        return _plain(kind.value_type)
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    return pa.types.is_string(kind) or any(is_one(kind) for is_one in plain)


def _texts(path: Path, held: pq.ParquetFile) -> int:
    """The bytes that the texts of a file take when each is laid out."""
    leaves, total = [held.schema.column(i) for i in range(len(held.schema))], 0
    columns = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    for texts in texts_of(path, columns):
        if texts.longest > LONGEST_TEXT:
            raise BadData(f"{path}: expected texts of at most {LONGEST_TEXT} bytes, found more")
        total += texts.size
    return total
