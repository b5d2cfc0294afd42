"""Enlarging the middle of an image by linear interpolation, as scipy.ndimage.zoom does."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from benchsuite.compiled import compiled
from benchsuite.perturb.image.types import Array

ZOOMS: Final = tuple(
    tuple(np.arange(1, end, step).tolist())
    for end, step in ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))
)
"""Factors of zoom_blur by severity. As floats go, the end 1.11 is among them."""


def zoom_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The mean of the image and its enlargements by `ZOOMS`, of which the first is itself again.

    Pixels move away from the middle, while the truth stays where it is, as in the reference.
    """
    factors = ZOOMS[severity - 1][1:]
    rows, row_weights = _places(image.shape[0], factors)
    columns, column_weights = _places(image.shape[1], factors)
    return _mean_of_zooms(image, rows, row_weights, columns, column_weights)


@lru_cache(maxsize=64)
def _places(size: int, factors: tuple[float, ...]) -> tuple[Array, Array]:
    """Where an axis' pixels come from: indices (zooms, size) and float32 weights (zooms, size, 2).

    The middle `ceil(size / factor)` pixels are enlarged, and the first `size` of the result kept.
    """
    cuts = [math.ceil(size / factor) for factor in factors]
    found = [_spread(cut, round(cut * f)) for cut, f in zip(cuts, factors, strict=True)]
    first = [(size - cut) // 2 for cut in cuts]
    indices = [index[:size] + start for (index, _), start in zip(found, first, strict=True)]
    return np.stack(indices), np.stack([weights[:size] for _, weights in found])


def _spread(size: int, wanted: int) -> tuple[Array, Array]:
    """Source index of each of `wanted` pixels, and the weights of it and the next, (wanted, 2).

    The first and the last pixel stay where they are, but where rounding puts the last one beyond
    the end; there the reference finds nothing, and its weights are 0.
    """
    position = np.arange(wanted) * ((size - 1) / (wanted - 1))
    index = np.minimum(position.astype(np.int64), size - 2)
    weights = np.stack([1 - (position - index), position - index], axis=1).astype(np.float32)
    weights[position > size - 1] = 0
    return index, weights


@compiled
def _mean_of_zooms(
    image: Array, rows: Array, row_weights: Array, columns: Array, column_weights: Array
) -> Array:
    height, width, _ = image.shape
    zooms = len(rows)
    out = np.empty_like(image)
    flat, made = image.reshape(height, width * 3), out.reshape(height, width * 3)
    blend = np.empty(width * 3, np.float32)
    total = np.empty(width * 3, np.float32)
    share = np.float32(1 / (zooms + 2))
    for y in range(height):
        for k in range(width * 3):
            total[k] = np.float32(2) * np.float32(flat[y, k])
        for z in range(zooms):
            upper, lower = flat[rows[z, y]], flat[rows[z, y] + 1]
            w0, w1 = row_weights[z, y, 0], row_weights[z, y, 1]
            for k in range(width * 3):
                blend[k] = w0 * np.float32(upper[k]) + w1 * np.float32(lower[k])
            for x in range(width):
                k, v0, v1 = 3 * columns[z, x], column_weights[z, x, 0], column_weights[z, x, 1]
                total[3 * x] += v0 * blend[k] + v1 * blend[k + 3]
                total[3 * x + 1] += v0 * blend[k + 1] + v1 * blend[k + 4]
                total[3 * x + 2] += v0 * blend[k + 2] + v1 * blend[k + 5]
        for k in range(width * 3):
            made[y, k] = np.uint8(min(total[k] * share, np.float32(255)))
    return out


def enlarged(layer: Array, height: int, width: int) -> Array:
    """`layer`, float32, linearly interpolated to (height, width), corners on corners."""
    return _interpolated(layer, *_spread(layer.shape[0], height), *_spread(layer.shape[1], width))


@compiled
def _interpolated(
    layer: Array, rows: Array, row_weights: Array, columns: Array, column_weights: Array
) -> Array:
    out = np.empty((len(rows), len(columns)), np.float32)
    blend = np.empty(layer.shape[1], np.float32)
    for y in range(len(rows)):
        upper, lower = layer[rows[y]], layer[rows[y] + 1]
        w0, w1 = row_weights[y, 0], row_weights[y, 1]
        for k in range(len(blend)):
            blend[k] = w0 * upper[k] + w1 * lower[k]
        for x in range(len(columns)):
            k = columns[x]
            out[y, x] = column_weights[x, 0] * blend[k] + column_weights[x, 1] * blend[k + 1]
    return out
