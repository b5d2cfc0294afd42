"""What a predicted map looks like: beside its image and the true mask, to be compared by eye."""

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
WIDE: Final = 960
"""Pixels of a row of pictures."""
KEY: Final = "from the left: the image that the model saw, the true mask, the predicted map"


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
    mask = sample.truth["mask"]
    found = resized(kept_map(row["map"]), mask.shape)
    shown = view.fields["image"], mask * np.uint8(255), found
    said = ", ".join(f"{name} {row[column]:.3f}" for name, column in scores.items())
    return Look(said, beside(shown, WIDE), KEY, beside(shown, SMALL))


def beside(pictures: Sequence[NDArray[np.uint8]], width: int) -> NDArray[np.uint8]:
    """Pictures of one size, grey (H, W) or RGB (H, W, 3), in a row: RGB, at most `width` wide."""
    most = (width + GAP) // len(pictures) - GAP
    shown = [fitted(picture, most, width) for picture in pictures]
    high, wide = shown[0].shape[:2]
    made = np.full((high, len(shown) * (wide + GAP) - GAP, 3), 255, dtype=np.uint8)
    for place, one in enumerate(shown):
        left = place * (wide + GAP)
        made[:, left : left + wide] = one if one.ndim == 3 else one[..., None]
    return made
