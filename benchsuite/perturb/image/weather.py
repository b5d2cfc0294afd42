"""Weather: snow, frost and fog. Water and mud are in spatter.py.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions; 1.0 is
white, lengths are in pixels.
"""

import math
from typing import Final

import numpy as np

from benchsuite.compiled import bits, compiled
from benchsuite.perturb.image.draws import normals, seed_of
from benchsuite.perturb.image.line import line_blur
from benchsuite.perturb.image.textures import texture_crop
from benchsuite.perturb.image.types import Array
from benchsuite.perturb.image.zoom import enlarged

SNOW: Final = (
    (0.1, 0.3, 3.0, 0.5, 10, 4, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12, 4, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12, 8, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
)
"""Mean and sd of the noise, its zoom, the threshold of a flake, the radius and sigma of its fall,
and the share of the image that is not whitened."""
FOG: Final = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))
"""Strength, and how much less each finer level of the fractal wobbles."""
FROST: Final = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
"""Weights of the image and of the texture."""


def snow(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """A whitened image plus flakes that fall at an angle from U(-135°, -45°): `SNOW`."""
    mean, sd, zoom, threshold, radius, sigma, share = SNOW[severity - 1]
    height, width, _ = image.shape
    rows, columns = math.ceil(height / zoom), math.ceil(width / zoom)
    noise = normals(generator, rows, columns, mean, sd)
    layer = enlarged(noise, round(rows * zoom), round(columns * zoom))
    flakes = np.where(layer < threshold, np.float32(0), np.clip(layer, 0, 1)) * np.float32(255)
    fallen = line_blur(flakes[..., None], radius, sigma, generator.uniform(-135, -45))
    layer = np.rint(fallen[:height, :width, 0])
    return _snowed(image, layer, np.float32(share))


@compiled
def _snowed(image: Array, layer: Array, share: np.float32) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    rest = np.float32(1) - share
    pale, flake = np.empty((width, 3), np.float32), np.empty((width, 3), np.float32)
    pales, flakes = pale.ravel(), flake.ravel()
    for y in range(height):
        opposite = height - 1 - y
        for x in range(width):
            # Luma of ITU-R BT.601.
            grey = (
                np.float32(0.299) * np.float32(image[y, x, 0])
                + np.float32(0.587) * np.float32(image[y, x, 1])
                + np.float32(0.114) * np.float32(image[y, x, 2])
            )
            pale[x] = grey * np.float32(1.5) + np.float32(127.5)
            # The same flakes fall once more, turned by half a turn.
            flake[x] = layer[y, x] + layer[opposite, width - 1 - x]
        line, made = image[y].ravel(), out[y].ravel()
        for i in range(3 * width):
            value = np.float32(line[i])
            value = share * value + rest * max(value, pales[i]) + flakes[i]
            made[i] = np.uint8(min(value, np.float32(255)))
    return out


def frost(image: Array, severity: int, generator: np.random.Generator, textures: str = "") -> Array:
    """The image plus a random crop of a texture of ice: `FROST`.

    `textures` is a folder of pictures; without one they are generated, with the statistics of the
    reference's, and frost is comparable with it in kind and not in pixels.
    """
    keep, add = FROST[severity - 1]
    crop = texture_crop(textures, image.shape[0], image.shape[1], generator)
    return _blended(image, np.ascontiguousarray(crop), np.float32(keep), np.float32(add))


@compiled
def _blended(image: Array, texture: Array, keep: np.float32, add: np.float32) -> Array:
    below, above = image.ravel(), texture.ravel()
    out = np.empty_like(below)
    for i in range(below.size):
        value = keep * np.float32(below[i]) + add * np.float32(above[i])
        out[i] = np.uint8(min(value, np.float32(255)))
    return out.reshape(image.shape)


def fog(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """The image plus a plasma fractal, scaled so that its brightest value can stay what it was."""
    strength, decay = FOG[severity - 1]
    height, width, _ = image.shape
    size = 1 << (max(height, width) - 1).bit_length()
    plasma = _plasma(size, decay, seed_of(generator))
    low, high = plasma.min(), plasma.max()
    brightest = int(image.max()) / 255
    scale = np.float32(brightest / (brightest + strength))
    return _fogged(image, plasma, low, np.float32(255 * strength) / (high - low), scale)


@compiled
def _fogged(
    image: Array, plasma: Array, low: np.float32, gain: np.float32, scale: np.float32
) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    haze = np.empty((width, 3), np.float32)
    haze_values = haze.ravel()
    for y in range(height):
        for x in range(width):
            thickness = gain * (plasma[y, x] - low)
            haze[x, 0], haze[x, 1], haze[x, 2] = thickness, thickness, thickness
        line, made = image[y].ravel(), out[y].ravel()
        for i in range(3 * width):
            value = scale * (np.float32(line[i]) + haze_values[i])
            made[i] = np.uint8(min(value, np.float32(255)))
    return out


@compiled
def _plasma(size: int, decay: float, seed: np.uint64) -> Array:
    """Diamond-square heights, float32 (size, size), periodic; size is a power of two.

    Fournier, Fussell and Carpenter, "Computer rendering of stochastic models", CACM 1982. A level
    with wobble w adds U(-w², w²) to the mean of four neighbours; w begins at 100.
    """
    heights = np.empty((size, size), np.float32)
    heights[0, 0] = 0
    wobble = 100.0
    counter = 0
    step = size
    while step >= 2:
        half = step // 2
        reach = np.float32(wobble * wobble)
        for y in range(half, size, step):
            above, row, below = heights[y - half], heights[y], heights[(y + half) % size]
            for x in range(half, size, step):
                left, right = x - half, x + half if x + half < size else 0
                total = above[left] + above[right] + below[left] + below[right]
                row[x] = total * np.float32(0.25) + reach * _signed(seed, counter)
                counter += 1
        for y in range(0, size, half):
            above, row, below = heights[(y - half) % size], heights[y], heights[(y + half) % size]
            for x in range(half if y % step == 0 else 0, size, step):
                left, right = (x if x > 0 else size) - half, x + half if x + half < size else 0
                total = above[x] + below[x] + row[left] + row[right]
                row[x] = total * np.float32(0.25) + reach * _signed(seed, counter)
                counter += 1
        step = half
        wobble /= decay
    return heights


@compiled
def _signed(seed: np.uint64, counter: int) -> np.float32:
    # Uniform on (-1, 1), from the upper 24 of 64 bits.
    return np.float32(np.int64(bits(seed, counter) >> np.uint64(40)) + 0.5) / np.float32(
        2**23
    ) - np.float32(1)
