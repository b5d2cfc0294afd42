"""COCO's annotations read as label maps: the union of each category's instances."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.errors import BadData, NotAvailable

from .structures import Labels


@dataclass(frozen=True, eq=False)
class Unions:
    """The annotations of a file by image; label k is the k-th category by id, from 1."""

    path: Path
    categories: Mapping[int, str]
    images: Mapping[str, Mapping[str, Any]]

    @property
    def structures(self) -> dict[str, list[int]]:
        """The categories' names and labels."""
        return {name: [k] for k, name in enumerate(self.categories.values(), start=1)}

    def of(self, file_name: str, kept: Container[int]) -> partial[Labels]:
        """How the label map of an image is made, of the labels that are kept.

        Raises BadData where the file lacks the image.
        """
        if file_name not in self.images:
            raise BadData(f"{self.path}: images: expected '{file_name}', found no such file_name")
        order = {c: k for k, c in enumerate(self.categories, start=1) if k in kept}
        return partial(label_map, self.images[file_name], order, f"{self.path}: {file_name}")


def read_unions(path: Path) -> Unions:
    """The annotations of a COCO file.

    Raises BadData where it is none, or an annotation is of an image or category not declared.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        categories = {int(c["id"]): str(c["name"]) for c in held["categories"]}
        images: dict[Any, dict[str, Any]] = {
            image["id"]: {
                "size": [int(image["height"]), int(image["width"])],
                "file_name": str(image["file_name"]),
                "annotations": [],
            }
            for image in held["images"]
        }
        for a in held["annotations"]:
            image, category = a["image_id"], int(a["category_id"])
            if image not in images:
                raise BadData(f"{path}: annotations: the image_id {image!r} is no image's id")
            if category not in categories:
                raise BadData(
                    f"{path}: annotations: the category_id {category} is no category's id"
                )
            kept = {"category": category, "segmentation": a["segmentation"]}
            images[image]["annotations"].append(kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadData(f"{path}: expected COCO annotations, found {error!r}") from error
    named = {image["file_name"]: image for image in images.values()}
    return Unions(path, dict(sorted(categories.items())), named)


def label_map(image: Mapping[str, Any], order: Mapping[int, int], where: str) -> Labels:
    """The label map uint8 (H, W) of an image; where categories overlap, the later one is seen."""
    height, width = image["size"]
    labels = np.zeros((height, width), np.uint8)
    for category, label in order.items():
        mine = [a["segmentation"] for a in image["annotations"] if a["category"] == category]
        for segmentation in mine:
            labels[_decoded(segmentation, height, width, where)] = label
    return labels


def _decoded(
    segmentation: Mapping[str, Any] | Sequence[Sequence[float]], height: int, width: int, where: str
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    try:
        from pycocotools import mask  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError as error:
        raise NotAvailable(
            "COCO annotations need the package 'pycocotools': pip install pycocotools"
        ) from error
    if not segmentation:
        raise BadData(f"{where}: segmentation: expected polygons or RLE, found an empty one")
    try:
        if isinstance(segmentation, Mapping):
            plain = isinstance(segmentation["counts"], list)
            rle = mask.frPyObjects(segmentation, height, width) if plain else segmentation
        else:
            rle = mask.merge(mask.frPyObjects(segmentation, height, width))
        decoded: np.ndarray[Any, np.dtype[np.uint8]] = mask.decode(rle)
    except Exception as error:
        raise BadData(f"{where}: segmentation: expected polygons or RLE, found {error}") from error
    if decoded.shape != (height, width):
        raise BadData(f"{where}: segmentation: expected {(height, width)}, found {decoded.shape}")
    return decoded.astype(np.bool_)
