"""Predictions: a model's detections, what they must be, and COCO's results files.

A results file is one list of detections, with `segmentation`, or with `bbox` alone.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData
from benchsuite.files.coco import OUTSIDE, sample_id
from benchsuite.files.images import Size
from benchsuite.files.masks import box_of, check_runs, compressed, is_number, resized
from benchsuite.files.text import json_value, parsed

Where = Callable[[int], str]
Rows = list[tuple[int, Mapping[str, Any]]]
"""Entries of the file with their positions."""
MAX_DETECTIONS: Final = 100
"""COCO's number of detections of a class and image that count; the lowest scores are dropped."""
CAP: Final = "max_detections"
"""The key of what a dataset shares that holds another number."""
LEFT_OUT: Final = "left_out"
"""The key that holds the ids of images that a person leaves out: entries of them do not count."""


@dataclass(frozen=True, eq=False)
class Detections:
    """The D detections of one image, in any order.

    labels  int64 (D,): category ids of the dataset
    scores  float64 (D,): confidence, finite, higher is surer
    boxes   float64 (D, 4): x, y, width, height in pixels (COCO's order)
    masks   D compressed COCO RLEs, {"size": [H, W], "counts": text or bytes}; None if a model
            has only boxes
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    boxes: NDArray[np.float64]
    masks: tuple[dict[str, Any], ...] | None

    def __len__(self) -> int:
        return len(self.scores)

    def counts(self) -> list[str] | None:
        """The masks' counts as text; None if there are only boxes."""
        if self.masks is None:
            return None
        counts = (mask["counts"] for mask in self.masks)
        return [one if isinstance(one, str) else one.decode() for one in counts]

    def taken(self, positions: NDArray[np.intp]) -> "Detections":
        """The detections at these positions."""
        return Detections(
            self.labels[positions].astype(np.int64),
            self.scores[positions].astype(np.float64),
            self.boxes[positions].astype(np.float64),
            None if self.masks is None else tuple(self.masks[i] for i in positions),
        )

    def ranked(self, most: int = MAX_DETECTIONS) -> "Detections":
        """The detections that count, by class and descending score, `most` of a class.

        Ties go to the larger box; then the box's place and the mask decide. The order in which a
        model lists them never does.
        """
        x, y, width, height = self.boxes.T
        counts = self.counts() or [""] * len(self)
        keys = zip(self.labels, -self.scores, -width * height, x, y, width, counts, strict=True)
        places = [i for _, i in sorted((key, i) for i, key in enumerate(keys))]
        order = np.array(places, dtype=np.intp)
        labels = self.labels[order]
        within = np.arange(len(order)) - np.searchsorted(labels, labels, side="left")
        return self.taken(order[within < most])


def check(
    where: Callable[[int], str],
    found: Detections,
    size: tuple[int, int],
    shared: Mapping[str, Any],
) -> None:
    """Raise BadData, which begins with `where(i)`, unless every detection can be scored.

    Each has one score, box and label; scores are finite, labels are classes of the dataset, boxes
    lie inside the image to a pixel, and masks have the image's `size` (H, W).
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


def read_results(path: Path, dataset: Dataset) -> dict[str, Detections]:
    """The detections of a results file by sample id; an image without entries has no detection.

    `image_id` is an id of the annotations or of a sample. If it may be both, text is the sample's
    and a number is the annotations'. An entry without a box gets the box of its mask. If no entry
    has a mask, figures of masks have no value. Where a dataset makes images smaller, an entry of
    the file's own size is made smaller, too.
    Raises BadData, with the entry, for an unknown image or category, a score that is not finite, a
    box outside the image, and a mask of another size.
    """
    out = dataset.shared.get(LEFT_OUT, ())
    rows = [(i, row) for i, row in enumerate(_rows(path)) if str(_image_id(row)) not in out]
    samples = {s.id: s for s in dataset.samples()}
    names = {str(s.truth.get("image_id", s.id)): s.id for s in samples.values()}
    by_sample: dict[str, Rows] = {key: [] for key in samples}
    for index, row in rows:
        by_sample[_sample_of(f"{path}: result {index}", row, names, samples)].append((index, row))
    masks = any(row.get("segmentation") for _, row in rows) or not rows
    return {
        key: _detections(path, samples[key], mine, dataset.shared, masks)
        for key, mine in by_sample.items()
    }


def _rows(path: Path) -> list[Mapping[str, Any]]:
    rows = json_value(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadData(f"{path}: expected a list of results, found {type(rows).__name__}")
    return rows


def _sample_of(
    where: str, row: Mapping[str, Any], names: Mapping[str, str], samples: Mapping[str, Sample]
) -> str:
    key = _image_id(row)
    own, number = (str(key), sample_id(key)), (names.get(str(key)),)
    for candidate in own + number if isinstance(key, str) else number + own:
        if candidate in samples and not isinstance(key, bool):
            return str(candidate)
    raise BadData(f"{where}: image_id: expected an image of the dataset, found {json.dumps(key)}")


def _image_id(row: Mapping[str, Any]) -> Any:
    key = row.get("image_id")
    return int(key) if isinstance(key, float) and key.is_integer() else key  # as pandas writes it


def _detections(
    path: Path, sample: Sample, rows: Rows, shared: Mapping[str, Any], with_masks: bool
) -> Detections:
    size = (int(sample.truth["height"]), int(sample.truth["width"]))
    rows = [(index, _fitted(row, sample.truth.get("native", size), size)) for index, row in rows]

    def where(i: int) -> str:
        return f"{path}: result {rows[i][0]}"

    masks = None
    if with_masks:
        masks = tuple(
            compressed(where(i), row.get("segmentation"), *size) for i, (_, row) in enumerate(rows)
        )
    found = Detections(
        _labels(where, rows),
        _column(where, rows, "score"),
        np.array(_boxes(where, rows, masks), dtype=np.float64).reshape(-1, 4),
        masks,
    )
    check(where, found, size, shared)
    return found


def _fitted(row: Mapping[str, Any], native: Size, size: Size) -> Mapping[str, Any]:
    """An entry at the size of the truth, if it is one of the file's own size."""
    segmentation = row.get("segmentation")
    given = segmentation.get("size") if isinstance(segmentation, Mapping) else row.get("size")
    return _scaled(row, native, size) if given == list(native) != list(size) else row


