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

LANES: Final = 32
"""Rows that zoom_blur makes at once, an even number."""


def zoom_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The mean of the image and its enlargements by `ZOOMS`, of which the first is itself again.

    Pixels move away from the middle, while the truth stays where it is, as in the reference.
    """
    factors = ZOOMS[severity - 1]
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
    # Columns come from irregular places, which a processor reads one by one. So `LANES` rows are
    # interpolated along the columns first and transposed: each value then stands for as many rows.
    height, width, _ = image.shape
    zooms = len(rows)
    out = np.empty_like(image)
    flat, made = image.reshape(height, width * 3), out.reshape(height, width * 3)
    pairs = np.empty((LANES // 2, width * 6), np.float32)
    lanes = np.empty((width, 3 * LANES), np.float32)
    total = np.empty((width, 3 * LANES), np.float32)
    values = total.ravel()
    share = np.float32(1 / (zooms + 1))
    for top in range(0, height, LANES):
        _interpolate_rows(flat, top, rows[0], row_weights[0], pairs)
        _transpose(pairs, total)
        for k in range(len(values)):
            values[k] *= np.float32(2)
        for z in range(1, zooms):
            _interpolate_rows(flat, top, rows[z], row_weights[z], pairs)
            _transpose(pairs, lanes)
            _add_columns(lanes, columns[z], column_weights[z], total)
        for y in range(top, min(top + LANES, height)):
            for k in range(width * 3):
                value = values[LANES * k + y - top] * share
                made[y, k] = np.uint8(min(value, np.float32(255)))
    return out


@compiled
def _interpolate_rows(image: Array, top: int, rows: Array, weights: Array, pairs: Array) -> None:
    """Fill `pairs` (LANES / 2, 2 · values) with rows from `top` on, two by two, value by value."""
    height, width = image.shape
    for i in range(len(pairs)):
        y = min(top + 2 * i, height - 1)
        below = min(y + 1, height - 1)
        a, b = image[rows[y]], image[rows[y] + 1]
        c, d = image[rows[below]], image[rows[below] + 1]
        v0, v1, w0, w1 = weights[y, 0], weights[y, 1], weights[below, 0], weights[below, 1]
        line = pairs[i]
        for k in range(width):
            line[2 * k] = v0 * np.float32(a[k]) + v1 * np.float32(b[k])
            line[2 * k + 1] = w0 * np.float32(c[k]) + w1 * np.float32(d[k])


@compiled
def _transpose(pairs: Array, lanes: Array) -> None:
    """Fill `lanes` (values, LANES) with the rows of `pairs`."""
    # Both rows of a pair move at once, as one number of 64 bits.
    source, target = pairs.view(np.uint64).ravel(), lanes.view(np.uint64).ravel()
    count = len(target) // (LANES // 2)
    for k in range(count):
        for i in range(LANES // 2):
            target[LANES // 2 * k + i] = source[i * count + k]


@compiled
def _add_columns(lanes: Array, columns: Array, weights: Array, total: Array) -> None:
    for x in range(len(columns)):
        left, w0, w1 = columns[x], weights[x, 0], weights[x, 1]
        for i in range(3 * LANES):
            total[x, i] += w0 * lanes[left, i] + w1 * lanes[left + 1, i]


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
