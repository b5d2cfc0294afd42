"""Label maps in files: truths of a dataset, and predictions made elsewhere."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Dataset, Lazy
from benchsuite.errors import BadData
from benchsuite.files.maps import foreground, maps_by_stem, read_grey, read_map
from benchsuite.files.names import matched

from .measure import IGNORED, Labels, Structures, checked_labels


@dataclass(frozen=True)
class Reading:
    """How the label maps of a dataset are read, truths and predictions alike.

    classes    how many labels there are, background included
    binary     a map of 0 and one other value; that value is 1
    threshold  grey values, or under 1 probabilities; from here on they are 1. A map of the other
               scale must be one of 0 and one other value
    ignore     the value of pixels that count neither in the truth nor in a prediction

    Raises BadData, with the dataset's option, for values that exclude each other.
    """

    classes: int
    binary: bool = False
    threshold: float | None = None
    ignore: int | None = None

    def __post_init__(self) -> None:
        limit, void = self.threshold, self.ignore
        if limit is not None and (type(limit) not in (int, float) or not 0 < limit < math.inf):
            raise BadData(f"dataset.threshold: expected a number above 0, found {limit!r}")
        if limit is not None and self.classes != 2:
            raise BadData("dataset.threshold: expected structures of label 1 alone, found labels "
                          f"1 to {self.classes - 1}")  # fmt: skip
        if limit is not None and self.binary:
            raise BadData("dataset.threshold: expected no dataset.binary beside it, found both")
        if void is not None and (type(void) is not int or 0 <= void < self.classes):
            raise BadData(f"dataset.ignore: expected a whole number outside 0 to "
                          f"{self.classes - 1}, found {void!r}")  # fmt: skip
        if void is not None and self.classes > IGNORED:
            raise BadData(f"dataset.ignore: expected structures of labels up to {IGNORED - 1}, "
                          f"found {self.classes - 1}")  # fmt: skip

    @classmethod
    def of(cls, shared: Mapping[str, Any]) -> "Reading":
        """That of a dataset, from what it shares."""
        options = {key: shared[key] for key in ("binary", "threshold", "ignore") if key in shared}
        return cls(Structures(**shared["structures"]).classes, **options)

    @property
    def shared(self) -> dict[str, Any]:
        """This as a part of what a dataset shares, without what is not asked for."""
        asked = {"threshold": self.threshold, "ignore": self.ignore}
        return {"binary": self.binary, **{k: v for k, v in asked.items() if v is not None}}

    @property
    def protocol(self) -> str:
        """What every row says of it."""
        asked = {"threshold": self.threshold, "ignored label": self.ignore}
        return "; ".join(f"{name} {value:g}" for name, value in asked.items() if value is not None)

    def read(self, path: Path) -> Labels:
        """The label map, uint8 (H, W), of an image file or an `.npy`; IGNORED where it says so.

        Raises BadData for what is no such map, or a label that is not in 0 … classes - 1.
        """
        found = read_map(path) if self.threshold is None else read_grey(path)
        if self.ignore is None:
            return self._labels(found, path)
        void = found == self.ignore
        labels = self._labels(np.where(void, 0, found), path)
        labels[void] = IGNORED
        return labels

    def _labels(self, found: NDArray[Any], path: Path) -> Labels:
        if self.threshold is not None and (found.max() <= 1) == (self.threshold < 1):
            return (found >= self.threshold).astype(np.uint8)
        if self.threshold is not None:  # probabilities and grey values have another scale
            hint = f" (dataset.threshold={self.threshold:g})"
            return foreground(found, str(path), hint).astype(np.uint8)
        if self.binary:
            hint = " (dataset.threshold=128 cuts grey values, dataset.threshold=1 joins labels)"
            return foreground(found, str(path), hint).astype(np.uint8)
        hint = " (dataset.binary=true reads 0 and one other value)" if self.classes == 2 else ""
        return checked_labels(found, self.classes, str(path), hint)


def read_masks(path: Path, dataset: Dataset) -> Mapping[str, Any]:
    """The label maps `path/ID.png` (npy, tif, bmp) of the dataset's samples, read when needed.

    Raises BadData if one is missing.
    """
    found = matched(path, maps_by_stem(path), [sample.id for sample in dataset.samples()])
    reading = Reading.of(dataset.shared)
    return Lazy({key: partial(reading.read, file) for key, file in found.items()})
