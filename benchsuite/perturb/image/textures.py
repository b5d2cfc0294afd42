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
from benchsuite.perturb.image.types import Array

MARGIN: Final = 1.1
"""A texture is made at least this much larger than the image, so that crops differ."""


@dataclass(frozen=True)
class Ice:
    """Statistics of one texture: pixels, percentiles of its lightness, and colour.

    `percentiles` are the 0, 1, 5, 25, 50, 75, 95, 99 and 100 % points; `slope` is the power of the
    frequency with which the amplitude falls.
    """

    height: int
    width: int
    percentiles: tuple[float, ...]
    means: tuple[float, float, float]
    sds: tuple[float, float, float]
    slope: float


ICES: Final = (
    Ice(600, 900, (82, 97, 104, 118, 129, 142, 163, 177, 219), (77.7, 149.1, 165.7),
        (26.9, 16.5, 15.3), 1.2),
    Ice(315, 560, (57, 141, 166, 195, 210, 222, 236, 245, 254), (200.8, 205.4, 214.5),
        (21.4, 22.1, 22.6), 1.2),
    Ice(315, 560, (57, 141, 166, 195, 210, 222, 236, 245, 254), (200.8, 205.4, 214.5),
        (21.4, 22.1, 22.6), 1.2),
    Ice(350, 527, (23, 82, 104, 134, 152, 169, 199, 234, 254), (137.6, 152.8, 165.2),
        (28.5, 28.5, 29.9), 1.2),
    Ice(495, 660, (26, 45, 60, 92, 119, 151, 203, 238, 255), (112.4, 123.4, 134.8),
        (44.4, 43.3, 41.7), 1.4),
    Ice(323, 485, (0, 16, 29, 57, 89, 121, 160, 186, 251), (71.4, 95.4, 104.5),
        (35.2, 42.7, 47.4), 1.2),
)  # fmt: skip
_POINTS = (0, 1, 5, 25, 50, 75, 95, 99, 100)


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


def _count(folder: str) -> int:
    return len(_files(folder)) if folder else len(ICES)


@cache
def _texture(folder: str, index: int) -> Array:
    return _read(_files(folder)[index]) if folder else ice(ICES[index], index)


@cache
def _files(folder: str) -> tuple[Path, ...]:
    endings = {".png", ".jpg", ".jpeg"}
    found = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in endings)
    if not found:
        raise BadData(f"{folder}: expected frost textures (.png, .jpg), found none")
    return tuple(found)


def _read(path: Path) -> Array:
    found = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if found is None:
        raise BadData(f"{path}: expected a picture, found something that cannot be decoded")
    return np.ascontiguousarray(found[..., ::-1])


def ice(statistics: Ice, seed: int) -> Array:
    """A texture with these statistics, uint8 (height, width, 3); the same for the same seed."""
    generator = np.random.Generator(np.random.PCG64(seed))
    shape = (statistics.height, statistics.width)
    crystals = _crystals(shape, statistics.slope, generator)
    ranks = np.empty(crystals.size)
    ranks[np.argsort(crystals, axis=None, kind="stable")] = np.linspace(0, 100, crystals.size)
    light = np.interp(ranks, _POINTS, statistics.percentiles).reshape(shape)
    unit = (light - light.mean()) / light.std()
    channels = np.array(statistics.means) + unit[..., None] * np.array(statistics.sds)
    texture: Array = np.clip(np.rint(channels), 0, 255).astype(np.uint8)
    return texture


def _crystals(shape: tuple[int, int], slope: float, generator: np.random.Generator) -> Array:
    # Ridges are where a smooth field changes its sign: long, thin and branching, as needles are.
    ridges = -np.abs(_field(shape, slope, generator)) - np.abs(_field(shape, slope, generator))
    found: Array = _field(shape, slope, generator) + ridges
    return found


def _field(shape: tuple[int, int], slope: float, generator: np.random.Generator) -> Array:
    rows = np.fft.fftfreq(shape[0])[:, None] * shape[0]
    columns = np.fft.rfftfreq(shape[1]) * shape[1]
    frequency = np.maximum(np.hypot(rows, columns), 1)
    spectrum = np.fft.rfft2(generator.standard_normal(shape)) / frequency**slope
    field: Array = np.fft.irfft2(spectrum, shape)
    unit: Array = (field - field.mean()) / field.std()
    return unit
