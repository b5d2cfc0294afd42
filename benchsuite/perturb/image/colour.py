"""Colour: brightness, saturate (both in hue, saturation and value) and contrast.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions; 1.0 is
white. Hue stays, so no conversion is needed: brighter is all channels times v'/v, and more
saturated is each channel's distance from the largest times s'/s.
"""

from typing import Final

import numpy as np

from benchsuite.compiled import compiled
from benchsuite.perturb.image.noise import quantised
from benchsuite.perturb.image.types import Array

BRIGHTER_BY: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
SATURATION: Final = ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2))
"""Factor and addend of the saturation."""
CONTRAST: Final = (0.4, 0.3, 0.2, 0.1, 0.05)


def brightness(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The value, max(r, g, b), plus `BRIGHTER_BY`, at most 1; hue and saturation stay."""
    return _brightened(image, np.float32(255 * BRIGHTER_BY[severity - 1]))


@compiled
def _brightened(image: Array, more: np.float32) -> Array:
    flat = image.ravel()
    out = np.empty_like(flat)
    white = np.float32(255)
    for pixel in range(flat.size // 3):
        i = 3 * pixel
        r, g, b = np.float32(flat[i]), np.float32(flat[i + 1]), np.float32(flat[i + 2])
        value = max(r, max(g, b))
        brighter = min(value + more, white)
        factor = brighter / max(value, np.float32(1))
        # A black pixel has no hue: it becomes grey.
        lift = brighter if value == 0 else np.float32(0)
        out[i] = np.uint8(min(r * factor + lift, white))
        out[i + 1] = np.uint8(min(g * factor + lift, white))
        out[i + 2] = np.uint8(min(b * factor + lift, white))
    return out.reshape(image.shape)


def saturate(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The saturation, 1 - min/max, times a factor plus an addend, within 0 and 1: `SATURATION`.

    A grey pixel's hue is 0, so the addend turns it red at severities 4 and 5, as in the reference.
    """
    factor, addend = SATURATION[severity - 1]
    return _saturated(image, np.float32(factor), np.float32(addend))


@compiled
def _saturated(image: Array, factor: np.float32, addend: np.float32) -> Array:
    flat = image.ravel()
    out = np.empty_like(flat)
    one = np.float32(1)
    for pixel in range(flat.size // 3):
        i = 3 * pixel
        r, g, b = np.float32(flat[i]), np.float32(flat[i + 1]), np.float32(flat[i + 2])
        value = max(r, max(g, b))
        reach = value - min(r, min(g, b))
        saturation = reach / max(value, one)
        wanted = min(saturation * factor + addend, one)
        grey = reach == 0
        # Distances from the largest channel grow by wanted / saturation; red has none of them.
        growth = wanted * value / (one if grey else reach)
        out[i] = np.uint8(value - (value - r) * growth)
        g_gap, b_gap = (one, one) if grey else (value - g, value - b)
        out[i + 1] = np.uint8(max(value - g_gap * growth, np.float32(0)))
        out[i + 2] = np.uint8(max(value - b_gap * growth, np.float32(0)))
    return out.reshape(image.shape)


def contrast(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Distances from each channel's mean times `CONTRAST`."""
    pixels = image.shape[0] * image.shape[1]
    means = _channel_sums(image) / (255 * pixels)
    levels = np.arange(256)[:, None] / 255.0
    return _looked_up(image, quantised((levels - means) * CONTRAST[severity - 1] + means))


@compiled
def _channel_sums(image: Array) -> Array:
    flat = image.ravel()
    r, g, b = 0, 0, 0
    for pixel in range(flat.size // 3):
        i = 3 * pixel
        r += flat[i]
        g += flat[i + 1]
        b += flat[i + 2]
    return np.array([r, g, b])


@compiled
def _looked_up(image: Array, table: Array) -> Array:
    flat = image.ravel()
    out = np.empty_like(flat)
    for pixel in range(flat.size // 3):
        i = 3 * pixel
        out[i] = table[flat[i], 0]
        out[i + 1] = table[flat[i + 1], 1]
        out[i + 2] = table[flat[i + 2], 2]
    return out.reshape(image.shape)
