"""Outlines of true and predicted objects, drawn into their image."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.files.masks import decoded
from benchsuite.publishing.outlines import (
    PREDICTION,
    SIDE,
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
    return _named(outlined(image, true, found), true, found, SIDE / max(image.shape[:2]))


def outlined(
    image: NDArray[np.uint8],
    true: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    side: int = SIDE,
) -> NDArray[np.uint8]:
    """The same without names, for which a small picture has no room."""
    picture, scale = grown(image, side)
    for one in true:
        for line in _outlines(one, picture.shape, scale):
            draw_truth(picture, line)
    for one in found[::-1]:  # the best one on top
        for line in _outlines(one, picture.shape, scale):
            draw_prediction(picture, line)
    return picture


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
    for ones, colour, lower in ((true, TRUTH, 1.0), (found[::-1], PREDICTION, 0.0)):
        for one in ones:
            left, top, _, height = one["bbox"]
            y = min(max(top + lower * height, 0) * scale, made.height - FONT)
            at = (left * scale, y - (FONT if not lower and y > FONT else 0))
            draw.text(at, one["name"], colour, font, stroke_width=2, stroke_fill="black")
    return np.asarray(made)
