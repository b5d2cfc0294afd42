"""The datasets `cityscapes` and `bdd100k`, in their upstream layouts, with COCO's class ids."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.attributes import is_unknown
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import image_size
from benchsuite.files.maps import read_codes, read_map
from benchsuite.files.masks import encoded
from benchsuite.files.text import json_value, record, string

from . import classes
from .assembly import Entry, assembled
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
    return assembled(name, entries, SHARED, max_side, protocol=f"rider: {rider}")


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
    found = []
    for value in np.unique(ids).tolist():
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
) -> Dataset:
    """BDD100K: images/10k/<split>/*.jpg and labels/ins_seg/bitmasks/<split>/*.png.

    Attributes (weather, scene, timeofday) come from labels/ins_seg/polygons/ins_seg_<split>.json,
    if it is there. Crowds and objects marked as ignored are regions that count neither way.
    `rider` is as in `cityscapes`. Raises BadData for another layout.
    """
    root = Path(path)
    known = classes.bdd100k(_policy(rider))
    folder = root / "labels" / "ins_seg" / "bitmasks" / split
    attributes = _attributes(root / "labels" / "ins_seg" / "polygons" / f"ins_seg_{split}.json")
    entries = [
        Entry(
            id=labels.stem,
            image=root / "images" / "10k" / split / f"{labels.stem}.jpg",
            size=image_size(labels),
            source=Bitmask(labels, partial(_road_objects, known)),
            content=content_hash(labels) + _settings(known),
            attributes=attributes.get(f"{labels.stem}.jpg", {}),
        )
        for labels in sorted(folder.glob("*.png"))
    ]
    _check_found(entries, folder, "*.png")
    return assembled(name, entries, SHARED, max_side, protocol=f"rider: {rider}")


def _road_objects(known: Mapping[int, Mapped], path: Path) -> list[tuple[int, Mapped, Any]]:
    # bytes: category, attributes, and two of the object's number
    pixels = read_codes(path).astype(np.int64)
    coded = pixels @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    found = []
    for value in np.unique(coded).tolist():
        mapped = known.get(value >> 24)
        if mapped is not None:
            unsure = bool((value >> 16) & (CROWD | IGNORED))
            one = Mapped(mapped.category, ignored=mapped.ignored or unsure)
            found.append((value & 0xFFFF, one, coded == value))
    return found


def _attributes(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    content = json_value(path)
    frames = content.get("frames") if isinstance(content, dict) else content
    if not isinstance(frames, list):
        raise BadData(f"{path}: expected a list of frames, found {type(frames).__name__}")
    return dict(_frame(f"{path}: frame {i}", frame) for i, frame in enumerate(frames))


def _frame(where: str, value: Any) -> tuple[str, dict[str, str]]:
    frame = record(where, value)
    told = record(f"{where}: attributes", frame.get("attributes", {}))
    known = {key: string(f"{where}: attributes", told, key) for key in told}
    kept = {k: v for k, v in known.items() if v != UNDEFINED and not is_unknown(v)}
    return string(where, frame, "name"), kept


def _policy(rider: str) -> str:
    if rider not in RIDER_POLICIES:
        raise WrongCall(f"dataset.rider: expected {', '.join(RIDER_POLICIES)}, found '{rider}'")
    return rider


def _settings(known: Mapping[int, Mapped]) -> str:
    return json.dumps({str(k): [m.category, m.ignored] for k, m in known.items()})


def _check_found(entries: list[Entry], folder: Path, pattern: str) -> None:
    if not entries:
        raise BadData(f"{folder}: expected {pattern} as in the upstream layout, found none")
