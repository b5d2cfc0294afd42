"""COCO's results files: one list of detections, with `segmentation`, or with `bbox` alone."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData
from benchsuite.files.coco import sample_id
from benchsuite.files.masks import box_of, compressed

from .detections import Detections
from .measure import check

Where = Callable[[int], str]
Rows = list[tuple[int, Mapping[str, Any]]]
"""Entries of the file with their positions."""


def read_results(path: Path, dataset: Dataset) -> dict[str, Detections]:
    """The detections of a results file by sample id; none for an image that it does not have.

    `image_id` is that of the annotations, or a sample's id: where it may be either, text is the
    sample's and a number that of the annotations. An entry without a box has its mask's.
    Where no entry has a mask, there are none, and figures of masks have no value.
    Raises BadData, with the entry, for an image or category that the dataset does not have, a score
    that is not finite, a box outside the image, and a mask of another size.
    """
    rows = _rows(path)
    samples = {s.id: s for s in dataset.samples()}
    names = {str(s.truth["image_id"]): s.id for s in samples.values()}
    by_sample: dict[str, Rows] = {key: [] for key in samples}
    for index, row in enumerate(rows):
        by_sample[_sample_of(f"{path}: result {index}", row, names, samples)].append((index, row))
    masks = any(row.get("segmentation") for row in rows) or not rows
    return {
        key: _detections(path, samples[key], mine, dataset.shared, masks)
        for key, mine in by_sample.items()
    }


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: expected COCO results as JSON, found {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadData(f"{path}: expected a list of results, found {type(rows).__name__}")
    return rows


def _sample_of(
    where: str, row: Mapping[str, Any], names: Mapping[str, str], samples: Mapping[str, Sample]
) -> str:
    key = row.get("image_id")
    own, number = (str(key), sample_id(key)), (names.get(str(key)),)
    for candidate in own + number if isinstance(key, str) else number + own:
        if candidate in samples:
            return str(candidate)
    raise BadData(f"{where}: image_id: expected an image of the dataset, found {json.dumps(key)}")


def _detections(
    path: Path, sample: Sample, rows: Rows, shared: Mapping[str, Any], with_masks: bool
) -> Detections:
    size = (int(sample.truth["height"]), int(sample.truth["width"]))

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
        if isinstance(value, bool) or not isinstance(value, int | float):
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
        boxes.append([_float(v) if isinstance(v, int | float) else np.nan for v in box])
    return boxes


def write_results(table: pd.DataFrame, model: str) -> str:
    """A results file's text from statistics; `read_results` of it gives the same detections."""
    rows = [entry for row in table.to_dict("records") for entry in entries(row)]
    return "[" + ",\n".join(json.dumps(row) for row in rows) + "]\n"


def entries(row: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The detections of one row of statistics, as a results file lists them."""
    key = row["sample_id"]
    image = int(key) if key.isdigit() and sample_id(int(key)) == key else key
    masks = row["masks"]
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
