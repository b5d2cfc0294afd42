"""From a network's small squares to masks of the image, and images as networks take them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData

THRESHOLD = 0.5
"""Probability from which a pixel belongs to a mask."""


def pasted(
    squares: NDArray[np.float32], boxes: NDArray[np.float64], height: int, width: int
) -> NDArray[np.uint8]:
    """Masks (D, H, W) of 0 and 1 from probabilities (D, M, M) inside boxes (D, 4): x0, y0, x1, y1.

    As torchvision does it: the square is padded by a pixel of 0, its box grown by as much, rounded
    down to whole pixels, and the square resized to it, bilinearly.
    """
    masks = np.zeros((len(squares), height, width), dtype=np.uint8)
    side = squares.shape[-1]
    centres, halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    halves = halves * (side + 2) / side
    grown = np.concatenate([centres - halves, centres + halves], axis=1).astype(np.int64)
    for mask, square, box in zip(
        masks, np.pad(squares, ((0, 0), (1, 1), (1, 1))), grown, strict=True
    ):
        _paste(mask, square, *box.tolist())
    return masks


def _paste(
    mask: NDArray[np.uint8], square: NDArray[np.float32], x0: int, y0: int, x1: int, y1: int
) -> None:
    wide, high = max(x1 - x0 + 1, 1), max(y1 - y0 + 1, 1)
    inside = cv2.resize(square, (wide, high), interpolation=cv2.INTER_LINEAR) > THRESHOLD
    left, top = max(x0, 0), max(y0, 0)
    right, bottom = min(x0 + wide, mask.shape[1]), min(y0 + high, mask.shape[0])
    if left < right and top < bottom:
        mask[top:bottom, left:right] = inside[top - y0 : bottom - y0, left - x0 : right - x0]


def shrunk(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """`image` with its longest side `size` at most, by averaging; smaller ones as they are."""
    height, width = image.shape[:2]
    scale = size / max(height, width)
    if scale >= 1:
        return image
    to = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, to, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def rgb(image: Any, sample: str) -> NDArray[np.uint8]:
    """A sample's image as uint8 (H, W, 3); a grey one is repeated. Raises BadData otherwise."""
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or 0 in array.shape:
        raise BadData(
            f"sample '{sample}': image: expected uint8 (H, W, 3), found {array.dtype} {array.shape}"
        )
    if array.ndim == 2:
        return np.repeat(array[:, :, None], 3, axis=2)
    if array.shape[2] != 3:
        raise BadData(f"sample '{sample}': image: expected 3 channels, found {array.shape[2]}")
    return array
