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
    """

    labels: Mapping[str, Sequence[int]]
    reported: Sequence[str]
    ratio: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in (*self.reported, *self.ratio):
            if name not in self.labels:
                raise BadData(f"structures: expected one of {list(self.labels)}, found '{name}'")

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


OPTIC = Structures({"rim": (1,), "cup": (2,), "disc": (1, 2)}, ("rim", "cup"), ("cup", "disc"))
"""The optic nerve head as FairSeg labels it."""


def checked_labels(labels: NDArray[Any], classes: int, where: str) -> Labels:
    """A label map as uint8 (H, W).

    Raises BadData, with `where`, unless it is two-dimensional, of whole numbers in 0 … classes - 1.
    """
    if labels.ndim != 2 or labels.dtype.kind not in "biuf":
        raise BadData(
            f"{where}: expected a label map (H, W) of whole numbers, found {labels.dtype} "
            f"{labels.shape}"
        )
    if labels.size == 0:
        raise BadData(f"{where}: expected a label map with pixels, found {labels.shape}")
    low, high = labels.min(), labels.max()
    whole = labels.dtype.kind != "f" or bool(np.all(labels == np.round(labels)))
    if not whole or low < 0 or high >= classes:
        found = f"{low:g} to {high:g}" if whole else "fractions"
        raise BadData(f"{where}: expected labels 0 to {classes - 1}, found {found}")
    return labels.astype(np.uint8)
