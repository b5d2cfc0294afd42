"""`pairs`: groups of one's own, as JSON lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData

from ..files import inside, objects
from ..group import Group, of_files

KEYS = frozenset({"id", "images", "captions", "matching", "attributes", "cluster"})


def pairs(path: str, name: str = "pairs", images: str = "") -> Dataset:
    """Groups from a JSONL file: a line {"id", "images", "captions"} each.

    images are paths below the folder `images` (the file's own by default); `matching`, the caption
    of each image, is the first captions in order unless given; `attributes` maps names to strings,
    and `cluster` names what is resampled together.
    Raises BadData, with file and line, for whatever is malformed.
    """
    file = Path(path)
    root = Path(images) if images else file.parent
    return of_files(name, [_group(where, row, root) for where, row in objects(file)])


def _group(where: str, row: Mapping[str, Any], root: Path) -> Group:
    unknown = sorted(set(row) - KEYS)
    if unknown:
        raise BadData(f"{where}: expected the keys {', '.join(sorted(KEYS))}, found '{unknown[0]}'")
    attributes = row.get("attributes", {})
    if not isinstance(attributes, dict) or not all(isinstance(v, str) for v in attributes.values()):
        raise BadData(f"{where}: attributes: expected strings by name, found {attributes!r}")
    if "" in attributes:
        raise BadData(f"{where}: attributes: expected names with characters, found ''")
    return Group(
        where=where,
        id=_string(where, "id", row.get("id")),
        images=[inside(where, root, image) for image in _strings(where, row, "images")],
        captions=_strings(where, row, "captions"),
        matching=_places(where, row.get("matching")),
        attributes=attributes,
        cluster=_string(where, "cluster", row.get("cluster", row.get("id"))),
    )


def _places(where: str, value: Any) -> list[int] | None:
    whole = isinstance(value, list) and all(type(place) is int for place in value)
    if value is not None and not whole:
        raise BadData(f"{where}: matching: expected a list of whole numbers, found {value!r}")
    return value if whole else None


def _strings(where: str, row: Mapping[str, Any], key: str) -> list[str]:
    values = row.get(key)
    if not isinstance(values, list):
        raise BadData(f"{where}: {key}: expected a list of strings, found {values!r}")
    return [_string(where, key, value) for value in values]


def _string(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise BadData(f"{where}: {key}: expected a string, found {value!r}")
    return value
