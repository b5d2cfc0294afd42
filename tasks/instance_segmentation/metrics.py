"""The task's metrics: means over classes of average precision or recall, from match records.

An image of weight w counts as w copies. With weights of 1 the figures are those of pycocotools'
`accumulate` (101 recall points, interpolated precision). With whole weights they are what it would
give for repeated images, up to ties between an image's own detections.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.compiled import compiled
from benchsuite.estimation import Code, Notes, Pooled, note
from benchsuite.estimation.pooled import Drawn

from .formats import MAX_DETECTIONS
from .measure import IOU_THRESHOLDS, areas_of, bit, joined

By = Literal["mask", "box"]
"""What overlaps were measured on."""
SIZES: Final = ("small", "medium", "large")
RECALLS: Final = np.linspace(0.0, 1.0, 101)
"""pycocotools' recall points; compared as floats, as there."""
TRUSTED_IMAGES: Final = 300
TRUSTED_OBJECTS: Final = 25
"""With less, average precision is biased upward (the suite's own simulations)."""


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
        return bit(self.matched & ~self.ignored, threshold)

    def neither(self, threshold: int) -> NDArray[np.bool_]:
        """Where a detection counts neither way at this IoU threshold, bool (D,)."""
        return bit(self.ignored, threshold)


def records(table: pd.DataFrame, by: By, area: str) -> Records:
    """The records of N rows of statistics, in their order, for an area range of `AREAS`.

    Detections of a class that no image has are left out: COCO's mean leaves such classes out.
    """
    lengths = np.array([len(row) for row in table["scores"]], dtype=np.int64)
    image = np.repeat(np.arange(len(table)), lengths)
    labels, scores = joined(table["labels"], np.int64), joined(table["scores"], np.float64)
    classes, positives = _positives(table, area)
    kept = np.isin(labels, classes)
    order = np.flatnonzero(kept)[np.lexsort((-scores[kept], labels[kept]))]
    return Records(
        classes,
        np.append(np.searchsorted(labels[order], classes), len(order)).astype(np.int64),
        image[order],
        _rank(image, labels)[order],
        areas_of(table[f"{by}_matched"], area)[order],
        areas_of(table[f"{by}_ignored"], area)[order],
        positives,
    )


