"""Elastic deformation, pixelation and JPEG compression.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions.
"""

from io import BytesIO
from typing import Final

import cv2
import numpy as np
from PIL import Image

from benchsuite.perturb.image.compiled import compiled
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
    found: Array = cv2.GaussianBlur(field, size, right, sigmaY=down, borderType=cv2.BORDER_REFLECT)
    return found


@compiled
def _mirrored(index: int, size: int) -> int:
    # Half-sample symmetric: d c b a | a b c d | d c b a.
    index %= 2 * size
    return index if index < size else 2 * size - 1 - index


@compiled
def _moved(image: Array, down: Array, right: Array) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    for i in range(height):
        for j in range(width):
            y, x = np.float32(i) + down[i, j], np.float32(j) + right[i, j]
            y0, x0 = int(np.floor(y)), int(np.floor(x))
            v, u = y - np.float32(y0), x - np.float32(x0)
            y1, x1 = y0 + 1, x0 + 1
            if y0 < 0 or x0 < 0 or y1 >= height or x1 >= width:
                y0, y1 = _mirrored(y0, height), _mirrored(y1, height)
                x0, x1 = _mirrored(x0, width), _mirrored(x1, width)
            for c in range(3):
                a, b = np.float32(image[y0, x0, c]), np.float32(image[y0, x1, c])
                p, q = np.float32(image[y1, x0, c]), np.float32(image[y1, x1, c])
                upper, lower = a + u * (b - a), p + u * (q - p)
                out[i, j, c] = np.uint8(upper + v * (lower - upper))
    return out


def pixelate(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Box means over fewer pixels, `PIXELATE`, shown as large pixels."""
    height, width, _ = image.shape
    share = PIXELATE[severity - 1]
    small = Image.fromarray(image).resize(
        (int(width * share), int(height * share)), Image.Resampling.BOX
    )
    return np.asarray(small.resize((width, height), Image.Resampling.NEAREST))


def jpeg_compression(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Written as JPEG of `JPEG_QUALITY`, with half the colour resolution, and read again."""
    written = BytesIO()
    Image.fromarray(image).save(written, "JPEG", quality=JPEG_QUALITY[severity - 1])
    return np.array(Image.open(written))
