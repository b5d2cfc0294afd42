"""Who publishes boards: what a CITATION.cff says, for formats that ask for it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from benchsuite.errors import BadData
from benchsuite.files.text import record, refuse, strings, text_of

UNKNOWN: Final = "unknown"
HERE: Final = "./"
"""The address of a board that nobody has said: where its files are."""
UNDATED: Final = "1970-01-01"
"""The day that builds which must not depend on the clock have in place of today."""


@dataclass(frozen=True)
class Citation:
    """Who publishes, where, when and under which licence.

    licences  SPDX identifiers, any of which applies
    released  a day, as `2026-01-31`
    title, version  of what is cited; empty where nobody has said so
    """

    authors: tuple[str, ...] = (UNKNOWN,)
    licences: tuple[str, ...] = ()
    url: str = HERE
    released: str = UNDATED
    title: str = ""
    version: str = ""

    @property
    def epoch(self) -> int:
        """Seconds from 1970 to the day."""
        day = datetime.date.fromisoformat(self.released)
        return (day - datetime.date.fromisoformat(UNDATED)).days * 86_400


def read_citation(path: Path) -> Citation:
    """What a CITATION.cff says; the rest stays unknown. Raises BadData for another file."""
    try:
        found = record(str(path), yaml.safe_load(text_of(path)))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadData(f"{path}: expected YAML: {' '.join(str(error).split())}") from error
    several = found.get("authors", [])
    if not isinstance(several, list):
        refuse(f"{path}: authors", "a list", several)
    authors = [_author(f"{path}: authors", one) for one in several]
    links = [*_texts(path, found, "url"), *_texts(path, found, "repository-code"), HERE]
    return Citation(
        tuple(authors) or (UNKNOWN,),
        _texts(path, found, "license"),
        links[0],
        _day(path, found.get("date-released")),
        "".join(_texts(path, found, "title")),
        str(found.get("version", "")),
    )


def _texts(path: Path, found: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = found.get(key)
    several = value if isinstance(value, list) else [value] if value is not None else []
    return strings(str(path), {key: several}, key)


def _author(where: str, value: Any) -> str:
    one = record(where, value)
    parts = [one.get("given-names"), one.get("name-particle"), one.get("family-names")]
    name = str(one.get("name") or " ".join(str(part) for part in parts if part))
    if not name:
        raise BadData(f"{where}: expected name, or family-names and given-names, found neither")
    return name


def _day(path: Path, value: Any) -> str:
    if value is None:
        return UNDATED
    try:
        return datetime.date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise BadData(f"{path}: date-released: expected YYYY-MM-DD, found {value}") from error
