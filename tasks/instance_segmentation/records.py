"""The match records of many images as flat arrays, class by class in the order of the scores."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .matching import AREAS, IOU_THRESHOLDS

By = Literal["mask", "box"]
"""What overlaps were measured on."""

SHARED = ("labels", "scores", "classes", "positives")


def columns(by: By) -> tuple[str, ...]:
    """The columns of the statistics that the records are made of."""
    return (*SHARED, f"{by}_matched", f"{by}_ignored")


@dataclass(frozen=True, eq=False)
class Records:
    """D detections on N images, and the objects of the C classes that have any.

    classes   int64 (C,): category ids, ascending
    starts    int64 (C+1,): where each class's detections begin
    image     int64 (D,): by class, by descending score, then by image and rank within the image
    rank      int64 (D,): the detection's place among those of its class in its image, from 0
    matched   uint16 (D,): bit t for IoU threshold t: it found an object
    ignored   uint16 (D,): bit t: it counts neither way
    positives int64 (N, C): objects that count
    """

    classes: NDArray[np.int64]
    starts: NDArray[np.int64]
    image: NDArray[np.int64]
    rank: NDArray[np.int64]
    matched: NDArray[np.uint16]
    ignored: NDArray[np.uint16]
    positives: NDArray[np.int64]

    def hits(self, threshold: int) -> NDArray[np.bool_]:
        """Where a detection is a true positive at this IoU threshold, bool (D,)."""
        return _bit(self.matched & ~self.ignored, threshold)

    def neither(self, threshold: int) -> NDArray[np.bool_]:
        """Where a detection counts neither way at this IoU threshold, bool (D,)."""
        return _bit(self.ignored, threshold)


def records(table: pd.DataFrame, by: By, area: str) -> Records:
    """The records of N rows of statistics, in their order, for an area range of `AREAS`.

    Detections of a class that no image has are left out: COCO's mean leaves such classes out.
    """
    lengths = np.array([len(row) for row in table["scores"]], dtype=np.int64)
    image = np.repeat(np.arange(len(table)), lengths)
    labels, scores = _joined(table["labels"], np.int64), _joined(table["scores"], np.float64)
    classes, positives = _positives(table, area)
    kept = np.isin(labels, classes)
    order = np.flatnonzero(kept)[np.lexsort((-scores[kept], labels[kept]))]
    return Records(
        classes,
        np.append(np.searchsorted(labels[order], classes), len(order)).astype(np.int64),
        image[order],
        _rank(image, labels)[order],
        _area_of(table[f"{by}_matched"], area)[order],
        _area_of(table[f"{by}_ignored"], area)[order],
        positives,
    )


def _positives(table: pd.DataFrame, area: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels = _joined(table["classes"], np.int64)
    counts = _area_of(table["positives"], area).astype(np.int64)
    image = np.repeat(np.arange(len(table)), [len(row) for row in table["classes"]])
    classes = np.unique(labels[counts > 0])
    here = counts > 0
    dense = np.zeros((len(table), len(classes)), np.int64)
    dense[image[here], np.searchsorted(classes, labels[here])] = counts[here]
    return classes, dense


def _rank(image: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    # within an image the rows are by class and descending score
    first = np.ones(len(image), dtype=np.bool_)
    first[1:] = (image[1:] != image[:-1]) | (labels[1:] != labels[:-1])
    places = np.arange(len(image))
    return places - np.maximum.accumulate(np.where(first, places, 0))


def _area_of(column: pd.Series, area: str) -> NDArray[Any]:
    """One area range's part of a column whose entries are (areas · length,), joined."""
    index = list(AREAS).index(area)
    parts = [np.asarray(row).reshape(len(AREAS), -1)[index] for row in column]
    return _joined(parts, np.uint16)


def _joined(parts: Any, dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype, copy=False)


def _bit(words: NDArray[np.uint16], threshold: int) -> NDArray[np.bool_]:
    if not 0 <= threshold < len(IOU_THRESHOLDS):
        raise IndexError(f"IoU thresholds are 0 to {len(IOU_THRESHOLDS) - 1}, not {threshold}")
    return np.asarray((words >> np.uint16(threshold)) & np.uint16(1), dtype=np.bool_)
