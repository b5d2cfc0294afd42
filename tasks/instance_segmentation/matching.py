"""Detections matched to ground truth, one image at a time, by the rules of COCO's own evaluation.

The rules are those of pycocotools' `COCOeval.evaluateImg` (Lin et al. 2014, arXiv 1405.0312): for
each class, IoU threshold and area range, detections choose greedily by descending score. Two of its
traps are left out: an annotation id of 0 counts like any other, and tied scores do not keep the
file's order but one of their own, by size and place.

A detection's outcome at the ten IoU thresholds is two words of bits, bit t for threshold t:
`matched` (it found an object) and `ignored` (it counts neither way).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from benchsuite.compiled import compiled

from .detections import Detections

IOU_THRESHOLDS: Final = np.linspace(0.5, 0.95, 10)
"""pycocotools' own: .50:.05:.95."""
AREAS: Final = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""Area ranges in pixels, both ends inclusive: an object of 1024 is small and medium."""
MAX_DETECTIONS: Final = 100
"""Detections of a class that an image may have; those of the lowest scores are dropped."""

_RANGES: Final = np.array(list(AREAS.values()))


@dataclass(frozen=True, eq=False)
class Objects:
    """The G annotated objects of an image.

    labels   int64 (G,): category ids
    areas    float64 (G,): as the annotation says, not the mask's
    crowds   bool (G,): a region that may match many detections, and never counts
    boxes    float64 (G, 4): x, y, width, height
    masks    G compressed COCO RLEs
    """

    labels: NDArray[np.int64]
    areas: NDArray[np.float64]
    crowds: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    masks: tuple[dict[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of D detections: uint16 (areas, D), bit t for IoU threshold t."""

    matched: NDArray[np.uint16]
    ignored: NDArray[np.uint16]


def objects(annotations: Sequence[dict[str, Any]]) -> Objects:
    """The annotations of a truth, column by column."""
    return Objects(
        np.array([a["category_id"] for a in annotations], dtype=np.int64),
        np.array([a["area"] for a in annotations], dtype=np.float64),
        np.array([bool(a["iscrowd"]) for a in annotations], dtype=np.bool_),
        np.array([a["bbox"] for a in annotations], dtype=np.float64).reshape(-1, 4),
        tuple(a["segmentation"] for a in annotations),
    )


def ranking(found: Detections) -> NDArray[np.intp]:
    """Positions of the detections that count: by class, by descending score, at most 100 a class.

    Ties go to the larger box, then by the box's place and the mask: never by the order in which a
    model lists them.
    """
    x, y, width, height = found.boxes.T
    counts = found.counts() or [""] * len(found)
    keys = zip(found.labels, -found.scores, -width * height, x, y, width, counts, strict=True)
    order = np.array([i for _, i in sorted((key, i) for i, key in enumerate(keys))], dtype=np.intp)
    labels = found.labels[order]
    within = np.arange(len(order)) - np.searchsorted(labels, labels, side="left")
    return order[within < MAX_DETECTIONS]


def match_masks(truth: Objects, found: Detections) -> Matches:
    """Match by mask IoU; `found` in the order of `ranking`, with masks. Areas are the masks'."""
    masks = list(found.masks or ())
    areas = rle.area(masks).astype(np.float64) if masks else np.zeros(0)

    def ious(detections: slice, members: NDArray[np.intp], crowds: NDArray[np.uint8]) -> Any:
        return rle.iou(masks[detections], [truth.masks[i] for i in members], crowds)

    return _match(truth, found.labels, areas, ious)


def match_boxes(truth: Objects, found: Detections) -> Matches:
    """Match by box IoU; `found` in the order of `ranking`. Areas are width × height."""
    boxes = np.ascontiguousarray(found.boxes, dtype=np.float64)

    def ious(detections: slice, members: NDArray[np.intp], crowds: NDArray[np.uint8]) -> Any:
        return rle.iou(boxes[detections], truth.boxes[members], crowds)

    return _match(truth, found.labels, boxes[:, 2] * boxes[:, 3], ious)


def _match(
    truth: Objects,
    labels: NDArray[np.int64],
    areas: NDArray[np.float64],
    ious: Callable[[slice, NDArray[np.intp], NDArray[np.uint8]], Any],
) -> Matches:
    matched = np.zeros((len(AREAS), len(labels)), np.uint16)
    ignored = np.zeros((len(AREAS), len(labels)), np.uint16)
    for label in np.unique(labels):
        start, stop = np.searchsorted(labels, [label, label + 1])
        mine = slice(int(start), int(stop))
        members = np.flatnonzero(truth.labels == label)
        crowds = truth.crowds[members]
        overlaps = np.zeros((stop - start, 0))
        if len(members):
            overlaps = np.asarray(ious(mine, members, crowds.astype(np.uint8)), dtype=np.float64)
        _match_class(
            overlaps, areas[mine], truth.areas[members], crowds,
            IOU_THRESHOLDS, _RANGES, matched[:, mine], ignored[:, mine],
        )  # fmt: skip
    return Matches(matched, ignored)


@compiled
def _match_class(
    ious: NDArray[np.float64],
    found_areas: NDArray[np.float64],
    true_areas: NDArray[np.float64],
    crowds: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
    ranges: NDArray[np.float64],
    matched: NDArray[np.uint16],
    ignored: NDArray[np.uint16],
) -> None:
    """Fill `matched` and `ignored` (areas, D) from IoUs (D, G) of one class."""
    count, truths = ious.shape
    for a in range(len(ranges)):
        low, high = ranges[a]
        out = crowds | (true_areas < low) | (true_areas > high)
        # objects that count come first, as pycocotools sorts them
        order = np.argsort(out, kind="mergesort")
        for t in range(len(thresholds)):
            bit = np.uint16(1 << t)
            taken = np.zeros(truths, np.bool_)
            for d in range(count):
                best = _choice(ious[d], order, taken & ~crowds, out, min(thresholds[t], 1 - 1e-10))
                if best >= 0:
                    taken[best] = True
                    matched[a, d] |= bit
                    if out[best]:
                        ignored[a, d] |= bit
                elif found_areas[d] < low or found_areas[d] > high:
                    ignored[a, d] |= bit


@compiled
def _choice(
    ious: NDArray[np.float64],
    order: NDArray[np.int64],
    taken: NDArray[np.bool_],
    out: NDArray[np.bool_],
    least: float,
) -> int:
    """The object of greatest IoU, one that counts before one that does not; -1 if none fits."""
    best = -1
    for g in order:
        if taken[g]:
            continue
        if best >= 0 and not out[best] and out[g]:
            break
        if ious[g] >= least:
            best, least = g, ious[g]
    return best
