"""Annotations in COCO's JSON format, read strictly.

Ids, file names and category names may occur once. If one occurs twice, one reader would keep the
first and another the last. The ids 1 and "1" are one id.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from benchsuite.errors import BadData, WrongCall

from .images import MOST_PIXELS
from .masks import Rle, compressed, is_number
from .text import json_object

OUTSIDE = 1.0
"""Pixels that an annotated box may lie beyond its image."""
Size = tuple[int, int]
"""Height and width in pixels."""
Raw = Mapping[str, Any]
"""An entry as it stands in the file."""


@dataclass(frozen=True)
class Image:
    """One entry of `images`, with its annotations as they stand in the file.

    where  begins every message about it;   key  its id in the file
    """

    where: str
    key: int | str
    file_name: str
    size: Size
    annotations: tuple[Raw, ...]

    def mask(self, annotation: Raw) -> Rle:
        """One of its annotations as a compressed RLE. Raises BadData where that does not fit."""
        where = f"{self.where}: annotation {_named(annotation.get('id', 'without id'))}"
        return compressed(where, annotation.get("segmentation"), *self.size)

    def masks(self) -> Iterator[tuple[int, Rle]]:
        """The category id and the mask of each annotation, in the order of the file."""
        return ((int(one["category_id"]), self.mask(one)) for one in self.annotations)


@dataclass(frozen=True)
class File:
    """A file of annotations: its images in the order of their samples' ids, and its categories."""

    path: Path
    images: tuple[Image, ...]
    categories: Mapping[int, str]


def find(path: Path) -> Path:
    """The annotations at `path`: the file itself, or the folder's annotations.json or only JSON.

    Raises WrongCall where there is none, or several could be meant.
    """
    if path.is_file():
        return path
    found = sorted(path.glob("*.json"))
    named = [one for one in found if one.name == "annotations.json"] or found
    if len(named) != 1:
        names = ", ".join(one.name for one in found) or "no JSON file"
        raise WrongCall(
            f"{path}: expected COCO annotations (annotations.json, or a single JSON), found {names}"
        )
    return named[0]


def sample_id(key: object) -> str:
    """The id of an image's sample: a number has COCO's twelve digits, so that text sorts alike."""
    return f"{key:012d}" if isinstance(key, int) else str(key)


def read(path: Path, objects: bool = False) -> File:
    """A file of annotations; masks are read later (`Image.mask`).

    objects  every annotation must have an id, an area, and a box inside its image

    Raises BadData, which names file and entry, for a missing key, whatever occurs twice, and an
    annotation of an unknown image or category.
    """
    content = json_object(path)
    categories = _categories(path, content)
    images = _images(path, content)
    held: dict[int | str, list[Raw]] = {key: [] for key in images}
    seen = _Once()
    for index, raw in enumerate(_list(path, content, "annotations")):
        where = f"{path}: annotation {_named(raw.get('id', f'at {index}'))}"
        if objects or "id" in raw:
            seen.check(where, "id", _id(where, raw.get("id")))
        _check(where, raw, images, categories)
        if objects:
            _check_object(where, raw, images[raw["image_id"]][1])
        held[raw["image_id"]].append(raw)
    made = [
        Image(f"{path}: image {_named(key)}", key, name, size, tuple(held[key]))
        for key, (name, size) in images.items()
    ]
    return File(path, tuple(sorted(made, key=lambda one: sample_id(one.key))), categories)


def _list(path: Path, content: Raw, key: str) -> list[Raw]:
    found = content.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadData(f"{path}: {key}: expected a list of objects, found {type(found).__name__}")
    return found


@dataclass(frozen=True)
class _Once:
    """Refuses what occurs twice; a number and its text are one."""

    seen: set[str] = field(default_factory=set)

    def check(self, where: str, what: str, value: int | float | str) -> None:
        forms = {str(value), sample_id(value) if isinstance(value, int) else str(value)}
        if forms & self.seen:
            raise BadData(f"{where}: the {what} {_named(value)} occurs twice")
        self.seen.update(forms)


