"""From an image's detections to its row of statistics: what each detection matched.

The rules are those of pycocotools' `COCOeval.evaluateImg` (Lin et al. 2014, arXiv 1405.0312): for
each class, IoU threshold and area range, detections choose greedily by descending score. Two
things differ: an annotation id of 0 counts like any other, and size and place order tied scores.

A detection's outcome at the ten IoU thresholds is two words of bits, bit t for threshold t:
`matched` (it found an object) and `ignored` (it counts neither way).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from benchsuite.compiled import compiled
from benchsuite.dataset import Sample
from benchsuite.files.masks import area_of

from .formats import CAP, MAX_DETECTIONS, Detections, check

IOU_THRESHOLDS: Final = np.linspace(0.5, 0.95, 10)
"""pycocotools' own: .50:.05:.95."""
AREAS: Final = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""Area ranges in pixels, both ends inclusive: an object of 1024 is small and medium."""
COLUMNS: Final = (
    "height", "width", "native_size", "image_key", "labels", "scores", "boxes", "masks",
    "mask_matched", "mask_ignored", "box_matched", "box_ignored", "classes", "positives",
)  # fmt: skip
"""The columns of the rows that `measure` returns."""
_RANGES: Final = np.array(list(AREAS.values()))
_LEAST: Final = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)


@dataclass(frozen=True, eq=False)
class Objects:
    """The G annotated objects of an image.

    labels   int64 (G,): category ids
    areas    float64 (G,): as the annotation says, not the mask's
    crowds   bool (G,): a region that may match many detections, and never counts
    boxes    float64 (G, 4): x, y, width, height
    masks    G compressed COCO RLEs; None if one of them has only a box
    """

    labels: NDArray[np.int64]
    areas: NDArray[np.float64]
    crowds: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    masks: tuple[dict[str, Any], ...] | None


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of D detections: uint16 (areas, D), bit t for IoU threshold t."""

    matched: NDArray[np.uint16]
    ignored: NDArray[np.uint16]


