"""From an image's detections to its row of statistics."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.files.coco import OUTSIDE
from benchsuite.files.masks import check_runs

from .detections import Detections
from .matching import AREAS, Objects, match_boxes, match_masks, objects, ranking


def measure(sample: Sample, prediction: Detections, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of an image: its detections in the order of `ranking`, and their matches.

    height, width                        of the image, pixels
    labels, scores, boxes (4·D), masks   what was predicted, masks as the counts of an RLE
    mask_matched, mask_ignored, box_...  uint16 (areas · D): bit t for IoU threshold t
    classes, positives (areas · C)       category ids with an object, and how many count

    Objects and detections of `shared["unscored"]` classes are left out.
    Raises BadData for a detection that `check` refuses.
    """
    truth = sample.truth
    height, width = int(truth["height"]), int(truth["width"])
    check(lambda i: f"detection {i}", prediction, (height, width), shared)
    scored = np.isin(prediction.labels, list(shared["classes"]))
    found = _taken(prediction, np.flatnonzero(scored))
    found = _taken(found, ranking(found))
    known = objects([a for a in truth["annotations"] if a["category_id"] in shared["classes"]])
    return {
        "height": height,
        "width": width,
        "labels": found.labels,
        "scores": found.scores,
        "boxes": found.boxes.reshape(-1),
        "masks": found.counts(),
        **_matches("mask", match_masks(known, found) if found.masks is not None else None),
        **_matches("box", match_boxes(known, found)),
        **_positives(known),
    }


def _taken(found: Detections, positions: NDArray[np.intp]) -> Detections:
    masks = None if found.masks is None else tuple(found.masks[i] for i in positions)
    return Detections(
        found.labels[positions].astype(np.int64),
        found.scores[positions].astype(np.float64),
        found.boxes[positions].astype(np.float64),
        masks,
    )


def _matches(by: str, found: Any) -> dict[str, Any]:
    names = (f"{by}_matched", f"{by}_ignored")
    if found is None:
        return dict.fromkeys(names)
    return dict(zip(names, (found.matched.reshape(-1), found.ignored.reshape(-1)), strict=True))


def _positives(known: Objects) -> dict[str, Any]:
    classes = np.unique(known.labels[~known.crowds])
    counts = [
        [
            np.count_nonzero(
                (known.labels == label)
                & ~known.crowds
                & (known.areas >= low)
                & (known.areas <= high)
            )
            for label in classes
        ]
        for low, high in AREAS.values()
    ]
    return {"classes": classes, "positives": np.array(counts, dtype=np.int32).reshape(-1)}


def check(
    where: Callable[[int], str],
    found: Detections,
    size: tuple[int, int],
    shared: Mapping[str, Any],
) -> None:
    """Raise BadData, beginning with `where(i)`, unless every detection can be scored.

    That is: one score, box and label each, scores finite, labels among the dataset's classes, boxes
    inside the image to a pixel, masks of the image's `size` (H, W).
    """
    _check_lengths(found)
    known = [*shared["classes"], *shared.get("unscored", ())]
    height, width = size
    x, y, w, h = found.boxes.reshape(-1, 4).T
    outside = (x < -OUTSIDE) | (y < -OUTSIDE) | (w < 0) | (h < 0)
    outside |= (x + w > width + OUTSIDE) | (y + h > height + OUTSIDE)
    for bad, expected, values in (
        (~np.isfinite(found.scores), "score: expected a finite number", found.scores),
        (~np.isin(found.labels, known), _classes_expected(shared), found.labels),
        (~np.isfinite(found.boxes).all(axis=1), "box: expected finite numbers", found.boxes),
        (outside, f"box: expected x, y, w, h inside {width} × {height} pixels", found.boxes),
    ):
        for i in np.flatnonzero(bad)[:1]:
            raise BadData(f"{where(int(i))}: {expected}, found {values[i].tolist()}")
    for i, mask in enumerate(found.masks or ()):
        if list(mask["size"]) != [height, width]:
            raise BadData(
                f"{where(i)}: mask: expected the size {[height, width]}, found {list(mask['size'])}"
            )
        check_runs(where(i), mask["counts"], height * width)


def _classes_expected(shared: Mapping[str, Any]) -> str:
    ids = sorted(shared["classes"])
    shown = ", ".join(str(i) for i in ids[:8]) + (" ..." if len(ids) > 8 else "")
    return f"category: expected one of the dataset's ({shown})"


def _check_lengths(found: Detections) -> None:
    masks = len(found) if found.masks is None else len(found.masks)
    lengths = {
        "scores": len(found), "labels": len(found.labels), "boxes": len(found.boxes), "masks": masks
    }  # fmt: skip
    if len(set(lengths.values())) > 1:
        raise BadData(f"detections: expected as many of each, found {lengths}")
    if len(found) and found.boxes.shape != (len(found), 4):
        raise BadData(f"detections: boxes: expected (D, 4), found {found.boxes.shape}")
