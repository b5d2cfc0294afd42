"""Values as Hydra writes them: those of Python, and objects of JSON on the command line."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Final

from benchsuite.errors import BadData
from benchsuite.files.text import parsed

_BARE: Final = re.compile(r"[A-Za-z_/.][\w/.@:+-]*", re.ASCII)
"""Texts that Hydra reads as themselves; but for those of _MEANT."""
_MEANT: Final = re.compile(r"(?i)(null|true|false|nan|inf)|.*:|\.\d+(e[+-]?\d+)?")

_WRITTEN: Final = {*"'\"[]{}(),=$\\"}
"""What only a value that is written in Hydra's grammar has."""


def in_hydra(word: str) -> str:
    """The word `key=value` as Hydra reads it.

    An object of JSON becomes one of Hydra. A plain text of other letters than ASCII's gets quotes.
    """
    key, _, value = word.partition("=")
    if value.startswith("{"):
        with suppress(BadData):
            return f"{key}={_bare(parsed(key, value))}"
    if not value.isascii() and not _WRITTEN & {*value}:
        return f"{key}={_text(value)}"
    return word


def _bare(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_bare(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_bare, value))}]"
    return json.dumps(value, ensure_ascii=False)


def word_of(key: str, value: Any) -> str:
    """The word `key=value` of the command line that means a value of Python."""
    return f"{key}={_spoken(value)}"


def _spoken(value: Any) -> str:
    if hasattr(value, "tolist"):  # numbers, texts and arrays of numpy and torch
        value = value.tolist()
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{_spoken(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_spoken, value))}]"
    if isinstance(value, str | PurePath):
        return _text(str(value))
    return json.dumps(value) if value is None or isinstance(value, bool) else repr(value)


def _text(text: str) -> str:
    if _BARE.fullmatch(text) and not _MEANT.fullmatch(text):
        return text
    # Before a quote, and at the end, Hydra reads two backslashes as one.
    escaped = re.sub(r"(?<!\\)(\\*+)'", r"\1\1\'", text)
    ending = re.sub(r"(?<!\\)(\\++)$", r"\1\1", escaped)
    return f"'{ending}'"
