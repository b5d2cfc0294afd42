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
from benchsuite.files.coco import Image, find, read, sample_id

from .assembly import Entry, assembled, subset_of, with_domains
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
    domains: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """A file of COCO annotations and its images. Predictions are scored without the images, too.

    path        the JSON, or a folder with annotations.json (or a single JSON)
    images      their folder; by default `images/` beside the JSON, or the JSON's folder
    attributes  a CSV with the column `file_name` (with or without folder and suffix); by default
                attributes.csv beside the JSON, if any
    ids         own, or lvis: LVIS v1's driving classes, under COCO's ids
    only        names of the classes to score; objects and detections of others are left out
    max_side    images with a longer side are made smaller, and the truth with them
    subset      a number of images, drawn by their ids within each combination of attributes
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
    entries = [entry(image, image_folder(file.path, images), rows) for image in pictures]
    made = assembled(
        name, subset_of(entries, subset), scored(known, only), max_side,
        protocol=LVIS_PROTOCOL if ids == "lvis" else "",
    )  # fmt: skip
    return with_domains(made, _domains(domains)) if domains else made


def entry(image: Image, folder: Path, attributes: Mapping[str, Mapping[str, str]]) -> Entry:
    """An image of a COCO file as an entry of a dataset."""
    return Entry(
        id=sample_id(image.key),
        image=folder / image.file_name,
        size=image.size,
        source=partial(truth, image),
        content=_content(image),
        image_id=str(image.key),
        attributes=attributes.get(image.file_name, {}),
    )


def truth(image: Image) -> list[Annotation]:
    """The annotations with compressed masks. Raises BadData for a mask that does not fit."""
    return [
        {
            "id": raw["id"],
            "category_id": int(raw["category_id"]),
            "iscrowd": int(raw.get("iscrowd", 0)),
            "area": float(raw["area"]),
            "bbox": [float(v) for v in raw["bbox"]],
            "segmentation": image.mask(raw),
        }
        for raw in image.annotations
    ]


def _content(image: Image) -> str:
    parts = [image.file_name, image.size, image.annotations]
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def image_folder(annotations: Path, given: str | None) -> Path:
    """The folder of the images: the given one, `images/` beside the annotations, or theirs."""
    beside = annotations.parent / "images"
    return Path(given) if given else beside if beside.is_dir() else annotations.parent


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