def _categories(path: Path, content: Raw) -> dict[int, str]:
    found: dict[int, str] = {}
    ids, names = _Once(), _Once()
    for raw in _list(path, content, "categories"):
        where = f"{path}: categories"
        key, name = raw.get("id"), raw.get("name")
        if not _is_whole(key) or not isinstance(name, str) or not name:
            raise BadData(f"{where}: expected a whole id and a name, found {_text(raw)}")
        ids.check(where, "id", key)
        names.check(where, "name", name)
        found[key] = name
    return found


def _images(path: Path, content: Raw) -> dict[int | str, tuple[str, Size]]:
    found: dict[int | str, tuple[str, Size]] = {}
    ids, names = _Once(), _Once()
    for raw in _list(path, content, "images"):
        key = _id(f"{path}: images", raw.get("id"))
        if isinstance(key, float):
            raise BadData(f"{path}: images: expected a whole id or text, found {key}")
        where = f"{path}: image {_named(key)}"
        name = _file_name(where, raw)
        ids.check(f"{path}: images", "id", key)
        names.check(where, "file_name", str(PurePosixPath(name)))
        found[key] = (name, _size(where, raw))
    return found


def _file_name(where: str, raw: Raw) -> str:
    name = raw.get("file_name")
    if not name and isinstance(address := raw.get("coco_url"), str):  # all that LVIS has
        name = PurePosixPath(address).name
    path = PurePosixPath(name if isinstance(name, str) else "")
    if not path.parts or ".." in path.parts or path.is_absolute() or not _is_plain(str(path)):
        raise BadData(
            f"{where}: file_name: expected a path below the images' folder, found {_text(name)}"
        )
    return str(name)


def _is_plain(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _size(where: str, raw: Raw) -> Size:
    height, width = raw.get("height"), raw.get("width")
    if not _is_whole(height) or not _is_whole(width) or min(height, width) < 1:
        raise BadData(
            f"{where}: expected height and width in pixels, found {_text([height, width])}"
        )
    if height * width > MOST_PIXELS:
        raise BadData(f"{where}: expected at most {MOST_PIXELS} pixels, found {height} × {width}")
    return height, width


def _check(where: str, raw: Raw, images: Mapping[Any, Any], categories: Mapping[int, str]) -> None:
    known: tuple[tuple[str, str, Mapping[Any, Any]], ...] = (
        ("image_id", "an image", images),
        ("category_id", "a category", categories),
    )
    for key, kind, ids in known:
        value = raw.get(key)
        if isinstance(value, bool | list | dict) or value not in ids:
            raise BadData(f"{where}: {key}: expected {kind}, found {_text(value)}")
    if (crowd := raw.get("iscrowd", 0)) not in (0, 1):
        raise BadData(f"{where}: iscrowd: expected 0 or 1, found {_text(crowd)}")


def _check_object(where: str, raw: Raw, size: Size) -> None:
    box, area = raw.get("bbox"), raw.get("area")
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_finite, box)):
        raise BadData(f"{where}: bbox: expected x, y, width, height, found {_text(box)}")
    if not _is_finite(area) or area < 0:
        raise BadData(f"{where}: area: expected pixels, found {_text(area)}")
    (x, y, w, h), (height, width) = box, size
    if min(x, y) < -OUTSIDE or min(w, h) < 0 or x + w > width + OUTSIDE or y + h > height + OUTSIDE:
        raise BadData(
            f"{where}: bbox: expected a box inside {width} × {height} pixels, found {_text(box)}"
        )


def _id(where: str, value: object) -> int | float | str:
    if isinstance(value, str) or _is_finite(value):
        return value
    raise BadData(f"{where}: expected an id, found {_text(value)}")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: object) -> TypeGuard[int | float]:
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:  # a whole number of JSON has any length
        return False


def _text(value: object) -> str:
    return json.dumps(value)[:80]


def _named(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else _text(value)
