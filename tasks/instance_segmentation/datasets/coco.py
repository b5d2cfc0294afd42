"""The dataset `coco`: any directory of images with annotations in COCO's format."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from inspect import signature
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import WrongCall, near
from benchsuite.files.coco import Image, find, has_mask, image_paths, read, sample_id
from benchsuite.files.names import forms

from ..formats import LEFT_OUT, MAX_DETECTIONS
from .assembly import Entry, assembled, capped, subset_of, with_domains
from .attributes import Asked, Described, described
from .classes import COCO, DRIVING, LVIS
from .driving import bdd100k, cityscapes
from .images import Annotation

LVIS_PROTOCOL = "LVIS' annotations of COCO's driving classes, scored as if exhaustive"


def coco(
    path: str,
    name: str = "coco",
    images: str | None = None,
    attributes: str | None = None,
    groups: Sequence[str] = (),
    cluster: str = "",
    missing: Sequence[Any] = (),
    known: Sequence[Any] = (),
    unlisted: str = "refuse",
    ids: str = "own",
    only: str | Sequence[str] | None = None,
    max_side: int | None = None,
    subset: int | None = None,
    max_detections: int = MAX_DETECTIONS,
    domains: Mapping[str, Mapping[str, Any]] | None = None,
) -> Dataset:
    """A file of COCO annotations and its images. Predictions are scored without the images, too.

    `conf/dataset/coco.yaml` explains the options, and `attributes.Asked` those of the table.
    Raises BadData, which names file and entry, for annotations that are not valid.
    """
    file = read(find(Path(path)), objects=True)
    pictures, classes = list(file.images), dict(file.categories)
    if ids == "lvis":
        pictures, classes = _cocofied(pictures), {key: COCO[key] for key in DRIVING}
    elif ids != "own":
        raise WrongCall(f"dataset.ids: expected own or lvis, found '{ids}'")
    asked = Asked(attributes, groups, cluster, missing, known, unlisted)
    said = described(file.path.parent, names_of(pictures), asked)
    entries = entries_of(pictures, image_folders(file.path, images), said)
    protocol = "; ".join(filter(None, [LVIS_PROTOCOL * (ids == "lvis"), boxes_alone(pictures)]))
    shared = capped(scored(classes, only), max_detections)
    if said.skipped:
        shared[LEFT_OUT] = [str(one.key) for one in pictures if one.file_name in said.skipped]
    made = assembled(name, subset_of(entries, subset), shared, max_side, protocol=protocol)
    made = replace(made, warnings=said.warnings)
    return with_domains(made, _domains(domains)) if domains else made


def names_of(images: Iterable[Image]) -> dict[str, tuple[str, ...]]:
    """What a table of attributes may call each image, by file name."""
    return {image.file_name: forms(image.file_name) for image in images}


def entries_of(images: Sequence[Image], folders: Sequence[Path], said: Described) -> list[Entry]:
    """The images of a COCO file as entries of a dataset, but those that are skipped."""
    listed = [image for image in images if image.file_name not in said.skipped]
    return [
        Entry(
            id=sample_id(image.key),
            image=path,
            size=image.size,
            source=partial(truth, image),
            content=_content(image),
            image_id=image.key,
            attributes=said.attributes.get(image.file_name, {}),
            cluster=said.clusters.get(image.file_name, ""),
            fault=image.fault,
        )
        for image, path in zip(listed, image_paths(listed, folders), strict=True)
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
    """Where images are: the given folder, or those where tools put them.

    These are `images/` beside the annotations, `images/` beside the folder `annotations/`, and
    the annotations' own folder.
    """
    if given:
        return [Path(given)]
    own = annotations.parent
    outer = [own.parent / "images"] if own.name == "annotations" else []
    return [folder for folder in (own / "images", *outer) if folder.is_dir()] + [own]


def boxes_alone(images: Sequence[Image]) -> str:
    """What the protocol says of objects that have only a box."""
    boxes, objects = sum(one.boxes for one in images), sum(len(one.annotations) for one in images)
    return f"{boxes} of {objects} objects have boxes alone" if boxes else ""


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
