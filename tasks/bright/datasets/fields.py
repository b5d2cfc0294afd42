"""Fields of JSON lines as collections have them: ids under several names, texts that are null."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchsuite.errors import BadData
from benchsuite.files.text import identifier, string


def key_of(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of `names` that a row has; the first of all where it has none."""
    return next((name for name in names if name in row), names[0])


def value(where: str, row: Mapping[str, Any], key: str) -> Any:
    """What a row has under `key`. Raises BadData where it has nothing."""
    if row.get(key) is None:
        raise BadData(f"{where}: expected the key '{key}', found {', '.join(row) or 'no keys'}")
    return row[key]


def id_of(where: str, row: Mapping[str, Any], key: str) -> str:
    """The id under `key`: a text, or a whole number."""
    found = value(where, row, key)
    whole = isinstance(found, int) and not isinstance(found, bool)
    return str(found) if whole else string(where, row, key)


def id_in(where: str, row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The id under one of `names`, without the white space around it.

    Raises BadData where it is missing, empty, or cannot be printed.
    """
    key = key_of(row, names)
    return identifier(where, id_of(where, row, key).strip(), key)


def text_in(where: str, row: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """The text under `key`; null is an empty one."""
    empty = key in row and row[key] is None
    return "" if empty else string(where, row, key, default)
