"""Outlines in a picture: what is true as a thick line, what was predicted as a dashed one."""

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

TRUTH: Final = (86, 180, 233)
PREDICTION: Final = (230, 159, 0)
"""Sky blue and orange of Okabe & Ito's set, which people with any colour vision tell apart. Truth
is a thick line and a prediction a dashed one, so that nothing rests on colour alone."""
SIDE: Final = 640
"""Longest side of a picture in pixels: a sheet shows half of it, so that small images are grown."""
Colour = tuple[int, int, int]
Outline = NDArray[np.int32]
"""The points (P, 2) of a closed line, x and y, a pixel apart."""


def grown(image: NDArray[np.uint8], side: int = SIDE) -> tuple[NDArray[np.uint8], float]:
    """An image, grey or RGB, as RGB with that longest side, and by how much it was enlarged."""
    scale = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2), scale


def grown_mask(mask: NDArray[Any], shape: Sequence[int]) -> NDArray[np.uint8]:
    """A mask that is non-zero inside, 0 and 1 at the height and width of `shape`, without steps."""
    inside = (mask != 0).astype(np.uint8) * 255
    grey = cv2.resize(inside, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grey > 127, dtype=np.uint8)


def outlines(inside: NDArray[np.uint8], holes: bool = False) -> list[Outline]:
    """The outlines of a mask of 0 and 1; those of its holes, too, if they are asked for."""
    which = cv2.RETR_LIST if holes else cv2.RETR_EXTERNAL
    lines, _ = cv2.findContours(inside, which, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(line[:, 0], dtype=np.int32) for line in lines]


def draw_truth(picture: NDArray[np.uint8], line: Outline) -> None:
    """Draw the outline of what is true into a picture."""
    _draw(picture, [line], True, _pixels(picture, 4, least=3), TRUTH)


def draw_prediction(picture: NDArray[np.uint8], line: Outline) -> None:
    """Draw the outline of what was predicted into a picture."""
    dash = _pixels(picture, 12, least=8)  # the gap after it is as long
    dashes = [line[i : i + dash] for i in range(0, len(line), 2 * dash)]
    _draw(picture, dashes, False, _pixels(picture, 2, least=2), PREDICTION)


def _draw(
    picture: NDArray[np.uint8], lines: Sequence[Outline], closed: bool, width: int, colour: Colour
) -> None:
    """Draw lines with a dark edge, so that they are seen on any ground."""
    edge = _pixels(picture, 3, least=2)
    cv2.polylines(picture, lines, closed, (0, 0, 0), width + edge, cv2.LINE_AA)
    cv2.polylines(picture, lines, closed, colour, width, cv2.LINE_AA)


def _pixels(picture: NDArray[np.uint8], at_side: int, least: int) -> int:
    """A width in pixels: `at_side` where the longest side is SIDE, and less in a smaller one."""
    longest: int = max(picture.shape[:2])
    return max(least, round(at_side * longest / SIDE))
