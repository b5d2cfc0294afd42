"""The task's metrics: means over classes of average precision or recall, from match records.

An image of weight w counts as w copies. With weights of 1 the figures are those of pycocotools'
`accumulate` (101 recall points, interpolated precision). With whole weights they are what it would
give for repeated images, up to ties between an image's own detections.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Code, Notes, Parts, Pooled, note
from benchsuite.estimation.pooled import Drawn

from .formats import MAX_DETECTIONS
from .kernels import THRESHOLDS, greatest_f1, interpolated_precision
from .measure import areas_of, joined

CLASS: Final = "class"
"""The attribute of which each class of objects is a group."""
By = Literal["mask", "boundary", "box"]
"""What overlaps were measured on."""
SIZES: Final = ("small", "medium", "large")
RECALLS: Final = np.linspace(0.0, 1.0, 101)
"""pycocotools' recall points; compared as floats, as there."""
_BITS: Final = (1 << np.arange(THRESHOLDS)).astype(np.uint16)
_REPLICATES: Final = 250
"""More replicates at a time are not faster."""
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
    score     float64 (D,)
    matched   uint16 (D,): bit t for IoU threshold t: it found an object
    ignored   uint16 (D,): bit t: it counts neither way
    positives int64 (N, C): objects that count
    """

    classes: NDArray[np.int64]
    starts: NDArray[np.int64]
    image: NDArray[np.int64]
    rank: NDArray[np.int64]
    score: NDArray[np.float64]
    matched: NDArray[np.uint16]
    ignored: NDArray[np.uint16]
    positives: NDArray[np.int64]

    @property
    def hits(self) -> NDArray[np.uint16]:
        """Bit t for IoU threshold t: the detection is a true positive."""
        return self.matched & ~self.ignored

    def of(self, members: NDArray[np.bool_]) -> "Records":
        """The records of some of the images, members (N,), as if there were no others."""
        positives = self.positives[members]
        known = positives.any(axis=0)
        kept = members[self.image] & np.repeat(known, np.diff(self.starts))
        before = np.append(0, np.cumsum(kept))[self.starts]
        return Records(
            self.classes[known],
            np.append(before[:-1][known], before[-1]),
            (np.cumsum(members) - 1)[self.image[kept]],
            self.rank[kept],
            self.score[kept],
            self.matched[kept],
            self.ignored[kept],
            positives[:, known],
        )


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
        scores[order],
        areas_of(table[f"{by}_matched"], area)[order],
        areas_of(table[f"{by}_ignored"], area)[order],
        positives,
    )


def _positives(table: pd.DataFrame, area: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels = joined(table["classes"], np.int64)
    counts = areas_of(table["positives"], area)
    image = np.repeat(np.arange(len(table)), [len(row) for row in table["classes"]])
    here = counts > 0
    classes = np.unique(labels[here])
    dense = np.zeros((len(table), len(classes)), np.int64)
    dense[image[here], np.searchsorted(classes, labels[here])] = counts[here]
    return classes, dense


def _rank(image: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    # within an image the rows are by class and descending score
    first = np.ones(len(image), dtype=np.bool_)
    first[1:] = (image[1:] != image[:-1]) | (labels[1:] != labels[:-1])
    places = np.arange(len(image))
    return places - np.maximum.accumulate(np.where(first, places, 0))


@dataclass(frozen=True)
class Precision:
    """Average precision over `thresholds` (positions in `IOU_THRESHOLDS`) and 101 recall points."""

    thresholds: tuple[int, ...] = tuple(range(THRESHOLDS))

    def __call__(self, found: Records, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each class, (B, C), under whole weights (B, N). NaN where it has no object."""
        chosen = np.bitwise_or.reduce(_BITS[list(self.thresholds)])
        hits, ignored = ((word & chosen).astype(np.uint32) for word in (found.hits, found.ignored))
        outcomes = hits | ignored << np.uint32(THRESHOLDS) | np.uint32(1 << 2 * THRESHOLDS)
        drawn, positives = np.ascontiguousarray(weights.T), found.positives.T @ weights.T
        total = interpolated_precision(drawn, positives, found.image, found.starts, outcomes)
        mean = total / (len(self.thresholds) * len(RECALLS))
        return np.where(positives > 0, mean, np.nan).T


