"""Blurs: Gaussian, defocus, frosted glass and motion. zoom_blur is in zoom.py.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions; lengths in
pixels. Values are truncated, not rounded, to integers, as in the reference.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np

from benchsuite.compiled import bits, compiled
from benchsuite.perturb.image.disk import symmetric_filter
from benchsuite.perturb.image.draws import seed_of
from benchsuite.perturb.image.line import line_blur
from benchsuite.perturb.image.types import Array

GAUSSIAN_SIGMA: Final = (1.0, 2.0, 3.0, 4.0, 6.0)
DEFOCUS: Final = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))
"""Radius of the disk, and the Gaussian's sigma that softens its rim."""
GLASS: Final = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
"""Sigma, largest step, rounds."""
MOTION: Final = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
"""Radius and sigma of the line."""


def gaussian_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """A Gaussian of `GAUSSIAN_SIGMA`, cut at 4 sigma; beyond the border its last pixel counts."""
    return _truncated(smoothed(image, GAUSSIAN_SIGMA[severity - 1]))


def smoothed(image: Array, sigma: float) -> Array:
    """float32 Gaussian means with the kernel cut at 4 sigma, as skimage.filters.gaussian does."""
    size = 2 * int(4 * sigma + 0.5) + 1
    found: Array = cv2.GaussianBlur(
        image.astype(np.float32), (size, size), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return found


def defocus_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The mean over a disk with a soft rim; the border mirrors.

    At severities 4 and 5 the kernel sums to 1.013 and 1.011, and the image brightens: the reference
    softens the rim after it has normalised the disk, in a window that mirrors it.
    """
    return symmetric_filter(image, _disk(*DEFOCUS[severity - 1]))


@cache
def _disk(radius: int, soft: float) -> Array:
    reach, size = (8, 3) if radius <= 8 else (radius, 5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (x**2 + y**2 <= radius**2).astype(np.float32)
    kernel = cv2.GaussianBlur(disk / disk.sum(), (size, size), soft)
    rim = reach - min(reach, radius + size // 2)
    return np.ascontiguousarray(kernel[rim : len(kernel) - rim, rim : len(kernel) - rim])


def glass_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Blurred, each pixel replaced by one near it, and blurred again: `GLASS`.

    The reference means to swap two pixels; it copies one over the other, and so does this.
    """
    sigma, reach, rounds = GLASS[severity - 1]
    soft = _truncated(smoothed(image, sigma))
    _scatter(soft, reach, rounds, seed_of(generator))
    return _truncated(smoothed(soft, sigma))


@compiled
def _scatter(image: Array, reach: int, rounds: int, seed: np.uint64) -> None:
    height, width, _ = image.shape
    choices = np.uint64(2 * reach)
    counter = 0
    for _ in range(rounds):
        for y in range(height - reach, reach, -1):
            for x in range(width - reach, reach, -1):
                drawn = bits(seed, counter)
                counter += 1
                right = np.int64(((drawn & np.uint64(0xFFFFFFFF)) * choices) >> np.uint64(32))
                down = np.int64(((drawn >> np.uint64(32)) * choices) >> np.uint64(32))
                for c in range(3):
                    image[y, x, c] = image[y + down - reach, x + right - reach, c]


def motion_blur(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Means along a line at an angle from U(-45°, 45°): `MOTION`."""
    radius, sigma = MOTION[severity - 1]
    return _truncated(line_blur(image, radius, sigma, generator.uniform(-45, 45)))


@compiled
def _truncated(values: Array) -> Array:
    flat = values.ravel()
    out = np.empty(flat.size, np.uint8)
    for i in range(flat.size):
        out[i] = np.uint8(min(max(flat[i], np.float32(0)), np.float32(255)))
    return out.reshape(values.shape)