def measure(sample: Sample, prediction: Detections, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of an image: its ranked detections, and their matches.

    height, width, native_size           pixels; those of its file
    image_key                            its id in the dataset's file, as JSON
    labels, scores, boxes (4·D), masks   what was predicted, masks as the counts of an RLE
    mask_matched, mask_ignored, box_...  uint16 (areas · D): bit t for IoU threshold t
    classes, positives (areas · C)       category ids with an object, and how many count

    An image with an object that has only a box has no matches of masks. Objects and detections of
    the classes in `shared["unscored"]` are left out.
    Raises BadData for a detection that `check` refuses.
    """
    truth = sample.truth
    height, width = int(truth["height"]), int(truth["width"])
    check(lambda i: f"detection {i}", prediction, (height, width), shared)
    scored = np.isin(prediction.labels, list(shared["classes"]))
    most = shared.get(CAP, MAX_DETECTIONS)
    found = prediction.taken(np.flatnonzero(scored)).ranked(most)
    known = objects([a for a in truth["annotations"] if a["category_id"] in shared["classes"]])
    return {
        "height": height,
        "width": width,
        "native_size": np.array(truth.get("native", (height, width)), dtype=np.int32),
        "image_key": json.dumps(truth.get("image_id", sample.id)),
        "labels": found.labels,
        "scores": found.scores,
        "boxes": found.boxes.reshape(-1),
        "masks": found.counts(),
        **_matches("mask", match_masks(known, found)),
        **_matches("box", match_boxes(known, found)),
        **_positives(known),
    }


def _matches(by: str, found: Matches | None) -> dict[str, Any]:
    names = (f"{by}_matched", f"{by}_ignored")
    if found is None:
        return dict.fromkeys(names)
    return dict(zip(names, (found.matched.reshape(-1), found.ignored.reshape(-1)), strict=True))


def _positives(known: Objects) -> dict[str, Any]:
    classes = np.unique(known.labels[~known.crowds])
    low, high = _RANGES.T[:, :, None]
    counted = (known.areas >= low) & (known.areas <= high) & ~known.crowds
    counts = counted.astype(np.int32) @ (known.labels[:, None] == classes).astype(np.int32)
    return {"classes": classes, "positives": counts.reshape(-1)}


def objects(annotations: Sequence[dict[str, Any]]) -> Objects:
    """The annotations of a truth, column by column."""
    return Objects(
        np.array([a["category_id"] for a in annotations], dtype=np.int64),
        np.array([a["area"] for a in annotations], dtype=np.float64),
        np.array([bool(a["iscrowd"]) for a in annotations], dtype=np.bool_),
        np.array([a["bbox"] for a in annotations], dtype=np.float64).reshape(-1, 4),
        None if any(a["segmentation"] is None for a in annotations)
        else tuple(a["segmentation"] for a in annotations),
    )  # fmt: skip


def match_masks(truth: Objects, found: Detections) -> Matches | None:
    """Match by mask IoU; `found` is ranked. Areas are the masks'. None if a mask is missing."""
    if truth.masks is None or found.masks is None:
        return None
    masks, true = list(found.masks), truth.masks
    # One by one: of a list, pycocotools counts up to 255.
    areas = np.array([area_of(mask) for mask in masks], dtype=np.float64)
    ious = np.zeros((len(masks), len(true)))
    labels = truth.labels.tolist()
    for label in {*labels}.intersection(found.labels.tolist()):
        start, stop = np.searchsorted(found.labels, (label, label + 1))
        members = [i for i, other in enumerate(labels) if other == label]
        crowds = truth.crowds[members].astype(np.uint8)
        ious[start:stop, members] = rle.iou(masks[start:stop], [true[i] for i in members], crowds)
    return Matches(*_match(ious, areas, truth.areas, truth.crowds))


def match_boxes(truth: Objects, found: Detections) -> Matches:
    """Match by box IoU; `found` is ranked. Areas are width × height."""
    boxes = np.ascontiguousarray(found.boxes, dtype=np.float64)
    ious = np.zeros((len(boxes), len(truth.boxes)))
    if ious.size:
        ious = rle.iou(boxes, truth.boxes, truth.crowds.astype(np.uint8))
    ious *= found.labels[:, None] == truth.labels
    return Matches(*_match(ious, boxes[:, 2] * boxes[:, 3], truth.areas, truth.crowds))


@compiled
def _match(
    ious: NDArray[np.float64],
    areas: NDArray[np.float64],
    true_areas: NDArray[np.float64],
    crowds: NDArray[np.bool_],
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """`matched` and `ignored` from IoUs (D, G), which are 0 between classes."""
    matched = np.zeros((len(_RANGES), len(areas)), np.uint16)
    ignored = np.zeros((len(_RANGES), len(areas)), np.uint16)
    near = np.array([(row >= _LEAST[0]).any() for row in ious])
    for a in range(len(_RANGES)):
        low, high = _RANGES[a]
        out = crowds | (true_areas < low) | (true_areas > high)
        for t in range(len(_LEAST)):
            bit, taken = np.uint16(1 << t), np.zeros(len(crowds), np.bool_)
            for d in range(len(areas)):
                best = _choice(ious[d], taken, out, _LEAST[t]) if near[d] else -1
                if best >= 0:
                    taken[best] = not crowds[best]
                    matched[a, d] |= bit
                    if out[best]:
                        ignored[a, d] |= bit
                elif areas[d] < low or areas[d] > high:
                    ignored[a, d] |= bit
    return matched, ignored


@compiled
def _choice(
    ious: NDArray[np.float64], taken: NDArray[np.bool_], out: NDArray[np.bool_], least: float
) -> int:
    """The object of greatest IoU, one that counts before one that does not; -1 if none fits."""
    best = -1
    for outside in (False, True):
        if best < 0:
            for g in range(len(ious)):
                if not taken[g] and out[g] == outside and ious[g] >= least:
                    best, least = g, ious[g]
    return best


def areas_of(column: Iterable[Any], area: str) -> NDArray[np.uint16]:
    """The part of an area range in a column of statistics whose entries are (areas · length,)."""
    index = list(AREAS).index(area)
    lengths = ((row, len(row) // len(AREAS)) for row in column)
    return joined((row[index * n : (index + 1) * n] for row, n in lengths), np.uint16)


def joined(rows: Iterable[Any], dtype: Any) -> NDArray[Any]:
    """A column of statistics whose entries are lists, one behind the other."""
    return np.concatenate([np.zeros(0, dtype), *rows]).astype(dtype, copy=False)
