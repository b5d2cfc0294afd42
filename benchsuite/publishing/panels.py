"""What a predicted map looks like: beside the image and the true mask, to be compared by eye."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, Sample
from benchsuite.files.images import fitted, resized
from benchsuite.files.kept import kept_map
from benchsuite.task import SMALL, Look

GAP: Final = 4
"""Pixels of white between two pictures."""
SIDE: Final = 960
"""Pixels of the longer side of all four."""
KEY: Final = (
    "above: the image that the model saw, the true mask; below: the image where the map is bright, "
    "the predicted map"
)


def look_at_map(
    scores: Mapping[str, str],
    sample: Sample,
    view: Inputs,
    row: Mapping[str, Any],
    shared: Mapping[str, Any],
) -> Look:
    """The `image`, the `mask` and the `map` of a row, in one size, and the sample's own scores.

    scores  what to call the numbers of the row, and their columns: {"MAE": "mae"}
    """
    image, mask = view.fields["image"], sample.truth["mask"]
    found = resized(kept_map(row["map"]), mask.shape)
    lit = (image * (found[..., None] / 255)).astype(np.uint8)
    shown = image, mask * np.uint8(255), lit, found
    said = ", ".join(f"{name} {row[column]:.3f}" for name, column in scores.items())
    return Look(said, quarters(shown, SIDE), KEY, quarters(shown, SMALL))


def quarters(pictures: Sequence[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    """Four pictures of one size, grey (H, W) or RGB (H, W, 3), as RGB: two above two in `side`."""
    most = (side - GAP) // 2
    shown = [fitted(picture, most, most) for picture in pictures]
    high, wide = shown[0].shape[:2]
    made = np.full((2 * high + GAP, 2 * wide + GAP, 3), 255, dtype=np.uint8)
    for place, one in enumerate(shown):
        top, left = place // 2 * (high + GAP), place % 2 * (wide + GAP)
        made[top : top + high, left : left + wide] = one if one.ndim == 3 else one[..., None]
    return made
