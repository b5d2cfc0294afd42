"""The dataset `coco`: any directory of images with annotations in COCO's format."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from inspect import signature
from pathlib import Path, PurePosixPath
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.files.attributes import read_attributes
from benchsuite.files.coco import Image, find, has_mask, image_paths, read, sample_id

from ..formats import MAX_DETECTIONS
from .assembly import Entry, assembled, capped, subset_of, with_domains
from .classes import COCO, DRIVING, LVIS
from .driving import bdd100k, cityscapes
from .images import Annotation

LVIS_PROTOCOL = "LVIS' annotations of COCO's driving classes, scored as if exhaustive"


def coco(
    path: str,
    name: str = "coco",
    images: str | None = None,
    attributes: str | None = None,
    ids: str = "own",
    only: str | Sequence[str] | None = None,
    max_side: int | None = None,
    subset: int | None = None,
    max_detections: int = MAX_DETECTIONS,
    domains: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """A file of COCO annotations and its images. Predictions are scored without the images, too.

    path        the JSON, or a folder with annotations.json (or a single JSON)
    images      their folder; by default `images/` beside the JSON, then the JSON's folder
    attributes  a CSV with the column `file_name` (with or without folder and suffix); by default
                attributes.csv beside the JSON, if any
    ids         own, or lvis: LVIS v1's driving classes, under COCO's ids
    only        names of the classes to score; objects and detections of others are left out
    max_side    images with a longer side are made smaller, and the truth with them
    subset      a number of images, drawn by their ids within each combination of attributes
    max_detections  how many detections of a class and image count, 100 in COCO's protocol
    domains     {name: {kind: cityscapes | bdd100k | coco, path: ...}}: what `domain/<name>` is

    Raises BadData, which names file and entry, for annotations that are not valid.
    """
    file = read(find(Path(path)), objects=True)
    pictures, known = list(file.images), dict(file.categories)
    if ids == "lvis":
        pictures, known = _cocofied(pictures), {key: COCO[key] for key in DRIVING}
    elif ids != "own":
        raise WrongCall(f"dataset.ids: expected own or lvis, found '{ids}'")
    rows = attributes_beside(file.path, attributes, [one.file_name for one in pictures])
    entries = entries_of(pictures, image_folders(file.path, images), rows)
    protocol = "; ".join(filter(None, [LVIS_PROTOCOL * (ids == "lvis"), boxes_alone(pictures)]))
    shared = capped(scored(known, only), max_detections)
    made = assembled(name, subset_of(entries, subset), shared, max_side, protocol=protocol)
    return with_domains(made, _domains(domains)) if domains else made


def entries_of(
    images: Sequence[Image], folders: Sequence[Path], rows: Mapping[str, Mapping[str, str]]
) -> list[Entry]:
    """The images of a COCO file as entries of a dataset; `rows` are attributes by file name."""
    return [
        Entry(
            id=sample_id(image.key),
            image=path,
            size=image.size,
            source=partial(truth, image),
            content=_content(image),
            image_id=image.key,
            attributes=rows.get(image.file_name, {}),
            fault=image.fault,
        )
        for image, path in zip(images, image_paths(images, folders), strict=True)
    ]


def truth(image: Image) -> list[Annotation]:
    """The annotations, with compressed masks or None. Raises BadData for one with a fault."""
    return [
        {
            "id": raw["id"],
            "category_id": int(raw["category_id"]),
            "iscrowd": int(raw.get("iscrowd", 0)),
            "area": float(raw["area"]),
            "bbox": [float(v) for v in raw["bbox"]],
            "segmentation": image.mask(raw) if has_mask(raw) else None,
        }
        for raw in image.objects()
    ]


def _content(image: Image) -> str:
    parts = [image.file_name, image.size, image.annotations]
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def image_folders(annotations: Path, given: str | None) -> list[Path]:
    """Where images are: the given folder, or `images/` beside the annotations, then theirs."""
    beside = annotations.parent / "images"
    if given:
        return [Path(given)]
    return [beside, annotations.parent] if beside.is_dir() else [annotations.parent]


def boxes_alone(images: Sequence[Image]) -> str:
    """What the protocol says of objects that have only a box."""
    boxes, objects = sum(one.boxes for one in images), sum(len(one.annotations) for one in images)
    return f"{boxes} of {objects} objects have boxes alone" if boxes else ""


def attributes_beside(
    annotations: Path, given: str | None, names: Iterable[str]
) -> dict[str, dict[str, str]]:
    """The attributes of images, by file name: from the given CSV, or attributes.csv if it is there.

    A row names an image by its path, its file name, or that without suffix, in this order. Raises
    BadData if there are rows, and none of them names an image.
    """
    path = Path(given) if given else annotations.parent / "attributes.csv"
    rows = read_attributes(path, "file_name") if given or path.is_file() else {}
    keys = {n: next((k for k in _keys(n) if k in rows), None) for n in names}
    found = {name: rows[key] for name, key in keys.items() if key is not None}
    if rows and not found:
        raise BadData(
            f"{path}: file_name: expected images of {annotations.parent}, such as "
            f"'{min(keys, default='')}', found '{min(rows)}'"
        )
    return found


def _keys(name: str) -> tuple[str, str, str]:
    path = PurePosixPath(name)
    return name, path.name, path.stem


def scored(classes: Mapping[int, str], only: str | Iterable[str] | None) -> dict[str, Any]:
    """What the dataset shares: the classes that are scored, and the known ones that are not.

    Raises WrongCall for an unknown class.
    """
    names = [only] if isinstance(only, str) else list(only or classes.values())
    for name in names:
        if name not in classes.values():
            raise WrongCall(f"dataset.only: no class '{name}'{near(name, classes.values())}")
    chosen = {key: name for key, name in classes.items() if name in names}
    return {
        "classes": chosen,
        "unscored": {key: name for key, name in classes.items() if key not in chosen},
    }


def _cocofied(images: Sequence[Image]) -> list[Image]:
    return [
        replace(
            image,
            annotations=tuple(
                {**raw, "category_id": LVIS[raw["category_id"]]}
                for raw in image.annotations
                if raw["category_id"] in LVIS
            ),
        )
        for image in images
    ]


def _domains(asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Dataset]:
    kinds: dict[str, Callable[..., Dataset]] = {
        "coco": coco, "cityscapes": cityscapes, "bdd100k": bdd100k
    }  # fmt: skip
    if not isinstance(asked, Mapping):
        raise WrongCall(
            f"dataset.domains: expected {{name: {{kind: ..., path: ...}}}}, found {asked}"
        )
    return {name: _domain(f"dataset.domains.{name}", name, of, kinds) for name, of in asked.items()}


def _domain(
    where: str, name: str, options: object, kinds: Mapping[str, Callable[..., Dataset]]
) -> Dataset:
    if not isinstance(options, Mapping) or "path" not in options:
        raise WrongCall(f"{where}: expected {{kind: ..., path: ...}}, found {options}")
    kind = str(options.get("kind", name))
    if kind not in kinds:
        raise WrongCall(f"{where}: no kind '{kind}'{near(kind, kinds)}")
    rest = {key: value for key, value in options.items() if key != "kind"}
    known = signature(kinds[kind]).parameters
    for key in rest:
        if key not in known:
            raise WrongCall(f"{where}: {kind} has no option '{key}'{near(str(key), known)}")
    return kinds[kind](**rest)
