"""The 95th percentile of the Hausdorff distance, in pixels, exact.

The surface of a mask is its pixels with a neighbour (of four) that is not in the mask; what is
outside the image is not. The distances from each surface's pixels to the nearest of the other are
put together, and the 95th percentile is numpy's linear one: the convention of medpy's `hd95`.

Nearest pixels are found by walking the rows outwards from the pixel's own until the rows alone are
further away than the best so far. Squared distances are integers, so nothing is approximate.
"""

import numpy as np
from numpy.typing import NDArray

from benchsuite.compiled import compiled

Mask = NDArray[np.bool_]


def hd95(a: Mask, b: Mask) -> float:
    """HD95 of two masks, bool (H, W), in pixels.

    Raises ValueError where either is empty or their shapes differ: a distance to nothing is a
    matter of protocol.
    """
    if a.shape != b.shape:
        raise ValueError(f"masks of one shape expected, found {a.shape} and {b.shape}")
    first, second = _surface(np.ascontiguousarray(a)), _surface(np.ascontiguousarray(b))
    if not len(first) or not len(second):
        raise ValueError("the distance to an empty mask is not defined")
    squared = np.concatenate([_nearest(first, second), _nearest(second, first)])
    return float(np.percentile(np.sqrt(squared), 95))


@compiled
def _surface(mask: Mask) -> NDArray[np.int64]:
    """Row and column (P, 2) of the mask's surface, in the order of rows."""
    height, width = mask.shape
    found = np.empty((height * width, 2), np.int64)
    count = 0
    for y in range(height):
        for x in range(width):
            if mask[y, x] and (
                y == 0
                or x == 0
                or y == height - 1
                or x == width - 1
                or not (mask[y - 1, x] and mask[y + 1, x] and mask[y, x - 1] and mask[y, x + 1])
            ):
                found[count, 0] = y
                found[count, 1] = x
                count += 1
    return found[:count].copy()


@compiled
def _nearest(points: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The squared distance (P,) from each point to the nearest of `others`, sorted by row."""
    found = np.empty(len(points), np.int64)
    start = 0
    for i in range(len(points)):
        y, x = points[i, 0], points[i, 1]
        while start < len(others) and others[start, 0] < y:
            start += 1
        best = np.int64(2**62)
        for j in range(start, len(others)):
            rows = others[j, 0] - y
            if rows * rows >= best:
                break
            columns = others[j, 1] - x
            best = min(best, rows * rows + columns * columns)
        for j in range(start - 1, -1, -1):
            rows = others[j, 0] - y
            if rows * rows >= best:
                break
            columns = others[j, 1] - x
            best = min(best, rows * rows + columns * columns)
        found[i] = best
    return found
