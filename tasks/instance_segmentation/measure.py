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

from benchsuite.dataset import Sample
from benchsuite.files.masks import area_of

from .formats import CAP, MAX_DETECTIONS, Detections, check
from .kernels import AREAS, RANGES, boundary_ious, match

COLUMNS: Final = (
    "height", "width", "native_size", "image_key", "labels", "scores", "boxes", "masks",
    "mask_matched", "mask_ignored", "boundary_matched", "boundary_ignored", "box_matched",
    "box_ignored", "classes", "positives",
)  # fmt: skip
"""The columns of the rows that `measure` returns."""


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
    mask_matched, mask_ignored           uint16 (areas · D): bit t for IoU threshold t
    boundary_matched, ..., box_matched   the same, by the IoU of boundaries and of boxes
    classes, positives (areas · C)       category ids with an object, and how many count

    An image with an object that has only a box has no matches of masks or boundaries. Objects and
    detections of the classes in `shared["unscored"]` are left out.
    Raises BadData for a detection that `check` refuses.
    """
    truth = sample.truth
    height, width = int(truth["height"]), int(truth["width"])
    check(lambda i: f"detection {i}", prediction, (height, width), shared)
    scored = np.isin(prediction.labels, list(shared["classes"]))
    most = shared.get(CAP, MAX_DETECTIONS)
    found = prediction.taken(np.flatnonzero(scored)).ranked(most)
    known = objects([a for a in truth["annotations"] if a["category_id"] in shared["classes"]])
    by_mask, by_boundary = match_masks(known, found, (height, width))
    return {
        "height": height,
        "width": width,
        "native_size": np.array(truth.get("native", (height, width)), dtype=np.int32),
        "image_key": json.dumps(truth.get("image_id", sample.id)),
        "labels": found.labels,
        "scores": found.scores,
        "boxes": found.boxes.reshape(-1),
        "masks": found.counts(),
        **_matches("mask", by_mask),
        **_matches("boundary", by_boundary),
        **_matches("box", match_boxes(known, found)),
        **_positives(known),
    }


def perfect(sample: Sample, shared: Mapping[str, Any]) -> Detections:
    """The objects that count, as they are annotated, as surely as can be: crowd regions are none.

    Of more objects than count, the larger ones come first, as everywhere among tied scores.
    """
    known = objects(sample.truth["annotations"])
    counted = np.isin(known.labels, list(shared["classes"])) & ~known.crowds
    every = Detections(known.labels, np.ones(len(known.labels)), known.boxes, known.masks)
    return every.taken(np.flatnonzero(counted))


def _matches(by: str, found: Matches | None) -> dict[str, Any]:
    names = (f"{by}_matched", f"{by}_ignored")
    if found is None:
        return dict.fromkeys(names)
    return dict(zip(names, (found.matched.reshape(-1), found.ignored.reshape(-1)), strict=True))


def _positives(known: Objects) -> dict[str, Any]:
    classes = np.unique(known.labels[~known.crowds])
    low, high = RANGES.T[:, :, None]
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


def match_masks(
    truth: Objects, found: Detections, size: tuple[int, int]
) -> tuple[Matches | None, Matches | None]:
    """Matches by the IoU of masks, and of their boundaries; `found` is ranked.

    Areas are the masks'. None if a mask is missing.
    """
    if truth.masks is None or found.masks is None:
        return None, None
    # One by one: with numpy 2, pycocotools' `area` of more than 255 masks fails.
    areas = np.array([area_of(mask) for mask in found.masks], dtype=np.float64)
    ious = _mask_ious(truth, truth.masks, found, found.masks)
    near = boundary_ious(found.masks, truth.masks, size, ious, truth.crowds)
    known = (areas, truth.areas, truth.crowds)
    return Matches(*match(ious, *known)), Matches(*match(near, *known))


def _mask_ious(
    truth: Objects,
    true: Sequence[dict[str, Any]],
    found: Detections,
    masks: Sequence[dict[str, Any]],
) -> NDArray[np.float64]:
    """IoUs (D, G), 0 between classes."""
    ious = np.zeros((len(masks), len(true)))
    labels = truth.labels.tolist()
    for label in {*labels}.intersection(found.labels.tolist()):
        start, stop = np.searchsorted(found.labels, (label, label + 1))
        members = [i for i, other in enumerate(labels) if other == label]
        crowds = truth.crowds[members].astype(np.uint8)
        mine = list(masks[start:stop])
        ious[start:stop, members] = rle.iou(mine, [true[i] for i in members], crowds)
    return ious


def match_boxes(truth: Objects, found: Detections) -> Matches:
    """Match by box IoU; `found` is ranked. Areas are width × height."""
    boxes = np.ascontiguousarray(found.boxes, dtype=np.float64)
    ious = np.zeros((len(boxes), len(truth.boxes)))
    if ious.size:
        ious = rle.iou(boxes, truth.boxes, truth.crowds.astype(np.uint8))
    ious *= found.labels[:, None] == truth.labels
    return Matches(*match(ious, boxes[:, 2] * boxes[:, 3], truth.areas, truth.crowds))


def areas_of(column: Iterable[Any], area: str) -> NDArray[np.uint16]:
    """The part of an area range in a column of statistics whose entries are (areas · length,)."""
    index = list(AREAS).index(area)
    lengths = ((row, len(row) // len(AREAS)) for row in column)
    return joined((row[index * n : (index + 1) * n] for row, n in lengths), np.uint16)


def joined(rows: Iterable[Any], dtype: Any) -> NDArray[Any]:
    """A column of statistics whose entries are lists, one behind the other."""
    return np.concatenate([np.zeros(0, dtype), *rows]).astype(dtype, copy=False)
