"""The datasets `cityscapes` and `bdd100k`, in their upstream layouts, with COCO's class ids."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.attributes import Table, check_names, joined
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import image_size
from benchsuite.files.maps import read_codes, read_map
from benchsuite.files.marks import Marks
from benchsuite.files.masks import encoded
from benchsuite.files.names import forms
from benchsuite.files.text import json_value, record, string

from ..formats import MAX_DETECTIONS
from ..measure import COLUMNS
from . import classes
from .assembly import Entry, assembled, capped
from .attributes import Described, described_by
from .classes import COCO, DRIVING, RIDER_POLICIES, Mapped
from .images import Annotation, annotation_of

SHARED = {
    "classes": {key: COCO[key] for key in DRIVING},
    "unscored": {key: name for key, name in COCO.items() if key not in DRIVING},
}
GROUP = 1000
"""Cityscapes: ids from here on are 1000 · label + instance; below, a group of that label."""
UNDEFINED = "undefined"
"""BDD100K's word for an attribute that is not known."""
CITY_LABELS, CITY_INSTANCES = range(34), range(24, 34)
"""Cityscapes: its labels, and those whose objects have instances (`helpers/labels.py`)."""
ROAD_CATEGORIES, ROAD_FLAGS = range(9), 15
"""BDD100K: its categories of instance segmentation, 0 for none, and all flags together."""
CROWD, IGNORED = 2, 1
"""BDD100K: bits of the second byte of a bitmask, beside truncated (8) and occluded (4)."""


@dataclass(frozen=True)
class Bitmask:
    """Makes the annotations of a file of labels; `objects` finds the pixels of each object."""

    path: Path
    objects: Callable[[Path], list[tuple[int, Mapped, Any]]]

    def __call__(self) -> list[Annotation]:
        """One annotation per object. A region that counts neither way is a crowd of its class."""
        return [
            annotation_of(key, mapped.category, encoded(pixels), mapped.ignored)
            for key, mapped, pixels in self.objects(self.path)
        ]


def cityscapes(
    path: str,
    name: str = "cityscapes",
    split: str = "val",
    rider: str = "ignore",
    max_side: int | None = None,
    max_detections: int = MAX_DETECTIONS,
) -> Dataset:
    """Cityscapes: leftImg8bit/<split>/<city>/*.png and gtFine/<split>/<city>/*_instanceIds.png.

    Groups, caravans and trailers are regions that count neither way. `rider` has no COCO class:
    ignore (a region), as-person, or drop. The protocol is COCO's, not cityscapesScripts'.
    The group axis is the city. Raises BadData for another layout.
    """
    root = Path(path)
    known = classes.cityscapes(_policy(rider))
    files = sorted((root / "gtFine" / split).glob("*/*_gtFine_instanceIds.png"))
    entries = [_city(root, split, file, known) for file in files]
    _check_found(entries, root / "gtFine" / split, "*/*_gtFine_instanceIds.png")
    common = capped(SHARED, max_detections)
    return assembled(name, entries, common, max_side, protocol=f"rider: {rider}")


def _city(root: Path, split: str, labels: Path, known: Mapping[int, Mapped]) -> Entry:
    city, stem = labels.parent.name, labels.name.removesuffix("_gtFine_instanceIds.png")
    return Entry(
        id=stem,
        image=root / "leftImg8bit" / split / city / f"{stem}_leftImg8bit.png",
        size=image_size(labels),
        source=Bitmask(labels, partial(_city_objects, known)),
        content=content_hash(labels) + _settings(known),
        attributes={"city": city},
    )


