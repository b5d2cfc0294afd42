"""Outlines of true and predicted objects, drawn into their image."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.files.masks import decoded

TRUTH: Final = (86, 180, 233)
PREDICTION: Final = (230, 159, 0)
"""Sky blue and orange of Okabe & Ito's set, which people with any colour vision tell apart. Truth
is a thick line and a prediction a dashed one, so that nothing rests on colour alone."""
SIDE: Final = 640
"""Longest side of a picture in pixels: a sheet shows half of it, so that small images are grown."""
DASH: Final = 12
"""Length of a dash in pixels; the gap after it is as long."""
FONT: Final = 22

Outline = NDArray[np.int32]
"""The points (P, 2) of a closed line, x and y, a pixel apart."""


def drawn(
    image: NDArray[np.uint8], true: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> NDArray[np.uint8]:
    """The image, at another size, with its true objects and what was found, the best one first.

    Each has a `name` and, as in COCO's files, `bbox` and `segmentation`.
    """
    scale = SIDE / max(image.shape)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
    for one in true:
        for line in _outlines(one, size, scale):
            cv2.polylines(picture, [line], True, (0, 0, 0), 7, cv2.LINE_AA)
            cv2.polylines(picture, [line], True, TRUTH, 4, cv2.LINE_AA)
    found = found[::-1]  # the best one on top
    for one in found:
        for line in _outlines(one, size, scale):
            dashes = [line[i : i + DASH] for i in range(0, len(line), 2 * DASH)]
            cv2.polylines(picture, dashes, False, (0, 0, 0), 5, cv2.LINE_AA)
            cv2.polylines(picture, dashes, False, PREDICTION, 2, cv2.LINE_AA)
    return _named(picture, true, found, scale)


def _outlines(one: Mapping[str, Any], size: tuple[int, int], scale: float) -> list[Outline]:
    """The outlines of an object's mask; of its box, where it has no mask."""
    inside = np.zeros((size[1], size[0]), dtype=np.uint8)
    if one.get("segmentation"):
        mask = decoded(one["segmentation"]).astype(np.uint8) * 255
        inside = (cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) > 127).astype(np.uint8)
    else:
        left, top, width, height = (max(0, round(side * scale)) for side in one["bbox"])
        inside[top : top + height + 1, left : left + width + 1] = 1
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(line[:, 0], dtype=np.int32) for line in lines]


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
