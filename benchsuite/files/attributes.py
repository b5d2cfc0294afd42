"""The table of attributes: a CSV with a row a sample.

An attribute that is not known has no value: the sample is then in no group of the attribute.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData, near

UNKNOWN: Final = ("", "-1", "-1.0", "na", "n/a", "nan", "null", "unknown", "not reported")
"""What people write for a value that they do not know; capitals count as well."""

Rows = dict[str, dict[str, str]]


def is_unknown(value: str) -> bool:
    """Whether a cell says that its value is not known."""
    return value.casefold() in UNKNOWN


def read_rows(path: Path, key: str, columns: Sequence[str] = ()) -> Rows:
    """The rows by their value of the column `key`, with all columns that have a name.

    Raises BadData, with the line, if the file has no row, lacks one of `columns`, or a row has no
    key, another row's key, or too few or too many values.
    """
    found: Rows = {}
    for where, row in _csv_rows(path, (key, *columns)):
        if not row[key]:
            raise BadData(f"{where}: {key}: expected an id, found nothing")
        if row[key] in found:
            raise BadData(f"{where}: {key}: '{row[key]}' occurs twice")
        found[row[key]] = {name: value for name, value in row.items() if name}
    if not found:
        raise BadData(f"{path}: expected at least one row, found none")
    return found


def read_attributes(path: Path, key: str) -> Rows:
    """The known attributes by `key`: every other column, without unknown values.

    Raises BadData as `read_rows`.
    """
    return {
        own: {name: v for name, v in row.items() if name != key and not is_unknown(v)}
        for own, row in read_rows(path, key).items()
    }


def _csv_rows(path: Path, columns: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            lines = [(f"{path}:{reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: expected a CSV in UTF-8, found: {error}") from error
    for name in columns:
        if name not in header:
            raise BadData(f"{path}: expected a column '{name}', found none{near(name, header)}")
    for name in header:
        if header.count(name) > 1:
            raise BadData(f"{path}:1: the column '{name}' occurs twice")
    for where, row in lines:
        if None in row or None in row.values():
            raise BadData(f"{where}: expected {len(header)} values, found another number")
    return [(where, {n: v.strip() for n, v in row.items()}) for where, row in lines]
