"""Text files of other people: lines, JSON and typed fields, with the place in every message.

Every reader raises BadData for what it cannot read: one line with the file, the line or key, what
was expected and what was found.
"""

import codecs
import io
import json
import math
import re
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, Union, cast

from benchsuite.errors import BadData, near
from benchsuite.files.packed import bytes_of

_SCALARS: dict[type, str] = {
    str: "a string", int: "a whole number", float: "a number", bool: "true or false",
    NoneType: "null",
}  # fmt: skip
_KINDS: dict[type, str] = {**_SCALARS, dict: "an object", list: "a list"}

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""What trec_eval's strtod and every language read alike."""

Row = dict[str, Any]
T = TypeVar("T")


def text_of(path: Path) -> str:
    """The text of a UTF-8 file, without a byte order mark; every line ends with a newline alone.

    A file of gzip is unpacked; UTF-16 is read where a byte order mark tells it.
    Raises BadData where the file cannot be read, is in another encoding, or is empty.
    """
    return io.StringIO(decoded(path), newline=None).read()


def decoded(path: Path) -> str:
    """The text of a file as `text_of` reads it, with its line ends as they are."""
    whole = b""
    try:
        whole = bytes_of(path)
        wide = whole.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = whole.decode("utf-16" if wide else "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = whole.count(b"\n", 0, error.start) + 1
        perhaps = "UTF-16" if b"\0" in whole else "Windows-1252"
        perhaps = "Excel's own format" if whole.startswith(b"PK") else perhaps
        raise BadData(f"{path}:{line}: expected UTF-8, found byte {error.start} that is not "
                      f"({perhaps}?); save the file as text in UTF-8") from error  # fmt: skip
    if not text.strip():
        raise BadData(f"{path}: expected at least one line, found an empty file")
    return text


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    # Not splitlines, which also splits at characters that JSON strings may hold.
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            yield number, line


def json_lines(path: Path) -> Iterator[tuple[str, Row]]:
    """The objects of a JSON-lines file, each with `file:line` for messages."""
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        yield where, record(where, parsed(where, line))


def json_object(path: Path) -> Row:
    """The object that a JSON file holds."""
    return record(str(path), json_value(path))


def json_value(path: Path) -> Any:
    """What a JSON file holds, an object or anything else."""
    return parsed(str(path), text_of(path))


def parsed(where: str, text: str) -> Any:
    """The value that a text of JSON holds."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}" if "\n" in text else where
        found = f"{error.msg} at column {error.colno}"
        raise BadData(f"{place}: expected JSON, found {found}") from error
    except RecursionError as error:
        raise BadData(f"{where}: expected JSON, found brackets nested too deeply") from error
    except ValueError as error:
        raise BadData(f"{where}: expected JSON, found a number of too many digits") from error


def record(where: str, value: Any) -> Row:
    """A value that is an object. Raises BadData for anything else."""
    found: Row = _typed(where, value, dict)
    return found


def string(where: str, row: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """The string under `key`. Raises BadData where it is missing (without a default) or another."""
    if key not in row and default is None:
        raise BadData(f"{where}: expected the key '{key}', found {', '.join(row) or 'no keys'}")
    return text_value(f"{where}: {key}", row.get(key, default))


def strings(where: str, row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The list of strings under `key`; empty where there is none."""
    values = _typed(f"{where}: {key}", row.get(key, []), list)
    return tuple(text_value(f"{where}: {key}", value) for value in values)


def text_value(where: str, value: Any) -> str:
    """A value that is a string of Unicode. Raises BadData for anything else."""
    text: str = _typed(where, value, str)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadData(f"{where}: expected Unicode text, found half a surrogate pair")
    return text


def identifier(where: str, value: str, key: str = "id") -> str:
    """An id: not empty, and without control characters, which trec_eval could not hold."""
    if not value or not value.isprintable():
        raise BadData(f"{where}: {key}: expected a printable id, found {value!r}")
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
    """The finite number that a text holds, in ASCII digits with a decimal point.

    Raises BadData for anything else, such as `1_000`, `0,5`, digits of other scripts and `1e999`.
    """
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        hint = " (write a decimal point)" if re.search(r"\d,\d", text) else ""
        raise BadData(f"{where}: {key}: expected a finite number, found '{text[:60]}'{hint}")
    return value


def finite(value: object) -> float | None:
    """The finite number that a value of JSON is; None for anything else, such as `"N/A"`.

    A whole number of JSON has any length: one that no float holds is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with suppress(OverflowError):
        return float(value) if math.isfinite(value) else None
    return None


def _typed(where: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        refuse(where, _KINDS[kind], value)
    return value


def refuse(where: str, expected: str, value: Any) -> NoReturn:
    """Raise BadData: something was expected, and `value` was found."""
    try:
        found = json.dumps(value, default=repr)[:60]
    except RecursionError:
        found = "brackets nested too deeply"
    raise BadData(f"{where}: expected {expected}, found {found}")


def record_of(cls: type[T], where: str, value: Any) -> T:
    """The dataclass `cls` from a JSON object, with the types that its fields declare.

    Fields may be str, int, float, bool, None, enums, literals, tuples, `Mapping[str, T]`, other
    dataclasses, unions of these, and Any. Raises BadData for a key that is missing and has no
    default, a foreign key, and a value of another type; the message names the key.
    """
    row = record(where, value)
    known = {one.name: one for one in fields(cast(Any, cls)) if one.init}
    for key in row:
        if key not in known:
            raise BadData(f"{where}: expected no key '{key}'{near(key, known)}")
    for key, one in known.items():
        if key not in row and one.default is MISSING and one.default_factory is MISSING:
            raise BadData(f"{where}: expected the key '{key}', found {', '.join(row) or 'no keys'}")
    kinds = _kinds(cast(Any, cls))
    return cls(**{key: _value(f"{where}: {key}", kinds[key], row[key]) for key in row})


@lru_cache
def _kinds(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _value(where: str, kind: Any, value: Any) -> Any:
    """The value as its field's type declares it."""
    if kind is Any:
        return value
    if kind in _SCALARS:
        return _scalar(where, kind, value)
    if is_dataclass(kind):
        return record_of(cast(type, kind), where, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _one_of(where, {one.value: one for one in kind}, value)
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, UnionType):
        return _either(where, parts, value)
    if origin is Literal:
        return _one_of(where, {one: one for one in parts}, value)
    if origin is tuple:
        return _tuple(where, parts, value)
    if origin in (dict, Mapping):
        items = record(where, value).items()
        return {text_value(where, k): _value(f"{where}: {k}", parts[1], v) for k, v in items}
    raise TypeError(f"{where}: no file holds a {kind}")


def _scalar(where: str, kind: type, value: Any) -> Any:
    if kind is float and type(value) is int and (held := finite(value)) is not None:
        return held
    if type(value) is not kind:
        refuse(where, _KINDS[kind], value)
    return text_value(where, value) if kind is str else value


def _one_of(where: str, known: Mapping[Any, Any], value: Any) -> Any:
    if isinstance(value, (str, int)) and value in known:
        return known[value]
    return refuse(where, f"one of {', '.join(map(str, known))}", value)


def _either(where: str, kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and NoneType in kinds:
        return None
    options = [kind for kind in kinds if kind is not NoneType]
    for kind in options[:-1]:
        with suppress(BadData):
            return _value(where, kind, value)
    return _value(where, options[-1], value)


def _tuple(where: str, parts: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    values = _typed(where, value, list)
    kinds = parts[:1] * len(values) if parts[1:] == (Ellipsis,) else parts
    if len(values) != len(kinds):
        refuse(where, f"{len(kinds)} values", value)
    pairs = zip(kinds, values, strict=True)
    return tuple(_value(f"{where}[{place}]", kind, one) for place, (kind, one) in enumerate(pairs))
