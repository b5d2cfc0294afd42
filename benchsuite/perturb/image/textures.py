"""Textures of ice for frost: generated here, or read from a folder.

The six pictures of the package imagecorruptions are of unknown origin, so none is shipped. The
generated ones have their sizes and match their statistics: each channel's mean and contrast, the
percentiles of the lightness, and how fast the amplitude falls with frequency.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchsuite.errors import BadData
from benchsuite.perturb.image.texture_files import texture_files
from benchsuite.perturb.image.types import Array

MARGIN: Final = 1.1
"""A texture is made at least this much larger than the image, so that crops differ."""


@dataclass(frozen=True)
class Ice:
    """Statistics of one texture: pixels, the lightness' distribution and spectrum, and colour.

    percentiles   lightness (the mean of the channels) at `POINTS` per cent
    bands         shares of its variance in octaves of frequency, between `OCTAVES`
    means, sds    of red, green and blue, in grey levels
    """

    height: int
    width: int
    percentiles: tuple[float, ...]
    bands: tuple[float, ...]
    means: tuple[float, float, float]
    sds: tuple[float, float, float]


POINTS: Final = (0, 1, 5, 25, 50, 75, 95, 99, 100)
OCTAVES: Final = (0.0, 1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
"""Cycles per pixel."""
_PALE: Final = Ice(
    315, 560, (57, 141, 166, 195, 210, 222, 236, 245, 254),
    (0.256, 0.043, 0.075, 0.132, 0.165, 0.176, 0.152),
    (200.8, 205.4, 214.5), (21.4, 22.1, 22.6),
)  # fmt: skip
ICES: Final = (
    Ice(
        600, 900, (82, 97, 104, 118, 129, 142, 163, 177, 219),
        (0.605, 0.054, 0.051, 0.028, 0.041, 0.093, 0.127),
        (77.7, 149.1, 165.7), (26.9, 16.5, 15.3),
    ),
    _PALE,
    _PALE,
    Ice(
        350, 527, (23, 82, 104, 134, 152, 169, 199, 234, 254),
        (0.116, 0.019, 0.048, 0.100, 0.159, 0.282, 0.276),
        (137.6, 152.8, 165.2), (28.5, 28.5, 29.9),
    ),
    Ice(
        495, 660, (26, 45, 60, 92, 119, 151, 203, 238, 255),
        (0.120, 0.069, 0.131, 0.133, 0.150, 0.161, 0.234),
        (112.4, 123.4, 134.8), (44.4, 43.3, 41.7),
    ),
    Ice(
        323, 485, (0, 16, 29, 57, 89, 121, 160, 186, 251),
        (0.359, 0.129, 0.076, 0.083, 0.104, 0.133, 0.116),
        (71.4, 95.4, 104.5), (35.2, 42.7, 47.4),
    ),
)  # fmt: skip
"""Measured on the package's pictures, of which the second and the third are the same."""


def texture_crop(folder: str, height: int, width: int, generator: np.random.Generator) -> Array:
    """A random (height, width, 3) uint8 crop of a random texture; `folder` "" is the generated."""
    index = int(generator.integers(_count(folder)))
    texture = _enlarged(folder, index, *_size(_texture(folder, index).shape[:2], height, width))
    top = int(generator.integers(texture.shape[0] - height))
    left = int(generator.integers(texture.shape[1] - width))
    return texture[top : top + height, left : left + width]


def _size(shape: tuple[int, ...], height: int, width: int) -> tuple[int, int]:
    scale = max(1.0, height / shape[0], width / shape[1]) * MARGIN
    return int(np.ceil(shape[0] * scale)), int(np.ceil(shape[1] * scale))


@lru_cache(maxsize=16)
def _enlarged(folder: str, index: int, height: int, width: int) -> Array:
    texture = _texture(folder, index)
    found: Array = cv2.resize(texture, (width, height), interpolation=cv2.INTER_CUBIC)
    return found


@cache
def _count(folder: str) -> int:
    return len(texture_files(folder)) if folder else len(ICES)


@cache
def _texture(folder: str, index: int) -> Array:
    return _read(texture_files(folder)[index]) if folder else ice(ICES[index], index)


