"""What a model predicts for an image: its detections."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Detections:
    """The D detections of one image, in any order.

    labels  int64 (D,): category ids of the dataset
    scores  float64 (D,): confidence, finite, higher is surer
    boxes   float64 (D, 4): x, y, width, height in pixels (COCO's order)
    masks   D compressed COCO RLEs, {"size": [H, W], "counts": text or bytes}; None where a model
            has boxes alone
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    boxes: NDArray[np.float64]
    masks: tuple[dict[str, Any], ...] | None

    def __len__(self) -> int:
        return len(self.scores)

    def counts(self) -> list[str] | None:
        """The masks' counts as text; None where there are boxes alone."""
        if self.masks is None:
            return None
        counts = (mask["counts"] for mask in self.masks)
        return [one if isinstance(one, str) else one.decode() for one in counts]
