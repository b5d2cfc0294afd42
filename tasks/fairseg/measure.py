"""The statistics of one sample: overlap, distance and ratio of areas, structure by structure.

Two protocols say what an empty mask is worth to Dice, IoU and HD95.

strict   both empty: Dice and IoU 1, HD95 0. One empty: 0, and HD95 the image's diagonal.
fairseg  the reference's rule (Tian et al. 2024, code): an empty prediction has Dice, IoU and HD95
         0, even where the truth is empty; a prediction where the truth is empty has 1, 1 and 0. So
         a false positive is perfect, and a miss has the best distance.

Under both, a ratio of areas whose whole is empty on both sides has error 0, on one side 1: the
reference leaves it undefined.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import BadData

from .distance import Mask, hd95
from .structures import Labels, Structures, checked_labels

PROTOCOLS = ("strict", "fairseg")

BOTH_EMPTY = {"strict": (1.0, 1.0, 0.0), "fairseg": (0.0, 0.0, 0.0)}
"""Dice, IoU, HD95 where truth and prediction are empty."""


def measure(sample: Sample, prediction: Labels, shared: Mapping[str, Any]) -> dict[str, Any]:
    """One row of statistics; `prediction` is a label map (H, W) of the truth's size.

    A structure S gives `dice_S`, `iou_S` in [0, 1], `hd95_S` in pixels, `area_S` of the truth in
    pixels, and `present_S` and `found_S`, 0 or 1, for truth and prediction. The means over the
    reported structures are `dice`, `iou` and `hd95`; `cdr_error` is |part/whole - its truth|.
    `size` is the stratum of the reported structures' area in the dataset.
    Raises BadData where the prediction is of another size, or holds other labels.
    """
    structures = Structures(**shared["structures"])
    truth: Labels = sample.truth["labels"]
    found = checked_labels(np.asarray(prediction), structures.classes, "prediction")
    if found.shape != truth.shape:
        raise BadData(f"prediction: expected the truth's size {truth.shape}, found {found.shape}")
    row = _by_structure(structures, truth, found, shared["protocol"])
    for name in ("dice", "iou", "hd95"):
        row[name] = float(np.mean([row[f"{name}_{s}"] for s in structures.reported]))
    if structures.ratio:
        row["cdr_error"] = _ratio_error(structures, truth, found)
    area = sum(row[f"area_{s}"] for s in structures.reported)
    return {**row, "size": size_stratum(area, shared["size_edges"])}


def _by_structure(
    structures: Structures, truth: Labels, found: Labels, protocol: str
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in structures.labels:
        t, f = structures.mask(truth, name), structures.mask(found, name)
        dice, iou, distance = agreement(t, f, protocol)
        row |= {f"dice_{name}": dice, f"iou_{name}": iou, f"hd95_{name}": distance}
        row |= {f"area_{name}": int(t.sum())}
        row |= {f"present_{name}": float(t.any()), f"found_{name}": float(f.any())}
        row |= {f"absent_{name}": float(not t.any())}
    return row


def agreement(truth: Mask, found: Mask, protocol: str = "strict") -> tuple[float, float, float]:
    """Dice, IoU and HD95 (pixels) of two masks, bool (H, W), by that protocol."""
    t, f = int(np.count_nonzero(truth)), int(np.count_nonzero(found))
    if t and f:
        both = int(np.count_nonzero(truth & found))
        return 2 * both / (t + f), both / (t + f - both), hd95(truth, found)
    if not t and not f:
        return BOTH_EMPTY[protocol]
    if protocol == "fairseg":
        return (1.0, 1.0, 0.0) if f else (0.0, 0.0, 0.0)
    return 0.0, 0.0, math.hypot(*truth.shape)


def _ratio_error(structures: Structures, truth: Labels, found: Labels) -> float:
    part, whole = structures.ratio
    ratios = [_ratio(structures.mask(m, part), structures.mask(m, whole)) for m in (truth, found)]
    empty = sum(math.isnan(ratio) for ratio in ratios)
    return float(empty == 1) if empty else abs(ratios[0] - ratios[1])


def _ratio(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    area = int(np.count_nonzero(whole))
    return int(np.count_nonzero(part)) / area if area else math.nan


def size_stratum(area: float, edges: list[float]) -> str:
    """The stratum of an area between ascending edges: `1` for the smallest structures."""
    return str(1 + int(np.searchsorted(edges, area, side="left")))
