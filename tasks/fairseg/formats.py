"""Label maps in files: truths of a dataset, and predictions made elsewhere."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.files.images import MAPS, by_stem, read_map
from benchsuite.files.names import matched

from .datasets.common import Lazy
from .measure import Labels, Structures, checked_labels


def read_labels(path: Path, classes: int, binary: bool = False) -> Labels:
    """A label map, uint8 (H, W), of an image file or an `.npy`; `binary`: what is not 0 is 1.

    Raises BadData if it is no map of whole numbers, or a label is not in 0 … classes - 1.
    """
    found = read_map(path)
    hint = " (binary=true reads whatever is not 0 as 1)" if classes == 2 else ""
    return checked_labels(found != 0 if binary else found, classes, str(path), hint)


def read_masks(path: Path, dataset: Dataset) -> Mapping[str, Any]:
    """The label maps `path/ID.png` (npy, tif, bmp) of the dataset's samples, read when needed.

    Raises BadData if one is missing.
    """
    files = by_stem(path, MAPS)
    found = matched(path, files, [sample.id for sample in dataset.samples()])
    classes = Structures(**dataset.shared["structures"]).classes
    binary = bool(dataset.shared.get("binary", False))
    return Lazy({key: partial(read_labels, file, classes, binary) for key, file in found.items()})
