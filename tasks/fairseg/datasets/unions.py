"""COCO's annotations as label maps: the union of each category's instances."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.errors import BadData
from benchsuite.files import coco
from benchsuite.files.masks import decoded

from ..measure import Labels


@dataclass(frozen=True)
class UnionMap:
    """The label map of an image, made when it is called; `order` is the label of each category.

    Where categories overlap, the later label is seen.
    """

    image: coco.Image
    order: Mapping[int, int]

    def __call__(self) -> Labels:
        """The label map uint8 (H, W). Raises BadData for an annotation that is not valid."""
        labels, objects = np.zeros(self.image.size, np.uint8), self.image.objects()
        for category, label in self.order.items():
            for one in objects:
                if one["category_id"] == category:
                    labels[decoded(self.image.mask(one))] = label
        return labels

    @property
    def content(self) -> dict[str, Any]:
        """What a fingerprint covers: all annotations of the image as they stand in the file."""
        kept = [
            {"category": int(one["category_id"]), "segmentation": one.get("segmentation")}
            for one in self.image.annotations
        ]
        size, name = list(self.image.size), self.image.file_name
        return {"size": size, "file_name": name, "annotations": kept}


@dataclass(frozen=True, eq=False)
class Unions:
    """The annotations of a file by image. Label k is the k-th category by id, from 1."""

    file: coco.File

    @cached_property
    def _images(self) -> dict[str, list[coco.Image]]:
        """The entries of each file name, without the folders before it."""
        found: dict[str, list[coco.Image]] = {}
        for image in self.file.images:
            found.setdefault(image.parts[-1], []).append(image)
        return found

    @property
    def structures(self) -> dict[str, list[int]]:
        """The categories' names and labels."""
        return {self.file.categories[key]: [k] for k, key in self._labels()}

    def _labels(self) -> list[tuple[int, int]]:
        return list(enumerate(sorted(self.file.categories), start=1))

    def of(self, file_name: str, kept: Container[int]) -> UnionMap:
        """The label map of an image, with the labels that are kept; the others are background.

        Raises BadData if the file lacks the image, or has several of its name.
        """
        found = self._images.get(file_name, [])
        if len(found) != 1:
            names = ", ".join(image.file_name for image in found) or "no such file_name"
            raise BadData(f"{self.file.path}: images: expected one '{file_name}', found {names}")
        return UnionMap(found[0], {key: k for k, key in self._labels() if k in kept})


def read_unions(path: Path) -> Unions:
    """The annotations of a COCO file. Raises BadData as `benchsuite.files.coco.read`."""
    return Unions(coco.read(path))