@dataclass(frozen=True)
class Recall:
    """Recall averaged over all IoU thresholds, of a class's first `limit` detections, or of all."""

    limit: int | None = None

    def __call__(self, found: Records, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each class, (B, C), under weights (B, N). NaN where it has no object."""
        images, classes = found.positives.shape
        counted = np.flatnonzero(found.rank < (self.limit or np.inf))
        cell = found.image * classes + np.repeat(np.arange(classes), np.diff(found.starts))
        share = (found.hits[counted, None] & _BITS > 0).mean(axis=1)
        hits = np.bincount(cell[counted], share, minlength=images * classes)
        reached = weights @ hits.reshape(images, classes)
        with np.errstate(invalid="ignore"):  # 0 / 0
            return np.asarray(reached / (weights @ found.positives))


@dataclass(frozen=True)
class F1:
    """The F1 score at an IoU threshold, at the score threshold that is best for the class.

    2 TP / (detections that count + objects), the greatest over all thresholds on the scores. The
    threshold is chosen on the same images.
    """

    threshold: int = 0

    def __call__(self, found: Records, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each class, (B, C), under weights (B, N). NaN where it has no object."""
        bit = _BITS[self.threshold]
        hits, counted = found.hits & bit > 0, found.ignored & bit == 0
        last = np.append(found.score[1:] != found.score[:-1], True)[: len(found.score)]
        last[found.starts[1:][np.diff(found.starts) > 0] - 1] = True
        drawn, positives = np.ascontiguousarray(weights.T), found.positives.T @ weights.T
        outcomes = (hits + 2 * counted + 4 * last).astype(np.uint8)
        best = greatest_f1(drawn, positives, found.image, found.starts, outcomes)
        return np.where(positives > 0, best, np.nan).T


Figure = Precision | Recall | F1
"""What is measured of a class: of records and weights (B, N), float64 (B, C)."""


def _over_classes(
    found: Records, weights: NDArray[np.float64], figure: Figure
) -> NDArray[np.float64]:
    """(B,): the mean over the classes that have a value, NaN where none has."""
    values = figure(found, weights)
    with np.errstate(invalid="ignore"):  # 0 / 0
        return np.asarray(np.nansum(values, axis=1) / (~np.isnan(values)).sum(axis=1))


def _careful(found: Records, figure: Figure, most: int) -> Notes:
    positives = found.positives
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
    largest, best = int(positives.max()), _best(figure, reached)
    return note(Code.CAPPED, crowded, len(positives), largest, counted, float(best.mean()))


def _best(figure: Figure, reached: NDArray[np.float64]) -> NDArray[np.float64]:
    """The figure of each class (C,) where that share of its objects is found, and nothing else."""
    if isinstance(figure, Precision):
        return np.asarray(np.mean(reached[:, None] >= RECALLS, axis=1))
    return reached if isinstance(figure, Recall) else 2 * reached / (1 + reached)


def _names(found: Records, names: Mapping[int, str]) -> list[str]:
    return [names[key] for key in found.classes.tolist()]


def _present(found: Records) -> NDArray[np.bool_]:
    return found.positives > 0


@dataclass(frozen=True)
class Rules:
    """What a dataset says of its classes.

    most   the detections of a class and image that count; a note says where they are too few
    names  if given, each class is a group of that name
    """

    most: int = MAX_DETECTIONS
    names: Mapping[int, str] | None = None

    def parts(self, figure: Figure) -> Parts | None:
        """Each class as a group, if they have names."""
        if not self.names:
            return None
        return Parts(CLASS, partial(_names, names=self.names), _present, figure)


def over_classes(
    name: str, figure: Figure, by: By = "mask", area: str = "all", drawn: Drawn = "nobody",
    rules: Rules = Rules(),
) -> Pooled:  # fmt: skip
    """The mean of a class's figure over the classes that have an object.

    area   a range of AREAS: objects outside it count neither way
    drawn  who gets replicates; the others are values without an interval

    Without any detection it is 0; a group without any object has no value. A class whose objects
    are all in images of weight 0 leaves that replicate's mean.
    """
    return Pooled(
        name=name,
        columns=("labels", "scores", "classes", "positives", f"{by}_matched", f"{by}_ignored"),
        estimator=partial(_over_classes, figure=figure),
        block=_REPLICATES,
        prepare=partial(records, by=by, area=area),
        select=Records.of,
        caution=partial(_careful, figure=figure, most=rules.most),
        drawn=drawn,
        lacking="box" if by == "box" else "mask",
        bounds=(0.0, 1.0),
        parts=rules.parts(figure),
    )


def _metrics(by: By, prefix: str, everywhere: Drawn, rules: Rules) -> tuple[Pooled, ...]:
    """COCO's twelve figures, and F1."""
    made = partial(over_classes, by=by, rules=replace(rules, names=None))
    return (
        over_classes(f"{prefix}AP", Precision(), by, drawn=everywhere, rules=rules),
        made(f"{prefix}AP50", Precision((0,)), drawn="everybody"),
        made(f"{prefix}AP75", Precision((5,)), drawn="everybody"),
        made(f"{prefix}F1", F1(), drawn="everybody"),
        *(made(f"{prefix}AP-{size}", Precision(), area=size) for size in SIZES),
        *(made(f"{prefix}AR{limit}", Recall(limit)) for limit in (1, 10, 100)),
        *(made(f"{prefix}AR-{size}", Recall(), area=size) for size in SIZES),
    )


def metrics_of(most: int, names: Mapping[int, str] | None = None) -> tuple[Pooled, ...]:
    """The metrics of a dataset by its cap on detections, and its classes' names by category id."""
    rules = Rules(most, names)
    by_mask = _metrics("mask", "", "groups", rules)
    edges = over_classes("boundary-AP", Precision(), "boundary", "all", "everybody", Rules(most))
    return (*by_mask, edges, *_metrics("box", "box-", "everybody", rules))


METRICS: Final = metrics_of(MAX_DETECTIONS)
