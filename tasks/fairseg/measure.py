"""The statistics of one sample: overlap, distance and ratio of areas, structure by structure.

A protocol says what an empty mask is worth to Dice, IoU and HD95.

strict   both empty: Dice and IoU 1, HD95 0. One empty: 0, and HD95 the image's diagonal.
fairseg  the reference's rule (Tian et al. 2024, code). An empty prediction has Dice, IoU and HD95
         0, even if the truth is empty. A prediction where the truth is empty has 1, 1 and 0. So a
         false positive is perfect, and a miss has the best distance.

The reference leaves the ratio of areas undefined if its whole is empty. Here, under both protocols,
the error is then 0 if the whole is empty on both sides, else 1.
"""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.files.images import png_bytes
from benchsuite.files.maps import whole_numbers

from .kernels import hd95

Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

PROTOCOLS = ("strict", "fairseg")
IGNORED = 255
"""In a label map that was read: a pixel that counts neither in the truth nor in a prediction."""
BOTH_EMPTY = {"strict": (1.0, 1.0, 0.0), "fairseg": (0.0, 0.0, 0.0)}
"""Dice, IoU, HD95 where truth and prediction are empty."""
MEANS = ("dice", "iou", "hd95")
"""The columns that are means over the reported structures."""


@dataclass(frozen=True)
class Structures:
    """What a dataset's label maps, uint8 (H, W), show; 0 is background.

    labels    the labels whose union is a structure: {"rim": (1,), "disc": (1, 2)}
    reported  the structures whose mean is the headline
    ratio     (part, whole): two structures whose ratio of areas is measured, too (cup, disc)
    Raises BadData, with the dataset's option, for labels outside 1 … 255, a structure without a
    label, a name that is no structure, and a ratio of other than two.
    """

    labels: Mapping[str, Sequence[int]]
    reported: Sequence[str]
    ratio: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.labels:
            raise BadData("dataset.structures: expected one or more, found none")
        for name, union in self.labels.items():
            if not _is_union(union):
                raise BadData(f"dataset.structures: {name}: expected a list of labels, whole "
                              f"numbers 1 to 255, found {union!r}")  # fmt: skip
        if len(self.ratio) not in (0, 2):
            raise BadData(f"dataset.ratio: expected two structures or none, found {self.ratio!r}")
        for option, names in (("reported", self.reported), ("ratio", self.ratio)):
            for name in names:
                if name not in self.labels:
                    raise BadData(f"dataset.{option}: expected structures of {list(self.labels)}, "
                                  f"found '{name}'")  # fmt: skip

    @property
    def classes(self) -> int:
        """How many labels there are, background included: one more than the largest."""
        return 1 + max(label for union in self.labels.values() for label in union)

    def mask(self, labels: Labels, name: str) -> NDArray[np.bool_]:
        """Where a structure is, bool (H, W)."""
        table = np.zeros(256, dtype=np.bool_)
        table[list(self.labels[name])] = True
        return table[labels]

    @property
    def columns(self) -> set[str]:
        """The columns of the rows that `measure` returns."""
        empty = np.zeros((1, 1), np.uint8)
        others = ("cdr_error", "size", "label_map")
        return {*_by_structure(self, empty, empty, "strict"), *MEANS, *others}

    def areas(self, labels: Labels) -> dict[str, int]:
        """The pixels of each structure."""
        counts = np.bincount(labels.ravel(), minlength=256)
        return {name: int(counts[list({*union})].sum()) for name, union in self.labels.items()}

    def without(self, absent: Container[str]) -> "Structures":
        """This with those that are `absent` left out of the headline and the ratio.

        The headline stays as it is where nothing else is left of it.
        """
        reported = [name for name in self.reported if name not in absent] or self.reported
        ratio = () if any(name in absent for name in self.ratio) else self.ratio
        return Structures(self.labels, reported, ratio)

    def shared(self) -> dict[str, Any]:
        """This as plain JSON, for `Dataset.shared`."""
        labels = {name: list(union) for name, union in self.labels.items()}
        return {"labels": labels, "reported": list(self.reported), "ratio": list(self.ratio)}


def _is_union(labels: Any) -> bool:
    """Whether this is a list of labels; 0 is background, and a label map has 8 bits."""
    return (
        isinstance(labels, list | tuple)
        and len(labels) > 0
        and all(type(label) is int and 1 <= label <= 255 for label in labels)
    )


OPTIC = Structures({"rim": (1,), "cup": (2,), "disc": (1, 2)}, ("rim", "cup"), ("cup", "disc"))
"""The optic nerve head as FairSeg labels it."""


def checked_labels(labels: NDArray[Any], classes: int, where: str, hint: str = "") -> Labels:
    """The label map as uint8 (H, W).

    Raises BadData, with `where`, unless it holds whole numbers in 0 … classes - 1; `hint` says what
    to do about others.
    """
    found = whole_numbers(labels, where)
    low, high = found.min(), found.max()
    if low < 0 or high >= classes:
        raise BadData(
            f"{where}: expected labels 0 to {classes - 1}, found {low:g} to {high:g}{hint}"
        )
    return found.astype(np.uint8)


def measure(sample: Sample, prediction: Labels, shared: Mapping[str, Any]) -> dict[str, Any]:
    """One row of statistics; `prediction` is a label map (H, W) of the truth's size.

    A structure S gives `dice_S` and `iou_S` in [0, 1], `hd95_S` in pixels, and the truth's `area_S`
    in pixels. `present_S` and `absent_S` (truth) and `found_S` (prediction) are 0 or 1. The means
    over the reported structures are `dice`, `iou` and `hd95`; `cdr_error` is |part/whole - its
    truth|. `size` is the stratum of the reported structures' area in the dataset. `label_map` is
    the prediction as a PNG. Where the truth is IGNORED, nothing counts.
    Raises BadData if the prediction has another size or other labels.
    """
    structures = Structures(**shared["structures"])
    truth: Labels = sample.truth["labels"]
    found = whole_numbers(np.asarray(prediction), "prediction")
    if found.shape != truth.shape:
        raise BadData(f"prediction: expected the truth's size {truth.shape}, found {found.shape}")
    if "ignore" in shared:
        found = np.where(truth == IGNORED, 0, found)
    found = checked_labels(found, structures.classes, "prediction")
    row = _by_structure(structures, truth, found, shared["protocol"])
    for name in MEANS:
        row[name] = float(np.mean([row[f"{name}_{s}"] for s in structures.reported]))
    if structures.ratio:
        row["cdr_error"] = _ratio_error(structures, truth, found)
    area = sum(row[f"area_{s}"] for s in structures.reported)
    row["size"] = size_stratum(area, shared["size_edges"])
    return {**row, "label_map": png_bytes(found)}


def perfect(sample: Sample, shared: Mapping[str, Any]) -> Labels:
    """The truth, with background where nothing counts."""
    truth: Labels = sample.truth["labels"]
    return np.where(truth == IGNORED, 0, truth) if "ignore" in shared else truth


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
