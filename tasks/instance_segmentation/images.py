"""Images and truths that are read when they are asked for, at their own size or a smaller one."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchsuite.errors import BadData
from benchsuite.files.masks import area_of, box_of, resized

Size = tuple[int, int]
"""Height and width in pixels."""
Annotation = dict[str, Any]
"""{"id", "category_id", "iscrowd", "area", "bbox", "segmentation"}, as a truth holds them."""


@dataclass(frozen=True)
class Picture(Mapping[str, Any]):
    """The inputs of a sample: `image`, uint8 RGB (H, W, 3), read from `path` when asked for.

    native  the size that the file must have
    size    the size that the image is given; bilinear, antialiased
    """

    path: Path
    native: Size
    size: Size

    def __getitem__(self, field: str) -> Any:
        """The image. Raises BadData where the file is missing, damaged, or of another size."""
        if field != "image":
            raise KeyError(field)
        pixels = read_image(self.path)
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
    """The truth of a sample: height, width, image_id, and annotations, which are made when asked.

    source  makes the annotations at the `native` size
    size    the size that they are given. What has no pixel left at it is dropped: no model can find
            it; areas are then those of the masks.
    """

    image_id: str
    native: Size
    size: Size
    source: Callable[[], list[Annotation]]

    def __getitem__(self, key: str) -> Any:
        made: dict[str, Callable[[], Any]] = {
            "image_id": lambda: self.image_id,
            "height": lambda: self.size[0],
            "width": lambda: self.size[1],
            "annotations": lambda: self._annotations,
        }
        return made[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(("image_id", "height", "width", "annotations"))

    def __len__(self) -> int:
        return 4

    @cached_property
    def _annotations(self) -> list[Annotation]:
        annotations = self.source()
        if self.size == self.native:
            return annotations
        smaller = [_resized(one, self.size) for one in annotations]
        return [one for one in smaller if one["area"] > 0]


def _resized(annotation: Annotation, size: Size) -> Annotation:
    mask = resized(annotation["segmentation"], *size)
    return {**annotation, "segmentation": mask, "area": area_of(mask), "bbox": box_of(mask)}


def annotation_of(key: object, category: int, mask: dict[str, Any], crowd: bool) -> Annotation:
    """The annotation of an object that is known by its mask alone."""
    return {
        "id": key,
        "category_id": category,
        "iscrowd": int(crowd),
        "area": area_of(mask),
        "bbox": box_of(mask),
        "segmentation": mask,
    }


def read_image(path: Path, mode: str = "RGB") -> NDArray[Any]:
    """The pixels of an image file. Raises BadData where it is missing, truncated or no image.

    As RGB it must have 8 bits a channel: Pillow cuts off more of them at white.
    """
    try:
        with Image.open(path) as file:
            if mode == "RGB" and file.mode.startswith(("F", "I")):
                raise BadData(f"{path}: expected 8 bits a channel, found mode {file.mode}")
            return np.asarray(file.convert(mode) if mode else file)
    except FileNotFoundError as error:
        raise BadData(f"{path}: expected an image, found no file") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = " ".join(str(error).split())
        raise BadData(f"{path}: expected a whole image file, found {reason}") from error


def size_of(path: Path) -> Size:
    """Height and width that an image file declares. Raises BadData as `read_image`."""
    try:
        with Image.open(path) as file:
            return file.height, file.width
    except FileNotFoundError as error:
        raise BadData(f"{path}: expected an image, found no file") from error
    except (OSError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: expected an image file, found {type(error).__name__}") from error


def fitted(native: Size, max_side: int | None) -> Size:
    """The size with its longer side at most `max_side`, the ratio kept to a pixel."""
    longest = max(native)
    if max_side is None or longest <= max_side:
        return native
    height, width = (max(1, round(side * max_side / longest)) for side in native)
    return height, width


def file_hash(path: Path) -> str:
    """A hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def json_hash(value: Any) -> str:
    """A hash of a value as JSON; the order of keys does not matter."""
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()


def _text(size: tuple[int, ...]) -> str:
    return f"{size[0]} × {size[1]}"
