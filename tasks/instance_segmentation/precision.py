"""Average precision and recall of every class under weights, from match records.

An image of weight w counts as w copies of it: with weights 1 these are pycocotools' `accumulate`
(101 recall points, interpolated precision), and with whole weights what it would give for the
images repeated, up to ties between an image's own detections.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.compiled import compiled

from .matching import IOU_THRESHOLDS
from .records import Records

RECALLS: Final = np.linspace(0.0, 1.0, 101)
"""pycocotools' recall points; compared as floats, as there."""

ByClass = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Weights uint8 (B, N) -> float64 (B, C), NaN where a class has no object of any weight."""


@dataclass(frozen=True)
class Precision:
    """Average precision over `thresholds` (positions in IOU_THRESHOLDS) and 101 recall points."""

    thresholds: tuple[int, ...] = tuple(range(len(IOU_THRESHOLDS)))

    def __call__(self, found: Records) -> ByClass:
        """The estimator of these records: the lists of true positives are made once."""
        hits = [np.flatnonzero(found.hits(t)) for t in self.thresholds]
        out = [np.flatnonzero(found.neither(t)) for t in self.thresholds]
        hit_starts, out_starts = _starts(hits, found.starts), _starts(out, found.starts)
        hit_list, out_list = np.concatenate(hits), np.concatenate(out)

        def by_class(weights: NDArray[np.uint8]) -> NDArray[np.float64]:
            positives = weights.astype(np.float64) @ found.positives.astype(np.float64)
            return _average_precision(
                weights, positives, found.image, found.starts,
                hit_list, hit_starts, out_list, out_starts, RECALLS,
            )  # fmt: skip

        return by_class


def _starts(lists: list[NDArray[np.intp]], classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T, C+1): where each class begins in the lists joined one behind the other."""
    offsets = np.cumsum([0, *(len(one) for one in lists)])
    rows = [np.searchsorted(one, classes) + o for one, o in zip(lists, offsets, strict=False)]
    return np.array(rows, dtype=np.int64)


@compiled
def _average_precision(
    weights: NDArray[np.uint8],
    positives: NDArray[np.float64],
    image: NDArray[np.int64],
    starts: NDArray[np.int64],
    hits: NDArray[np.int64],
    hit_starts: NDArray[np.int64],
    out: NDArray[np.int64],
    out_starts: NDArray[np.int64],
    recalls: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Walk true positives alone: between two of them precision only falls and recall stands."""
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
            start = starts[c]
            seen[start] = 0
            for d in range(start, starts[c + 1]):
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
                total += _area_under(precision, recall, count, recalls)
            found[b, c] = total / len(hit_starts)
    return found


@compiled
def _area_under(
    precision: NDArray[np.float64],
    recall: NDArray[np.float64],
    count: int,
    recalls: NDArray[np.float64],
) -> float:
    """The mean over the recall points of the greatest precision at that recall or beyond."""
    total, envelope, k = 0.0, 0.0, len(recalls) - 1
    for i in range(count - 1, -1, -1):
        while k >= 0 and recalls[k] > recall[i]:
            total += envelope
            k -= 1
        envelope = max(envelope, precision[i])
    return (total + envelope * (k + 1)) / len(recalls)


@dataclass(frozen=True)
class Recall:
    """Recall averaged over all IoU thresholds, of the first `limit` detections of a class."""

    limit: int

    def __call__(self, found: Records) -> ByClass:
        """The estimator of these records: a ratio of sums over images."""
        shape = found.positives.shape
        owner = np.repeat(np.arange(shape[1]), np.diff(found.starts))
        hits = np.zeros(shape)
        for threshold in range(len(IOU_THRESHOLDS)):
            here = found.hits(threshold) & (found.rank < self.limit)
            np.add.at(hits, (found.image[here], owner[here]), 1 / len(IOU_THRESHOLDS))

        def by_class(weights: NDArray[np.uint8]) -> NDArray[np.float64]:
            drawn = weights.astype(np.float64)
            positives = drawn @ found.positives.astype(np.float64)
            recall = np.full(positives.shape, np.nan)
            np.divide(drawn @ hits, positives, out=recall, where=positives > 0)
            return recall

        return by_class