def _read(path: Path) -> Array:
    found = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if found is None:
        raise BadData(f"{path}: expected a picture, found something that cannot be decoded")
    return np.ascontiguousarray(found[..., ::-1])


def ice(statistics: Ice, seed: int) -> Array:
    """A texture with these statistics, uint8 (height, width, 3); the same for the same seed.

    Feathers of needles are drawn first, for the shapes; spectrum and distribution are then matched
    in turn (Heeger and Bergen, "Pyramid-based texture analysis/synthesis", SIGGRAPH 1995, with
    octaves of the Fourier transform in place of a pyramid).
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    light = _feathers(statistics.height, statistics.width, generator)
    for _ in range(ROUNDS):
        light = _with_percentiles(_with_bands(light, statistics.bands), statistics.percentiles)
    unit = (light - light.mean()) / light.std()
    channels = np.array(statistics.means) + unit[..., None] * np.array(statistics.sds)
    texture: Array = np.clip(np.rint(channels), 0, 255).astype(np.uint8)
    return texture


ROUNDS: Final = 2
"""Of matching; more change nothing that can be seen."""
PIXELS_A_FEATHER: Final = 160
LAYERS: Final = 60
BRANCH_ANGLE: Final = np.pi / 3
SHIFT: Final = 4
"""Bits of a pixel's fraction in OpenCV's coordinates."""


def _feathers(height: int, width: int, generator: np.random.Generator) -> Array:
    """Lightness 0 to 255, float32: feathers of ice, layer on layer, each layer of one shade."""
    canvas = np.full((height, width), 128, np.uint8)
    count = height * width // (PIXELS_A_FEATHER * LAYERS) + 1
    for shade in generator.integers(256, size=LAYERS).tolist():
        roots = generator.uniform((0, 0), (width, height), (count, 2))
        points = np.rint(_lines(roots, generator) * 2**SHIFT).astype(np.int32)
        cv2.polylines(canvas, points, False, shade, 1, cv2.LINE_AA, SHIFT)
    return canvas.astype(np.float32)


def _lines(roots: Array, generator: np.random.Generator) -> Array:
    """(n, 2 ends, x and y): for each root a stem, and a branch to either side every few pixels."""
    count = len(roots)
    lengths = 6 + generator.exponential(22, count)
    angles = generator.uniform(0, 2 * np.pi, count)
    stems = np.stack([roots, roots + lengths[:, None] * _direction(angles)], axis=1)
    which, step = np.nonzero(np.arange(0, lengths.max(), 4) < lengths[:, None])
    along = 4.0 * step
    forks = roots[which] + along[:, None] * _direction(angles[which])
    lines = [stems]
    for turn in (-BRANCH_ANGLE, BRANCH_ANGLE):
        reach = 0.4 * (lengths[which] - along) * generator.uniform(0.2, 1, len(which))
        tips = forks + reach[:, None] * _direction(angles[which] + turn)
        lines.append(np.stack([forks, tips], axis=1))
    return np.concatenate(lines)


def _direction(angles: Array) -> Array:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _with_bands(light: Array, bands: tuple[float, ...]) -> Array:
    height, width = light.shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    octave = np.searchsorted(OCTAVES, frequency, side="right") - 1
    spectrum = np.fft.rfft2(light - light.mean())
    # Columns of the half spectrum stand for two, but the first, and the last of an even width.
    twice = np.full(spectrum.shape, 2.0)
    twice[:, 0] = 1
    power = np.bincount(octave.ravel(), (twice * np.abs(spectrum) ** 2).ravel(), len(bands))
    gains = np.sqrt(np.array(bands) / np.maximum(power, 1e-12))
    found: Array = np.fft.irfft2(spectrum * gains[octave], light.shape)
    return found


def _with_percentiles(light: Array, percentiles: tuple[float, ...]) -> Array:
    ranks = np.empty(light.size)
    ranks[np.argsort(light, axis=None, kind="stable")] = np.linspace(0, 100, light.size)
    found: Array = np.interp(ranks, POINTS, percentiles).reshape(light.shape)
    return found
