"""Images and truths that are read when needed, at their own size or a smaller one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchsuite.errors import BadData
from benchsuite.files.coco import Key
from benchsuite.files.images import Size, read_rgb
from benchsuite.files.masks import Rle, area_of, box_of, resized

Annotation = dict[str, Any]
"""{"id", "category_id", "iscrowd", "area", "bbox", "segmentation"}, as a truth holds them. The
segmentation of an object that has only a box is None."""


@dataclass(frozen=True)
class Picture(Mapping[str, Any]):
    """The inputs of a sample: `image`, uint8 RGB (H, W, 3), read from `path` when needed.

    native  the size of the file
    size    the size of the image: bilinear, antialiased
    """

    path: Path
    native: Size
    size: Size

    def __getitem__(self, field: str) -> Any:
        """The image. Raises BadData where the file is missing, damaged, or of another size."""
        if field != "image":
            raise KeyError(field)
        pixels = read_rgb(self.path, self.native)
        if pixels.shape[:2] != self.native:
            raise BadData(
                f"{self.path}: expected {_text(self.native)} pixels as annotated, "
                f"found {_text(pixels.shape)}"
            )
        if self.size == self.native:
            return pixels
        height, width = self.size
        made = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(made)

    def __iter__(self) -> Iterator[str]:
        return iter(("image",))

    def __len__(self) -> int:
        return 1


@dataclass(frozen=True)
class Truth(Mapping[str, Any]):
    """The truth of a sample: its size, and annotations, which are made when needed.

    image_id  the image's id in the dataset's own file
    native    the size of the file, at which `source` makes the annotations
    size      the size of the truth. An object without a pixel left is dropped, as no model can find
            it. The areas of a smaller truth are those of its masks.
    """

    image_id: Key
    native: Size
    size: Size
    source: Callable[[], list[Annotation]]

    def __getitem__(self, key: str) -> Any:
        made: dict[str, Callable[[], Any]] = {
            "image_id": lambda: self.image_id,
            "native": lambda: self.native,
            "height": lambda: self.size[0],
            "width": lambda: self.size[1],
            "annotations": lambda: self._annotations,
        }
        return made[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(("image_id", "native", "height", "width", "annotations"))

    def __len__(self) -> int:
        return 5

    @cached_property
    def _annotations(self) -> list[Annotation]:
        annotations = self.source()
        if self.size == self.native:
            return annotations
        smaller = [_resized(one, self.native, self.size) for one in annotations]
        return [one for one in smaller if one["area"] > 0]


def _resized(annotation: Annotation, native: Size, size: Size) -> Annotation:
    if annotation["segmentation"] is None:
        down, across = size[0] / native[0], size[1] / native[1]
        x, y, width, height = annotation["bbox"]
        box = [x * across, y * down, width * across, height * down]
        return {**annotation, "area": annotation["area"] * down * across, "bbox": box}
    mask = resized(annotation["segmentation"], *size)
    return {**annotation, "segmentation": mask, "area": area_of(mask), "bbox": box_of(mask)}


def annotation_of(key: object, category: int, mask: Rle, crowd: bool) -> Annotation:
    """The annotation of an object that has only a mask."""
    return {
        "id": key,
        "category_id": category,
        "iscrowd": int(crowd),
        "area": area_of(mask),
        "bbox": box_of(mask),
        "segmentation": mask,
    }


def fitted(native: Size, max_side: int | None) -> Size:
    """The size with its longer side at most `max_side`, the ratio kept to a pixel."""
    longest = max(native)
    if max_side is None or longest <= max_side:
        return native
    height, width = (max(1, round(side * max_side / longest)) for side in native)
    return height, width


def _text(size: tuple[int, ...]) -> str:
    return f"{size[0]} × {size[1]}"
