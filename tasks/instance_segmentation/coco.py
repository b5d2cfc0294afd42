"""Annotations in COCO's JSON format, read strictly."""

import csv
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchsuite.errors import BadData, WrongCall

from .images import Annotation, Size
from .masks import compressed

OUTSIDE = 1.0
"""Pixels that an annotated box may lie beyond its image."""
LARGEST = sys.float_info.max
"""Beyond it a whole number of JSON has no float64."""
Id = int | float | str
"""What an id may be; lists and objects cannot be looked up."""


@dataclass(frozen=True)
class Image:
    """One entry of `images`, with its annotations as they stand in the file.

    id  of the sample;   number  the image id of the file, as text
    """

    where: str
    id: str
    number: str
    file_name: str
    size: Size
    annotations: tuple[Mapping[str, Any], ...]

    def truth(self) -> list[Annotation]:
        """The annotations with compressed masks. Raises BadData for a mask that does not fit."""
        return [_annotation(self, raw) for raw in self.annotations]


@dataclass(frozen=True)
class File:
    """A file of annotations: its images in the order of their ids, and its categories."""

    path: Path
    images: tuple[Image, ...]
    categories: Mapping[int, str]


def find(path: Path) -> Path:
    """The annotations at `path`: the file itself, or the folder's annotations.json or only JSON.

    Raises WrongCall where there is none, or none can be told.
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


def read(path: Path, keep: Callable[[str], bool] = lambda file_name: True) -> File:
    """Read a file of annotations; `keep` chooses images by file name.

    Raises BadData, naming file and entry, for a missing key, an id that occurs twice, an annotation
    of an unknown image or category, and a box outside its image.
    """
    content = _object(path)
    categories = _categories(path, content)
    known = _images(path, content)
    annotations: dict[Any, list[Mapping[str, Any]]] = {key: [] for key in known}
    seen: set[Any] = set()
    for index, raw in enumerate(_list(path, content, "annotations")):
        where = f"{path}: annotation {raw.get('id', f'at {index}')}"
        _check(where, raw, known, categories, seen)
        annotations[raw["image_id"]].append(raw)
    images = (
        Image(f"{path}: image {key}", sample_id(key), str(key), name, size, tuple(annotations[key]))
        for key, (name, size) in known.items()
    )
    ordered = sorted((one for one in images if keep(one.file_name)), key=lambda one: one.id)
    return File(path, tuple(ordered), categories)


def sample_id(image_id: object) -> str:
    """The id of an image's sample: a number has COCO's twelve digits, so that text sorts alike."""
    return f"{image_id:012d}" if isinstance(image_id, int) else str(image_id)


def _object(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: expected COCO annotations as JSON, found {error}") from error
    if not isinstance(content, dict):
        raise BadData(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def _list(path: Path, content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = content.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadData(f"{path}: {key}: expected a list of objects, found {type(found).__name__}")
    return found


def _categories(path: Path, content: Mapping[str, Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    for raw in _list(path, content, "categories"):
        key, name = raw.get("id"), raw.get("name")
        if not isinstance(key, int) or not isinstance(name, str):
            raise BadData(f"{path}: categories: expected an id and a name, found {dict(raw)}")
        if key in found:
            raise BadData(f"{path}: categories: id {key} occurs twice")
        found[key] = name
    return found


def _images(path: Path, content: Mapping[str, Any]) -> dict[Any, tuple[str, Size]]:
    found: dict[Any, tuple[str, Size]] = {}
    for raw in _list(path, content, "images"):
        key = raw.get("id")
        if not isinstance(key, int | str):
            raise BadData(f"{path}: images: expected an id, found {json.dumps(key)}")
        if key in found:
            raise BadData(f"{path}: images: id {key} occurs twice")
        found[key] = (_file_name(path, raw), _size(f"{path}: image {key}", raw))
    return found


def _file_name(path: Path, raw: Mapping[str, Any]) -> str:
    # LVIS has the address alone
    name = raw.get("file_name") or PurePosixPath(str(raw.get("coco_url", ""))).name
    parts = PurePosixPath(str(name)).parts
    if not parts or ".." in parts or PurePosixPath(str(name)).is_absolute():
        raise BadData(
            f"{path}: image {raw.get('id')}: file_name: expected a path below the images' folder, "
            f"found {str(name)!r}"
        )
    return str(name)


def _size(where: str, raw: Mapping[str, Any]) -> Size:
    size = (raw.get("height"), raw.get("width"))
    if not all(isinstance(side, int) and side > 0 for side in size):
        raise BadData(f"{where}: expected height and width in pixels, found {list(size)}")
    return size  # type: ignore[return-value]


def _check(
    where: str,
    raw: Mapping[str, Any],
    images: Mapping[Any, tuple[str, Size]],
    categories: Mapping[int, str],
    seen: set[Any],
) -> None:
    if not isinstance(raw.get("id"), Id):
        raise BadData(f"{where}: expected an id, found {json.dumps(raw.get('id'))}")
    if raw["id"] in seen:
        raise BadData(f"{where}: the id occurs twice")
    seen.add(raw["id"])
    for key, kind, known in (
        ("image_id", "an image", images),
        ("category_id", "a category", categories),
    ):
        if not isinstance(raw.get(key), Id) or raw[key] not in known:
            raise BadData(f"{where}: {key}: expected {kind}, found {json.dumps(raw.get(key))}")
    if raw.get("iscrowd", 0) not in (0, 1):
        raise BadData(f"{where}: iscrowd: expected 0 or 1, found {json.dumps(raw['iscrowd'])}")
    _check_box(where, raw, images[raw["image_id"]][1])


def _check_box(where: str, raw: Mapping[str, Any], size: Size) -> None:
    box, area = raw.get("bbox"), raw.get("area")
    if not _finite(box, 4):
        raise BadData(f"{where}: bbox: expected x, y, width, height, found {json.dumps(box)}")
    if not _finite([area], 1) or area < 0:  # type: ignore[operator]
        raise BadData(f"{where}: area: expected pixels, found {json.dumps(area)}")
    (x, y, w, h), (height, width) = box or (0, 0, 0, 0), size
    if min(x, y) < -OUTSIDE or min(w, h) < 0 or x + w > width + OUTSIDE or y + h > height + OUTSIDE:
        raise BadData(
            f"{where}: bbox: expected a box inside {width} × {height} pixels, found {box}"
        )


def _finite(values: Any, length: int) -> bool:
    if not isinstance(values, list) or len(values) != length:
        return False
    return all(isinstance(v, int | float) and abs(v) <= LARGEST for v in values)


def _annotation(image: Image, raw: Mapping[str, Any]) -> Annotation:
    where = f"{image.where}: annotation {raw['id']}"
    return {
        "id": raw["id"],
        "category_id": int(raw["category_id"]),
        "iscrowd": int(raw.get("iscrowd", 0)),
        "area": float(raw["area"]),
        "bbox": [float(v) for v in raw["bbox"]],
        "segmentation": compressed(where, raw.get("segmentation"), *image.size),
    }


def read_attributes(path: Path, key: str = "file_name") -> dict[str, dict[str, str]]:
    """A CSV of attributes by file name: {file name: {attribute: value}}; empty values are left out.

    Raises BadData where the column `key` is missing, or a name occurs twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: expected a CSV file, found {error}") from error
    found: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if not row.get(key):
            raise BadData(f"{path}:{number}: expected the column {key}, found {list(row)}")
        if row[key] in found:
            raise BadData(f"{path}:{number}: {key} '{row[key]}' occurs twice")
        found[row[key]] = {k: v for k, v in row.items() if k and k != key and v}
    return found
