"""Blur along a line: the one-sided Gaussian motion kernel of motion_blur and snow."""

import math

import cv2
import numpy as np

from benchsuite.compiled import compiled
from benchsuite.perturb.image.types import Array


def line_blur(image: Array, radius: int, sigma: float, angle: float) -> Array:
    """Means along a line, float32 of the image's shape (H, W, C), on the image's scale.

    The 2 · radius + 1 taps are a Gaussian's right half, so the image moves as it blurs; `angle` is
    in degrees. Steps are whole pixels; beyond the border its last pixel counts. Taps from the first
    that is outside the image on are left out, and darken it.
    """
    taps = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    steps = _steps(image.shape[0], image.shape[1], 2 * radius + 1, math.radians(angle))
    weights = (taps / taps.sum())[: len(steps)].astype(np.float32)
    up, down = max(0, -steps[:, 0].min()), max(0, steps[:, 0].max())
    left, right = max(0, -steps[:, 1].min()), max(0, steps[:, 1].max())
    padded = cv2.copyMakeBorder(image, up, down, left, right, cv2.BORDER_REPLICATE)
    channels = image.shape[2]
    flat = padded.reshape(padded.shape[0], -1)
    rows, columns = steps[:, 0] + up, (steps[:, 1] + left) * channels
    blurred = _summed(flat, rows, columns, weights, image.shape[0], image.shape[1] * channels)
    return blurred.reshape(image.shape)


def _steps(height: int, width: int, taps: int, angle: float) -> Array:
    i = np.arange(taps)
    down = np.ceil(i * math.sin(angle) - 0.5).astype(np.int64)
    right = np.ceil(i * math.cos(angle) - 0.5).astype(np.int64)
    outside = (np.abs(down) >= height) | (np.abs(right) >= width)
    inside = int(np.argmax(outside)) if outside.any() else taps
    return np.stack([down, right], axis=1)[:inside]


@compiled
def _summed(
    padded: Array, rows: Array, columns: Array, weights: Array, height: int, width: int
) -> Array:
    out = np.zeros((height, width), np.float32)
    whole = len(weights) // 4 * 4
    for y in range(height):
        line = out[y]
        for t in range(0, whole, 4):
            a = padded[y + rows[t], columns[t] : columns[t] + width]
            b = padded[y + rows[t + 1], columns[t + 1] : columns[t + 1] + width]
            c = padded[y + rows[t + 2], columns[t + 2] : columns[t + 2] + width]
            d = padded[y + rows[t + 3], columns[t + 3] : columns[t + 3] + width]
            wa, wb, wc, wd = weights[t], weights[t + 1], weights[t + 2], weights[t + 3]
            for x in range(width):
                line[x] += (
                    wa * np.float32(a[x])
                    + wb * np.float32(b[x])
                    + wc * np.float32(c[x])
                    + wd * np.float32(d[x])
                )
        for t in range(whole, len(weights)):
            a = padded[y + rows[t], columns[t] : columns[t] + width]
            wa = weights[t]
            for x in range(width):
                line[x] += wa * np.float32(a[x])
    return out