def _positives(table: pd.DataFrame, area: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels = joined(table["classes"], np.int64)
    counts = areas_of(table["positives"], area).astype(np.int64)
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


ByClass = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Weights uint8 (B, N) -> float64 (B, C), NaN where a class has no object of any weight."""
Lists = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Lists of detections, one a threshold, joined; and where each class begins in them, (T, C+1)."""


@dataclass(frozen=True)
class Precision:
    """Average precision over `thresholds` (positions in IOU_THRESHOLDS) and 101 recall points."""

    thresholds: tuple[int, ...] = tuple(range(len(IOU_THRESHOLDS)))

    def __call__(self, found: Records) -> ByClass:
        """The estimator of these records: the lists of true positives are made once."""
        true = _lists([np.flatnonzero(found.hits(t)) for t in self.thresholds], found.starts)
        out = _lists([np.flatnonzero(found.neither(t)) for t in self.thresholds], found.starts)

        def by_class(weights: NDArray[np.uint8]) -> NDArray[np.float64]:
            positives = weights.astype(np.float64) @ found.positives.astype(np.float64)
            return _average_precision(weights, positives, found.image, found.starts, true, out)

        return by_class


def _lists(lists: list[NDArray[np.intp]], classes: NDArray[np.int64]) -> Lists:
    offsets = np.cumsum([0, *(len(one) for one in lists)])
    rows = [np.searchsorted(one, classes) + o for one, o in zip(lists, offsets, strict=False)]
    return np.concatenate(lists), np.array(rows, dtype=np.int64)


@compiled
def _average_precision(
    weights: NDArray[np.uint8],
    positives: NDArray[np.float64],
    image: NDArray[np.int64],
    starts: NDArray[np.int64],
    true_positives: Lists,
    ignored: Lists,
) -> NDArray[np.float64]:
    """Visit only true positives: between two of them precision falls and recall stands still."""
    (hits, hit_starts), (out, out_starts) = true_positives, ignored
    blocks, classes = positives.shape
    found = np.full((blocks, classes), np.nan)
    seen = np.empty(len(image) + 1, np.int64)
    precision, recall = np.empty(len(hits) + 1), np.empty(len(hits) + 1)
    tiny = 2.220446049250313e-16  # np.spacing(1), as in pycocotools
    for b in range(blocks):
        weight = weights[b]
        for c in range(classes):
            if positives[b, c] == 0:
                continue
            seen[starts[c]] = 0
            for d in range(starts[c], starts[c + 1]):
                seen[d + 1] = seen[d] + weight[image[d]]
            total = 0.0
            for t in range(len(hit_starts)):
                count, true, neither, o = 0, 0, 0, out_starts[t, c]
                for h in range(hit_starts[t, c], hit_starts[t, c + 1]):
                    here = hits[h]
                    if weight[image[here]] == 0:
                        continue
                    while o < out_starts[t, c + 1] and out[o] < here:
                        neither += weight[image[out[o]]]
                        o += 1
                    true += weight[image[here]]
                    precision[count] = true / (seen[here + 1] - neither + tiny)
                    recall[count] = true / positives[b, c]
                    count += 1
                total += _area_under(precision, recall, count)
            found[b, c] = total / len(hit_starts)
    return found


@compiled
def _area_under(precision: NDArray[np.float64], recall: NDArray[np.float64], count: int) -> float:
    """The mean over the recall points of the greatest precision at that recall or beyond."""
    total, envelope, k = 0.0, 0.0, len(RECALLS) - 1
    for i in range(count - 1, -1, -1):
        while k >= 0 and RECALLS[k] > recall[i]:
            total += envelope
            k -= 1
        envelope = max(envelope, precision[i])
    return (total + envelope * (k + 1)) / len(RECALLS)


@dataclass(frozen=True)
class Recall:
    """Recall averaged over all IoU thresholds, of a class's first `limit` detections, or of all."""

    limit: int | None = None

    def __call__(self, found: Records) -> ByClass:
        """The estimator of these records: a ratio of sums over images."""
        shape = found.positives.shape
        owner = np.repeat(np.arange(shape[1]), np.diff(found.starts))
        hits = np.zeros(shape)
        for threshold in range(len(IOU_THRESHOLDS)):
            here = found.hits(threshold) & (found.rank < (self.limit or np.inf))
            np.add.at(hits, (found.image[here], owner[here]), 1 / len(IOU_THRESHOLDS))

        def by_class(weights: NDArray[np.uint8]) -> NDArray[np.float64]:
            drawn = weights.astype(np.float64)
            positives = drawn @ found.positives.astype(np.float64)
            recall = np.full(positives.shape, np.nan)
            np.divide(drawn @ hits, positives, out=recall, where=positives > 0)
            return recall

        return by_class


Figure = Precision | Recall
"""What is measured of a class: made once from records, then called with weights."""
_Prepared = tuple[Records, ByClass]


def _prepared(table: pd.DataFrame, figure: Figure, by: By, area: str) -> _Prepared:
    found = records(table, by, area)
    return found, figure(found)


def _over_classes(prepared: _Prepared, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(B,): the mean over the classes that have a value, NaN where none has."""
    values = prepared[1](weights.astype(np.uint8))
    known = ~np.isnan(values)
    count, total = known.sum(axis=1), np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _careful(prepared: _Prepared, figure: Figure, most: int) -> Notes:
    positives = prepared[0].positives
    if not positives.shape[1]:
        return note(Code.NO_OBJECT)
    few = note(Code.FEW_SAMPLES, TRUSTED_IMAGES) if len(positives) < TRUSTED_IMAGES else ()
    rare = int((positives.sum(axis=0) < TRUSTED_OBJECTS).sum())
    return few + (note(Code.RARE_CLASSES, rare) if rare else ()) + _ceiling(positives, figure, most)


def _ceiling(positives: NDArray[np.int64], figure: Figure, most: int) -> Notes:
    """What a perfect detector gets where images have more objects of a class than count."""
    limit = figure.limit if isinstance(figure, Recall) else None
    counted = min(most, limit or most)
    crowded = int((positives > counted).any(axis=1).sum())
    if not crowded or limit in (1, 10):  # a small limit is what such a figure is about
        return ()
    reached = np.minimum(positives, counted).sum(axis=0) / positives.sum(axis=0)
    best = reached if isinstance(figure, Recall) else np.mean(reached[:, None] >= RECALLS, axis=1)
    largest = int(positives.max())
    return note(Code.CAPPED, crowded, len(positives), largest, counted, float(best.mean()))


def over_classes(
    name: str, figure: Figure, by: By = "mask", area: str = "all", drawn: Drawn = "nobody",
    most: int = MAX_DETECTIONS,
) -> Pooled:  # fmt: skip
    """The mean of a class's figure over the classes that have an object.

    area   a range of AREAS: objects outside it count neither way
    drawn  who gets replicates; the others are values without an interval
    most   the detections of a class and image that count; a note says where they are too few

    Without any detection it is 0; a group without any object has no value. A class whose objects
    are all in images of weight 0 leaves that replicate's mean.
    """
    return Pooled(
        name=name,
        columns=("labels", "scores", "classes", "positives", f"{by}_matched", f"{by}_ignored"),
        estimator=_over_classes,
        prepare=partial(_prepared, figure=figure, by=by, area=area),
        caution=partial(_careful, figure=figure, most=most),
        drawn=drawn,
        lacking=by,
        bounds=(0.0, 1.0),
    )


def _metrics(by: By, prefix: str, everywhere: Drawn, most: int) -> tuple[Pooled, ...]:
    """COCO's twelve figures."""
    made = partial(over_classes, by=by, most=most)
    return (
        made(f"{prefix}AP", Precision(), drawn=everywhere),
        made(f"{prefix}AP50", Precision((0,)), drawn="everybody"),
        made(f"{prefix}AP75", Precision((5,)), drawn="everybody"),
        *(made(f"{prefix}AP-{size}", Precision(), area=size) for size in SIZES),
        *(made(f"{prefix}AR{limit}", Recall(limit)) for limit in (1, 10, 100)),
        *(made(f"{prefix}AR-{size}", Recall(), area=size) for size in SIZES),
    )


def metrics_of(most: int) -> tuple[Pooled, ...]:
    """The metrics of a dataset in which `most` detections of a class and image count."""
    return (*_metrics("mask", "", "groups", most), *_metrics("box", "box-", "everybody", most))


METRICS: Final = metrics_of(MAX_DETECTIONS)
