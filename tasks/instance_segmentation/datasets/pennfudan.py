"""The dataset `pennfudan`: pedestrians in photographs of two campuses, in its own layout.

Wang et al. 2007, "Object Detection Combining Recognition and Segmentation" (ACCV): 170 photographs,
423 persons. They are not in COCO, so that they are new to models of COCO.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import Size, by_stem, image_size
from benchsuite.files.maps import Map, read_map
from benchsuite.files.masks import encoded

from ..formats import MAX_DETECTIONS
from ..kernels import AREAS
from .assembly import Entry, assembled, capped, subset_of
from .classes import COCO
from .images import Annotation, annotation_of

PERSON = 1
"""COCO's id of the class."""
SHARED = {"classes": {PERSON: COCO[PERSON]}, "unscored": {}}
IMAGES, MASKS, MASK = "PNGImages", "PedMasks", "_mask"


@dataclass(frozen=True)
class Persons:
    """Makes the annotations of a mask in which a pixel of value k is of person k."""

    path: Path
    size: Size

    def __call__(self) -> list[Annotation]:
        """One annotation per person. Raises BadData for a mask of another size than its image."""
        pixels = self.pixels()
        return [
            annotation_of(key, PERSON, encoded(pixels == key), False) for key in _persons(pixels)
        ]

    def pixels(self) -> Map:
        """The person of each pixel; 0 for none."""
        pixels = read_map(self.path)
        if pixels.shape != self.size:
            raise BadData(
                f"{self.path}: expected {self.size} pixels as the image, found {pixels.shape}"
            )
        return pixels


def pennfudan(
    path: str,
    name: str = "pennfudan",
    max_side: int | None = None,
    subset: int | None = None,
    max_detections: int = MAX_DETECTIONS,
) -> Dataset:
    """The folder PennFudanPed with PNGImages/<id>.png and PedMasks/<id>_mask.png.

    The class is COCO's person. Attributes: `crowding` (one, two, or more persons) and `smallest`
    (the smallest person in COCO's ranges: large above 96 x 96 pixels, else medium or small).
    Raises BadData, which names the file, for another layout.
    """
    root = Path(path)
    images, masks = (by_stem(root / folder, (".png",)) for folder in (IMAGES, MASKS))
    if not images:
        raise BadData(f"{root / IMAGES}: expected PNG files, found none")
    for stem in [stem for stem in images if f"{stem}{MASK}" not in masks]:
        raise BadData(f"{root / MASKS}: expected {stem}{MASK}.png, found no file")
    entries = [_entry(stem, image, masks[f"{stem}{MASK}"]) for stem, image in images.items()]
    return assembled(name, subset_of(entries, subset), capped(SHARED, max_detections), max_side)


def _entry(stem: str, image: Path, mask: Path) -> Entry:
    size = image_size(image)
    persons = Persons(mask, size)
    return Entry(
        id=stem,
        image=image,
        size=size,
        source=persons,
        content=content_hash(mask),
        attributes=_attributes(persons.pixels()),
    )


def _persons(pixels: Map) -> list[int]:
    return [int(value) for value in np.unique(pixels) if value != 0]


def _attributes(pixels: Map) -> dict[str, str]:
    areas = [int((pixels == key).sum()) for key in _persons(pixels)]
    if not areas:
        return {"crowding": "none"}
    crowding = {1: "one", 2: "two"}.get(len(areas), "more")
    large = min(areas) > AREAS["large"][0]
    return {"crowding": crowding, "smallest": "large" if large else "medium or small"}
