"""The table of attributes: a CSV with one row per sample.

An attribute that is not known has no value: the sample is then in no group of the attribute.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData

from .text import csv_rows

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
    for where, row in csv_rows(path, (key, *columns)):
        if not row[key]:
            raise BadData(f"{where}: {key}: expected an id, found nothing")
        if row[key] in found:
            raise BadData(f"{where}: {key}: '{row[key]}' occurs twice")
        found[row[key]] = row
    return found


def read_attributes(path: Path, key: str) -> Rows:
    """The known attributes by `key`: every other column, without unknown values.

    Raises BadData as `read_rows`.
    """
    return {
        own: {name: v for name, v in row.items() if name != key and not is_unknown(v)}
        for own, row in read_rows(path, key).items()
    }
