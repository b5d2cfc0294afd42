"""Means over a disk, whatever its radius, by differences of running sums along the rows."""

import cv2
import numpy as np

from benchsuite.compiled import compiled
from benchsuite.perturb.image.types import Array

NOISE = 1e-6
"""Steps within a kernel's row below this share of its largest value are rounding."""


def symmetric_filter(image: Array, kernel: Array) -> Array:
    """uint8 (H, W, 3) correlated with `kernel`, truncated to uint8; the border mirrors (b a | b).

    `kernel` is (2r + 1, 2r + 1), mirror symmetric in both directions and nowhere negative. Where
    its rows have few different values, as those of a disk, few sums are needed: a row of weights k
    is the sum over its steps d[m] = k[m - 1] - k[m] of d[m] times the running sum up to m.
    """
    reach = len(kernel) // 2
    padded = cv2.copyMakeBorder(image, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    steps = kernel[reach:, reach:] - np.pad(kernel, ((0, 0), (0, 1)))[reach:, reach + 1 :]
    steps[np.abs(steps) < NOISE * kernel.max()] = 0
    rows, columns = np.nonzero(steps)
    starts = np.searchsorted(rows, np.arange(reach + 2))
    weights = steps[rows, columns].astype(np.float32)
    height, width, _ = image.shape
    out = _filtered(_running_sums(padded), starts, columns, weights, height, width * 3)
    return out.reshape(image.shape)


@compiled
def _running_sums(image: Array) -> Array:
    """float32 (H, 3 (W + 1)): the sums of each channel before each pixel, exact integers."""
    height, width, _ = image.shape
    out = np.empty((height, 3 * width + 3), np.float32)
    for y in range(height):
        r, g, b = 0, 0, 0
        line = out[y]
        for x in range(width):
            line[3 * x], line[3 * x + 1], line[3 * x + 2] = r, g, b
            r += image[y, x, 0]
            g += image[y, x, 1]
            b += image[y, x, 2]
        line[3 * width], line[3 * width + 1], line[3 * width + 2] = r, g, b
    return out


@compiled
def _filtered(
    sums: Array, starts: Array, columns: Array, weights: Array, height: int, width: int
) -> Array:
    reach = len(starts) - 2
    out = np.empty((height, width), np.uint8)
    both = np.empty(sums.shape[1], np.float32)
    total = np.empty(width, np.float32)
    for y in range(height):
        total[:] = 0
        for j in range(reach + 1):
            # The kernel is symmetric: rows j above and j below share their weights.
            upper, lower = sums[y + reach - j], sums[y + reach + j]
            share = np.float32(0.5) if j == 0 else np.float32(1)
            for x in range(len(both)):
                both[x] = share * (upper[x] + lower[x])
            last = starts[j + 1]
            for t in range(starts[j], last, 2):
                right = 3 * (reach + 1 + columns[t])
                left = 3 * (reach - columns[t])
                a, b, v = both[right : right + width], both[left : left + width], weights[t]
                pair = t + 1 < last
                next_t = t + 1 if pair else t
                w = weights[next_t] if pair else np.float32(0)
                right = 3 * (reach + 1 + columns[next_t])
                left = 3 * (reach - columns[next_t])
                c, d = both[right : right + width], both[left : left + width]
                for x in range(width):
                    total[x] += v * (a[x] - b[x]) + w * (c[x] - d[x])
        for x in range(width):
            out[y, x] = np.uint8(max(min(total[x], np.float32(255)), np.float32(0)))
    return out
