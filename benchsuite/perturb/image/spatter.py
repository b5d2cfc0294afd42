"""Spatter: drops of water, or mud, on the lens.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions; 1.0 is
white, lengths are in pixels.
"""

from typing import Final

import cv2
import numpy as np

from benchsuite.compiled import compiled
from benchsuite.perturb.image.blur import smoothed
from benchsuite.perturb.image.draws import normals
from benchsuite.perturb.image.types import Array

WATER: Final = (
    (0.65, 0.3, 4.0, 0.69, 0.6),
    (0.65, 0.3, 3.0, 0.68, 0.6),
    (0.65, 0.3, 2.0, 0.68, 0.5),
)
"""Severities 1 to 3: mean, sd and sigma of the liquid, its threshold, and the drops' strength."""
MUD: Final = ((0.65, 0.3, 1.0, 0.65, 1.5), (0.67, 0.4, 1.0, 0.65, 1.5))
"""Severities 4 and 5: the same, and the sigma that softens the stains."""
PALE_TURQUOISE: Final = (175.0, 238.0, 238.0)
BROWN: Final = (63.0, 42.0, 20.0)
STAIN: Final = 0.8
"""Thinner mud does not show."""


def spatter(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Drops with rims of light at severities 1 to 3 (`WATER`), stains at 4 and 5 (`MUD`).

    Where no drop falls, which happens on the smallest images, the image stays as it is (the
    reference divides by zero there, and returns a black image).
    """
    if severity <= len(WATER):
        layer = _drops(image.shape[0], image.shape[1], WATER[severity - 1], generator)
        return _over(image, layer, np.array(PALE_TURQUOISE, np.float32), False)
    layer = _stains(image.shape[0], image.shape[1], MUD[severity - len(WATER) - 1], generator)
    return _over(image, layer, np.array(BROWN, np.float32), True)


def _liquid(
    height: int, width: int, constants: tuple[float, ...], generator: np.random.Generator
) -> Array:
    mean, sd, sigma = constants[:3]
    return smoothed(normals(generator, height, width, mean, sd), sigma)


def _drops(
    height: int, width: int, constants: tuple[float, ...], generator: np.random.Generator
) -> Array:
    liquid = _liquid(height, width, constants, generator)
    threshold, strength = constants[3:]
    wet = _wet(liquid, np.float32(threshold))
    away = cv2.distanceTransform(255 - cv2.Canny(wet, 50, 150), cv2.DIST_L2, 5)
    near = cv2.blur(np.minimum(away, np.float32(20)), (3, 3)).astype(np.uint8)
    emboss = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    relief = cv2.filter2D(cv2.equalizeHist(near), cv2.CV_8U, emboss)
    layer = cv2.blur(relief, (3, 3)).astype(np.float32) * wet
    highest = layer.max()
    found: Array = layer * np.float32(strength / highest) if highest > 0 else layer
    return found


@compiled
def _wet(liquid: Array, threshold: np.float32) -> Array:
    amounts = liquid.ravel()
    out = np.empty(amounts.size, np.uint8)
    for k in range(amounts.size):
        amount = min(amounts[k] * np.float32(255), np.float32(255))
        out[k] = np.uint8(amount if amounts[k] >= threshold else np.float32(0))
    return out.reshape(liquid.shape)


def _stains(
    height: int, width: int, constants: tuple[float, ...], generator: np.random.Generator
) -> Array:
    threshold, soft = constants[3:]
    liquid = _liquid(height, width, constants, generator)
    layer = smoothed((liquid > threshold).astype(np.float32), soft)
    return np.where(layer < STAIN, np.float32(0), layer)


@compiled
def _over(image: Array, layer: Array, colour: Array, opaque: bool) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    for y in range(height):
        line, made, amounts = image[y].ravel(), out[y].ravel(), layer[y]
        for x in range(width):
            i, amount = 3 * x, amounts[x]
            keep = np.float32(1) - amount if opaque else np.float32(1)
            made[i] = _mixed(line[i], keep, amount * colour[0])
            made[i + 1] = _mixed(line[i + 1], keep, amount * colour[1])
            made[i + 2] = _mixed(line[i + 2], keep, amount * colour[2])
    return out


@compiled
def _mixed(value: np.uint8, keep: np.float32, add: np.float32) -> np.uint8:
    mixed = keep * np.float32(value) + add
    return np.uint8(max(min(mixed, np.float32(255)), np.float32(0)))