def _scaled(row: Mapping[str, Any], old: Size, new: Size) -> dict[str, Any]:
    """An entry of an image of one size as one of another; what is malformed stays as it is."""
    made, box, mask = {**row}, row.get("bbox"), row.get("segmentation")
    if isinstance(box, list) and len(box) == 4 and all(map(is_number, box)):
        sides = (new[1] / old[1], new[0] / old[0])
        made["bbox"] = [value * side for value, side in zip(box, sides * 2, strict=True)]
    if mask:
        made["segmentation"] = resized(compressed("result", mask, *old), *new)
    else:
        made["size"] = list(new)
    return made


def _labels(where: Where, rows: Rows) -> NDArray[np.int64]:
    values = _column(where, rows, "category_id")
    # float64 has every whole number up to 2^53
    for i in np.flatnonzero((np.rint(values) != values) | (np.abs(values) > 2**53))[:1]:
        raise BadData(
            f"{where(int(i))}: category_id: expected a whole number, found {values[i].item()}"
        )
    return values.astype(np.int64)


def _column(where: Where, rows: Rows, key: str) -> NDArray[np.float64]:
    values = [row.get(key) for _, row in rows]
    for i, value in enumerate(values):
        if not is_number(value):
            raise BadData(f"{where(i)}: {key}: expected a number, found {json.dumps(value)}")
    return np.array([_float(v) for v in values], dtype=np.float64)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of JSON has any length
        return math.inf


def _boxes(where: Where, rows: Rows, masks: Sequence[dict[str, Any]] | None) -> list[list[float]]:
    boxes = []
    for i, (_, row) in enumerate(rows):
        box = row.get("bbox")
        if box is None and masks is not None:
            box = box_of(masks[i])
        if not isinstance(box, list) or len(box) != 4:
            raise BadData(f"{where(i)}: bbox: expected x, y, w, h, found {json.dumps(box)}")
        boxes.append([_float(v) if is_number(v) else np.nan for v in box])
    return boxes


def write_results(table: pd.DataFrame, model: str) -> dict[str, bytes]:
    """A results file from statistics; `read_results` gives the same detections back.

    Ids and sizes are those of the dataset's own file, so that pycocotools loads it beside that.
    """
    done = table[table["error"] == ""].to_dict("records")
    rows = [entry for row in done for entry in _at_own_size(row)]
    return {"predictions.json": ("[" + ",\n".join(map(json.dumps, rows)) + "]\n").encode()}


def _at_own_size(row: Mapping[Any, Any]) -> list[dict[str, Any]]:
    if "image_key" not in row:
        raise BadData("statistics: expected the column 'image_key', found none: the run is of an "
                      "earlier version; run its command again")  # fmt: skip
    sizes = (row["height"], row["width"]), row["native_size"]
    size, native = ((int(height), int(width)) for height, width in sizes)
    image = parsed("image_key", row["image_key"])
    made = ({**one, "image_id": image} for one in entries(row))
    as_it_is = size == native and row["masks"] is not None  # a box alone has to tell its size
    return [one if as_it_is else _scaled(one, size, native) for one in made]


def entries(row: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The detections of one row of statistics, as a results file lists them, by sample id."""
    image, masks = row["sample_id"], row["masks"]
    boxes = np.asarray(row["boxes"]).reshape(-1, 4)
    size = [int(row["height"]), int(row["width"])]
    return [
        {
            "image_id": image,
            "category_id": int(label),
            "score": float(score),
            "bbox": boxes[i].tolist(),
            **({} if masks is None else {"segmentation": {"size": size, "counts": masks[i]}}),
        }
        for i, (label, score) in enumerate(zip(row["labels"], row["scores"], strict=True))
    ]
