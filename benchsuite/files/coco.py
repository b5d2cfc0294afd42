"""Annotations in COCO's JSON format, read strictly.

Ids, file names and category names may occur once. If one occurs twice, one reader would keep the
first and another the last. The ids 1, 1.0 and "1" are one id.

What is wrong with one annotation is the fault of its image alone: `Image.mask` and `Image.objects`
raise it. What concerns several images is raised by `read`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, WrongCall

from .images import MOST_PIXELS, Size
from .masks import Rle, compressed, decoded
from .text import finite, json_object

OUTSIDE = 1.0
"""Pixels that an annotated box may lie beyond its image."""
LONGEST_NAME = 255
"""The characters of the longest name that file systems take."""
Key = int | str
"""The id of an image. The number 1 and the text "1" are one id."""
Raw = Mapping[str, Any]
"""An entry as it stands in the file."""


@dataclass(frozen=True)
class Image:
    """One entry of `images`, with its annotations as they stand in the file.

    where  begins every message about it;   key  its id in the file
    fault  what is wrong with one of its annotations, found when the file was read; '' if nothing
    """

    where: str
    key: Key
    file_name: str
    size: Size
    annotations: tuple[Raw, ...]
    fault: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the name of its file, without a root and steps upwards."""
        return parts_of(self.file_name)

    @property
    def boxes(self) -> int:
        """How many of its annotations have only a box."""
        return sum(not has_mask(one) for one in self.annotations)

    def mask(self, annotation: Raw) -> Rle:
        """One of its annotations as a compressed RLE. Raises BadData where that does not fit."""
        where = f"{self.where}: annotation {_named(annotation.get('id', 'without id'))}"
        return compressed(where, annotation.get("segmentation"), *self.size)

    def union(self, category: int) -> NDArray[np.bool_]:
        """Where objects of a category are, (H, W). Raises BadData as `objects` and `mask`."""
        mine = [self.mask(one) for one in self.objects() if one["category_id"] == category]
        return np.asarray(np.any([np.zeros(self.size, np.bool_), *map(decoded, mine)], axis=0))

    def objects(self) -> tuple[Raw, ...]:
        """Its annotations. Raises BadData if one of them has a fault."""
        if self.fault:
            raise BadData(self.fault)
        return self.annotations


@dataclass(frozen=True)
class File:
    """A file of annotations: its images in the order of their samples' ids, and its categories."""

    path: Path
    images: tuple[Image, ...]
    categories: Mapping[int, str]


def has_mask(annotation: Raw) -> bool:
    """Whether an annotation has a mask: detection datasets leave it out, empty or null."""
    return annotation.get("segmentation") not in (None, [], [[]], {}, "")


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


