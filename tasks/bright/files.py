"""Files of other people: their text, with the line in every message, and their hash."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData

_KINDS: dict[type, str] = {dict: "an object", str: "a string", list: "a list"}


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of(path: Path) -> str:
    """The text of a UTF-8 file. Raises BadData where it cannot be read, is not UTF-8 or empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: expected UTF-8, found byte {error.start} that is not") from error
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error
    if not text.strip():
        raise BadData(f"{path}: expected at least one line, found an empty file")
    return text


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    # Not splitlines, which also splits at characters that JSON strings may hold.
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            yield number, line


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON-lines file, each with `file:line` for messages."""
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        yield where, parsed(where, line)


def parsed(where: str, line: str) -> dict[str, Any]:
    """The object that a line of JSON holds. Raises BadData for anything else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadData(f"{where}: expected JSON, found {_reason(error)}") from error
    return record(where, value)


def record(where: str, value: Any) -> dict[str, Any]:
    """A row, if it is an object. Raises BadData otherwise."""
    found: dict[str, Any] = _typed(where, "", value, dict)
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return type(error).__name__


def string(where: str, row: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """The string under `key`. Raises BadData where it is missing (without a default) or another."""
    if key not in row and default is None:
        raise BadData(f"{where}: expected the key '{key}', found {', '.join(row) or 'no keys'}")
    value: str = _typed(where, key, row.get(key, default), str)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadData(f"{where}: {key}: expected Unicode text, found half a surrogate pair")
    return value


def identifier(where: str, value: str, key: str = "id") -> str:
    """An id: not empty, and without control characters, which trec_eval could not hold."""
    if not value or not value.isprintable():
        raise BadData(f"{where}: {key}: expected a printable id, found {value!r}")
    return value


def strings(where: str, row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The list of strings under `key`; empty where there is none."""
    values = _typed(where, key, row.get(key, []), list)
    return tuple(_typed(where, key, value, str) for value in values)


def _typed(where: str, key: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        field = f"{key}: " if key else ""
        raise BadData(f"{where}: {field}expected {_KINDS[kind]}, found {json.dumps(value)[:60]}")
    return value


def integer(where: str, key: str, value: str | float) -> int:
    """A whole number, or the text of one. Raises BadData for anything else."""
    whole = isinstance(value, float) and value.is_integer()
    text = str(int(value) if whole else value)
    # At most nine digits, which is all that an int32 of trec_eval holds.
    if not re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        raise BadData(f"{where}: {key}: expected a whole number, found '{text[:60]}'")
    return int(text)


def number(where: str, key: str, text: str) -> float:
    """The finite number that a text holds. Raises BadData for anything else."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadData(f"{where}: {key}: expected a finite number, found '{text[:60]}'")
    return value
