"""Elastic deformation, pixelation and JPEG compression.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions.
"""

import math
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image

from benchsuite.compiled import compiled
from benchsuite.perturb.image.draws import uniforms
from benchsuite.perturb.image.types import Array

ELASTIC_ALPHA: Final = (12.5, 16.25, 21.25, 25.0, 30.0)
PIXELATE: Final = (0.6, 0.5, 0.4, 0.3, 0.25)
"""Sides of the small image by the sides of the image."""
JPEG_QUALITY: Final = (25, 18, 15, 10, 7)


def elastic_transform(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Pixels taken from places moved by smooth random fields; the truth stays where it is.

    Both fields are U(-.005 H, .005 H), smoothed by a Gaussian of sigma (.01 H, .01 W) cut at three
    sigma, times `ELASTIC_ALPHA`, in pixels, for an image of H rows and W columns (the reference
    takes H for both axes).
    """
    height, width, _ = image.shape
    alpha = ELASTIC_ALPHA[severity - 1]
    right = _smooth_field(generator, height, width, alpha)
    down = _smooth_field(generator, height, width, alpha)
    return _moved(image, down, right)


def _smooth_field(generator: np.random.Generator, height: int, width: int, alpha: float) -> Array:
    reach = 0.005 * height * alpha
    field = uniforms(generator, height, width, -reach, reach)
    down, right = 0.01 * height, 0.01 * width
    size = (2 * int(3 * right + 0.5) + 1, 2 * int(3 * down + 0.5) + 1)
    cv2.GaussianBlur(field, size, right, field, sigmaY=down, borderType=cv2.BORDER_REFLECT)
    return field


def _moved(image: Array, down: Array, right: Array) -> Array:
    margin = 1 + math.ceil(max(down.max(), -down.min(), right.max(), -right.min()))
    # Half-sample symmetric: d c b a | a b c d | d c b a.
    mirrored = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REFLECT)
    return _interpolated_pixels(_packed(mirrored), down, right, margin)


WEIGHT_BITS: Final = 11
"""Bits of an interpolation weight: a product with a grey level then fits a lane of 21 bits."""


@compiled
def _packed(image: Array) -> Array:
    """uint64 (H, W): the three channels of a pixel in lanes of 21 bits, multiplied at once."""
    flat = image.ravel()
    out = np.empty(flat.size // 3, np.uint64)
    for pixel in range(out.size):
        i = 3 * pixel
        r, g, b = np.uint64(flat[i]), np.uint64(flat[i + 1]), np.uint64(flat[i + 2])
        out[pixel] = r | g << np.uint64(21) | b << np.uint64(42)
    return out.reshape(image.shape[:2])


@compiled
def _interpolated_pixels(pixels: Array, down: Array, right: Array, margin: int) -> Array:
    height, width = down.shape
    step = pixels.shape[1]
    one, half = np.float32(1 << WEIGHT_BITS), np.float32(0.5)
    out = np.empty((height, width, 3), np.uint8)
    places, u, v = np.empty(width, np.int32), np.empty(width, np.int32), np.empty(width, np.int32)
    for i in range(height):
        downs, rights = down[i], right[i]
        for j in range(width):
            y, x = np.float32(i) + downs[j], np.float32(j) + rights[j]
            y0, x0 = np.floor(y), np.floor(x)
            v[j] = np.int32((y - y0) * one + half)
            u[j] = np.int32((x - x0) * one + half)
            places[j] = (np.int32(y0) + margin) * step + np.int32(x0) + margin
        _interpolate_line(pixels, places, u, v, out[i].ravel())
    return out


@compiled
def _interpolate_line(pixels: Array, places: Array, u: Array, v: Array, line: Array) -> None:
    # This loop reads pixel by pixel; without it, the one that finds the places runs on vectors.
    values, below = pixels.ravel(), pixels[1:].ravel()
    one, byte, shift = 1 << WEIGHT_BITS, np.uint64(255), np.uint64(WEIGHT_BITS)
    for j in range(len(places)):
        k = np.uint64(places[j])
        beside = k + np.uint64(1)
        both = (u[j] * v[j]) >> WEIGHT_BITS
        mean = values[k] * np.uint64(one - u[j] - v[j] + both)
        mean += values[beside] * np.uint64(u[j] - both)
        mean += below[k] * np.uint64(v[j] - both)
        mean += below[beside] * np.uint64(both)
        line[3 * j] = np.uint8(mean >> shift & byte)
        line[3 * j + 1] = np.uint8(mean >> shift + np.uint64(21) & byte)
        line[3 * j + 2] = np.uint8(mean >> shift + np.uint64(42) & byte)


def pixelate(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Box means over fewer pixels, `PIXELATE`, shown as large pixels.

    Means are rounded once; the reference rounds those along the rows, too.
    """
    share = PIXELATE[severity - 1]
    rows, row_of = _boxes(image.shape[0], share)
    columns, column_of = _boxes(image.shape[1], share)
    return _boxed(image, rows, row_of, columns, column_of)


@lru_cache(maxsize=64)
def _boxes(size: int, share: float) -> tuple[Array, Array]:
    """Ends [first, last) of an axis' boxes, and the box that each pixel shows.

    As Pillow's BOX and NEAREST place them, in its order of operations: rounding decides ties.
    """
    count = int(size * share)
    scale = size / count
    centres = (np.arange(count) + 0.5) * scale
    first = (centres - 0.5 * scale + 0.5).astype(int)
    last = np.minimum((centres + 0.5 * scale + 0.5).astype(int), size)
    # A box ends where the filter does, half of it away from its centre.
    first += (first - centres + 0.5) * (1.0 / scale) <= -0.5
    last -= (last - 1 - centres + 0.5) * (1.0 / scale) > 0.5
    return np.stack([first, last], axis=1), _nearest(count, size)


def _nearest(size: int, wanted: int) -> Array:
    # Pillow's own answer to which pixel it takes, since rounding decides ties.
    ramp = Image.fromarray(np.arange(size, dtype=np.int32)[None])
    found: Array = np.asarray(ramp.resize((wanted, 1), Image.Resampling.NEAREST))[0]
    return found


@compiled
def _boxed(image: Array, rows: Array, row_of: Array, columns: Array, column_of: Array) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    sums = np.empty(3 * width, np.float32)
    small = np.empty((len(columns), 3), np.uint8)
    made = 0
    for j in range(len(rows)):
        sums[:] = 0
        for y in range(rows[j, 0], rows[j, 1]):
            line = image[y].ravel()
            for k in range(3 * width):
                sums[k] += np.float32(line[k])
        _average(sums, columns, rows[j, 1] - rows[j, 0], small)
        top = made
        while made < height and row_of[made] == j:
            line, first = out[made].ravel(), out[top].ravel()
            if made == top:
                _enlarge(small, column_of, line)
            else:
                for k in range(3 * width):
                    line[k] = first[k]
            made += 1
    return out


@compiled
def _average(sums: Array, columns: Array, height: int, small: Array) -> None:
    """Fill `small` with the rounded means of boxes, from the sums along their `height`."""
    half = np.float32(0.5)
    for i in range(len(columns)):
        first, last = columns[i, 0], columns[i, 1]
        r, g, b = np.float32(0), np.float32(0), np.float32(0)
        for x in range(first, last):
            r += sums[3 * x]
            g += sums[3 * x + 1]
            b += sums[3 * x + 2]
        share = np.float32(1) / np.float32((last - first) * height)
        small[i, 0] = np.uint8(r * share + half)
        small[i, 1] = np.uint8(g * share + half)
        small[i, 2] = np.uint8(b * share + half)


@compiled
def _enlarge(small: Array, column_of: Array, line: Array) -> None:
    for x in range(len(column_of)):
        i = column_of[x]
        line[3 * x], line[3 * x + 1], line[3 * x + 2] = small[i, 0], small[i, 1], small[i, 2]


def jpeg_compression(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Written as JPEG of `JPEG_QUALITY`, with half the colour resolution, and read again."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY[severity - 1]]
    _, written = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quality)
    read: Any = cv2.imdecode(written, cv2.IMREAD_COLOR)
    found: Array = cv2.cvtColor(read, cv2.COLOR_BGR2RGB)
    return found