def image_paths(images: Sequence[Image], folders: Sequence[Path]) -> list[Path]:
    """The file of each image: that of its name below one of the folders, in their order.

    Annotation tools write names as they had them: absolute, with `..`, backslashes, or folders of
    their own. The longest end of a name that is a file counts, so that no name leads out of the
    folders. If there is none, it is the name below the first folder. Raises BadData if two images
    would have one file.
    """
    owners: dict[Path, Image] = {}
    for image in images:
        tails = (Path(*image.parts[k:]) for k in range(len(image.parts)))
        known = (folder / tail for tail in tails for folder in folders)
        path = next(filter(Path.is_file, known), folders[0] / Path(*image.parts))
        other = owners.setdefault(path, image)
        if other != image:
            raise BadData(
                f"{image.where}: file_name: expected a file of its own, found {path}, which is "
                f"that of '{other.file_name}', too"
            )
    return list(owners)


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and the name of a file's name, with / or \\, without a root, `.` and `..`."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def read(path: Path, objects: bool = False) -> File:
    """A file of annotations; masks are read later (`Image.mask`).

    objects  every annotation must have an id, an area, and a box inside its image

    Raises BadData, which names file and entry, for a missing key, whatever occurs twice, and an
    annotation of an unknown image. What is wrong with another annotation is its image's `fault`.
    """
    content = json_object(path)
    categories = _categories(path, content)
    images = _images(path, content)
    held: dict[Key, list[Raw]] = {key: [] for key in images}
    faults: dict[Key, str] = {}
    seen = _Once()
    for index, raw in enumerate(_list(path, content, "annotations")):
        where = f"{path}: annotation {_named(raw.get('id', f'at {index}'))}"
        if objects or "id" in raw:
            seen.check(where, "id", _id(where, raw.get("id")))
        _check_known(where, raw, "image_id", "an image", images)
        key: Key = raw["image_id"]
        try:
            _check(where, raw, categories)
            if objects:
                _check_object(where, raw, images[key][1])
            held[key].append(raw)
        except BadData as error:
            faults.setdefault(key, str(error))
    made = [
        Image(
            f"{path}: image {_named(key)}", key, *images[key], tuple(held[key]), faults.get(key, "")
        )
        for key in images
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
        key, name = _whole(raw.get("id")), raw.get("name")
        if not _is_whole(key) or not isinstance(name, str) or not name:
            raise BadData(f"{where}: expected a whole id and a name, found {_text(raw)}")
        ids.check(where, "id", key)
        names.check(where, "name", name)
        found[key] = name
    return found


def _images(path: Path, content: Raw) -> dict[Key, tuple[str, Size]]:
    found: dict[Key, tuple[str, Size]] = {}
    ids, names = _Once(), _Once()
    for raw in _list(path, content, "images"):
        key = _id(f"{path}: images", raw.get("id"))
        if isinstance(key, float):
            raise BadData(f"{path}: images: expected a whole id or text, found {key}")
        where = f"{path}: image {_named(key)}"
        name = _file_name(where, raw)
        ids.check(f"{path}: images", "id", key)
        names.check(where, "file_name", "/".join(parts_of(name)))
        found[key] = (name, _size(where, raw))
    return found


def _file_name(where: str, raw: Raw) -> str:
    name = raw.get("file_name")
    if not name and isinstance(address := raw.get("coco_url"), str):  # all that LVIS has
        name = PurePosixPath(address).name
    if not isinstance(name, str) or not parts_of(name) or not _is_plain(name):
        raise BadData(f"{where}: file_name: expected the name of a file, found {_text(name)}")
    return name


def _is_plain(text: str) -> bool:
    fits = all(len(part) <= LONGEST_NAME for part in parts_of(text))
    return fits and "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _size(where: str, raw: Raw) -> Size:
    height, width = _whole(raw.get("height")), _whole(raw.get("width"))
    if not _is_whole(height) or not _is_whole(width) or min(height, width) < 1:
        raise BadData(
            f"{where}: expected height and width in pixels, found {_text([height, width])}"
        )
    if height * width > MOST_PIXELS:
        raise BadData(f"{where}: expected at most {MOST_PIXELS} pixels, found {height} × {width}")
    return height, width


def _check(where: str, raw: Raw, categories: Mapping[int, str]) -> None:
    _check_known(where, raw, "category_id", "a category", categories)
    if (crowd := raw.get("iscrowd", 0)) not in (0, 1):
        raise BadData(f"{where}: iscrowd: expected 0 or 1, found {_text(crowd)}")


def _check_known(where: str, raw: Raw, key: str, kind: str, ids: Mapping[Any, Any]) -> None:
    value = raw.get(key)
    if isinstance(value, bool | list | dict) or value not in ids:
        raise BadData(f"{where}: {key}: expected {kind}, found {_text(value)}")


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
    value = _whole(value)
    if isinstance(value, str) or _is_finite(value):
        return value
    raise BadData(f"{where}: expected an id, found {_text(value)}")


def _whole(value: object) -> object:
    """A whole number that was written with a point, as pandas does, without it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: object) -> TypeGuard[int | float]:
    return finite(value) is not None


def _text(value: object) -> str:
    return json.dumps(value)[:80]


def _named(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else _text(value)