def _city_objects(known: Mapping[int, Mapped], path: Path) -> list[tuple[int, Mapped, Any]]:
    ids = read_map(path)
    if ids.dtype.itemsize < 2:
        raise BadData(f"{path}: expected ids of 16 bits a pixel, found {8 * ids.dtype.itemsize}")
    found = []
    for value in np.unique(ids).tolist():
        if value not in CITY_LABELS and value // GROUP not in CITY_INSTANCES:
            raise BadData(f"{path}: expected a label 0 to {CITY_LABELS[-1]}, or 1000 times one of "
                          f"{CITY_INSTANCES[0]} to {CITY_INSTANCES[-1]} plus a number, found "
                          f"{value}")  # fmt: skip
        mapped = known.get(value // GROUP if value >= GROUP else value)
        if mapped is not None:
            group = Mapped(mapped.category, ignored=True) if value < GROUP else mapped
            found.append((value, group, ids == value))
    return found


def bdd100k(
    path: str,
    name: str = "bdd100k",
    split: str = "val",
    rider: str = "ignore",
    max_side: int | None = None,
    max_detections: int = MAX_DETECTIONS,
    unlisted: str = "refuse",
) -> Dataset:
    """BDD100K: images/10k/<split>/*.jpg and labels/ins_seg/bitmasks/<split>/*.png.

    Attributes (weather, scene, timeofday) come from labels/ins_seg/polygons/ins_seg_<split>.json,
    if it is there. `unlisted` says what becomes of images that it lacks: refuse, keep (in no
    group), or skip. Crowds and objects marked as ignored are regions that count neither way.
    `rider` is as in `cityscapes`. Raises BadData for another layout.
    """
    root = Path(path)
    known = classes.bdd100k(_policy(rider))
    folder = root / "labels" / "ins_seg" / "bitmasks" / split
    files = {labels.stem: labels for labels in sorted(folder.glob("*.png"))}
    frames = root / "labels" / "ins_seg" / "polygons" / f"ins_seg_{split}.json"
    said = _described(frames, files, unlisted) if frames.is_file() else Described()
    entries = [
        Entry(
            id=labels.stem,
            image=root / "images" / "10k" / split / f"{labels.stem}.jpg",
            size=image_size(labels),
            source=Bitmask(labels, partial(_road_objects, known)),
            content=content_hash(labels) + _settings(known),
            attributes=said.attributes.get(stem, {}),
        )
        for stem, labels in files.items()
        if stem not in said.skipped
    ]
    _check_found(entries, folder, "*.png")
    common = capped(SHARED, max_detections)
    made = assembled(name, entries, common, max_side, protocol=f"rider: {rider}")
    return replace(made, warnings=said.warnings)


def _road_objects(known: Mapping[int, Mapped], path: Path) -> list[tuple[int, Mapped, Any]]:
    # bytes: category, attributes, and two of the object's number
    pixels = read_codes(path).astype(np.int64)
    coded = pixels @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    found = []
    for value in np.unique(coded).tolist():
        category, flags = value >> 24, (value >> 16) & 0xFF
        if category not in ROAD_CATEGORIES or flags > ROAD_FLAGS:
            raise BadData(f"{path}: expected a category 0 to {ROAD_CATEGORIES[-1]} and flags up to "
                          f"{ROAD_FLAGS}, found {category} and {flags}")  # fmt: skip
        mapped = known.get(category)
        if mapped is not None:
            unsure = bool(flags & (CROWD | IGNORED))
            one = Mapped(mapped.category, ignored=mapped.ignored or unsure)
            found.append((value & 0xFFFF, one, coded == value))
    return found


def _described(path: Path, stems: Iterable[str], unlisted: str) -> Described:
    """What the frames of a JSON say of the images."""
    content = json_value(path)
    frames = content.get("frames") if isinstance(content, dict) else content
    if not isinstance(frames, list):
        raise BadData(f"{path}: expected a list of frames, found {type(frames).__name__}")
    rows, places = dict[str, dict[str, str]](), dict[str, str]()
    for place, frame in enumerate(frames):
        name, attributes = _frame(where := f"{path}: frame {place}", frame)
        if name in rows:
            raise BadData(f"{where}: name: '{name}' occurs twice")
        rows[name], places[name] = attributes, where
    names = sorted({name for attributes in rows.values() for name in attributes})
    check_names(path, names, COLUMNS, advice="")
    images = {stem: forms(f"{stem}.jpg") for stem in stems}
    join = joined(Table(path, "name", rows, places), images, unlisted)
    return described_by(join, names, unlisted, join.notes())


def _frame(where: str, value: Any) -> tuple[str, dict[str, str]]:
    frame = record(where, value)
    told = record(f"{where}: attributes", frame.get("attributes") or {})
    values = {key: string(f"{where}: attributes", told, key) for key in told}
    return string(where, frame, "name"), Marks(missing=[UNDEFINED]).without_unknown(values)


def _policy(rider: str) -> str:
    if rider not in RIDER_POLICIES:
        raise WrongCall(f"dataset.rider: expected {', '.join(RIDER_POLICIES)}, found '{rider}'")
    return rider


def _settings(known: Mapping[int, Mapped]) -> str:
    return json.dumps({str(k): [m.category, m.ignored] for k, m in known.items()})


def _check_found(entries: list[Entry], folder: Path, pattern: str) -> None:
    if not entries:
        there = sorted(one.name for one in folder.parent.glob("*") if one.is_dir())
        raise BadData(
            f"{folder}: dataset.split={folder.name}: expected {pattern} as in the upstream layout, "
            f"found none; there are {', '.join(there) or 'no splits'}"
        )
