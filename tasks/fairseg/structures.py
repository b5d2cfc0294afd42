"""What a label map holds: structures, which belong to the dataset, and not to the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData

Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Structures:
    """The structures of a dataset's label maps, uint8 (H, W), 0 is background.

    labels    the labels of which each structure is the union: {"rim": (1,), "disc": (1, 2)}
    reported  the structures whose mean is the headline
    ratio     (part, whole): two structures whose ratio of areas is measured, too (cup, disc)
    Raises BadData, with the option of the dataset, for labels that are not in 1 … 255, a structure
    without one, a name that is no structure, and a ratio of other than two.
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
    """A label map as uint8 (H, W).

    Raises BadData, with `where`, unless it is two-dimensional, of whole numbers in 0 … classes - 1;
    `hint` is what to do about numbers that are not.
    """
    check_whole(labels, where)
    low, high = labels.min(), labels.max()
    if low < 0 or high >= classes:
        raise BadData(
            f"{where}: expected labels 0 to {classes - 1}, found {low:g} to {high:g}{hint}"
        )
    return labels.astype(np.uint8)


def check_whole(labels: NDArray[Any], where: str) -> None:
    """Raise BadData, with `where`, unless this is a map (H, W) of whole numbers, with pixels."""
    if labels.ndim != 2 or labels.dtype.kind not in "biuf":
        raise BadData(
            f"{where}: expected a label map (H, W) of whole numbers, found {labels.dtype} "
            f"{labels.shape}"
        )
    if labels.size == 0:
        raise BadData(f"{where}: expected a label map with pixels, found {labels.shape}")
    if labels.dtype.kind == "f":
        other = labels[~(np.isfinite(labels) & (labels == np.round(labels)))]
        if other.size:
            raise BadData(f"{where}: expected labels, whole numbers, found {other[0]:g}")
