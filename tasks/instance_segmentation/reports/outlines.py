"""Outlines of true and predicted objects, drawn into their image."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.files.masks import decoded
from benchsuite.publishing.outlines import (
    PREDICTION,
    TRUTH,
    Outline,
    draw_prediction,
    draw_truth,
    grown,
    grown_mask,
    outlines,
)

FONT: Final = 22


def drawn(
    image: NDArray[np.uint8], true: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> NDArray[np.uint8]:
    """The image, at another size, with its true objects and what was found, the best one first.

    Each has a `name` and, as in COCO's files, `bbox` and `segmentation`.
    """
    picture, scale = grown(image)
    for one in true:
        for line in _outlines(one, picture.shape, scale):
            draw_truth(picture, line)
    found = found[::-1]  # the best one on top
    for one in found:
        for line in _outlines(one, picture.shape, scale):
            draw_prediction(picture, line)
    return _named(picture, true, found, scale)


def _outlines(one: Mapping[str, Any], shape: tuple[int, ...], scale: float) -> list[Outline]:
    """The outlines of an object's mask; of its box, where it has no mask."""
    if one.get("segmentation"):
        return outlines(grown_mask(decoded(one["segmentation"]), shape))
    inside = np.zeros(shape[:2], dtype=np.uint8)
    left, top, width, height = (max(0, round(side * scale)) for side in one["bbox"])
    inside[top : top + height + 1, left : left + width + 1] = 1
    return outlines(inside)


def _named(
    picture: NDArray[np.uint8],
    true: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    scale: float,
) -> NDArray[np.uint8]:
    """The picture with names: of objects at their lower edge, of predictions at their upper one."""
    made = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(made), ImageFont.load_default(FONT)
    for ones, colour, lower in ((true, TRUTH, 1.0), (found, PREDICTION, 0.0)):
        for one in ones:
            left, top, _, height = one["bbox"]
            y = min(max(top + lower * height, 0) * scale, made.height - FONT)
            at = (left * scale, y - (FONT if not lower and y > FONT else 0))
            draw.text(at, one["name"], colour, font, stroke_width=2, stroke_fill="black")
    return np.asarray(made)
