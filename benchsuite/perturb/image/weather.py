"""Weather: snow, frost and fog. Water and mud are in spatter.py.

Constants after Hendrycks and Dietterich (ICLR 2019), as in the package imagecorruptions; 1.0 is
white, lengths are in pixels.
"""

import math
from typing import Final

import cv2
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
    flakes = _flakes(layer, np.float32(threshold))
    fallen = line_blur(flakes[..., None], radius, sigma, generator.uniform(-135, -45))
    layer = np.rint(fallen[:height, :width, 0])
    # The same flakes fall once more, turned by half a turn.
    return _snowed(image, layer + cv2.flip(layer, -1), np.float32(share))


@compiled
def _flakes(layer: Array, threshold: np.float32) -> Array:
    out = np.empty_like(layer)
    values, made = layer.ravel(), out.ravel()
    for k in range(values.size):
        light = min(values[k], np.float32(1)) * np.float32(255)
        made[k] = light if values[k] >= threshold else np.float32(0)
    return out


@compiled
def _snowed(image: Array, layer: Array, share: np.float32) -> Array:
    height, width, _ = image.shape
    out = np.empty_like(image)
    for y in range(height):
        line, made, flakes = image[y].ravel(), out[y].ravel(), layer[y]
        for x in range(width):
            i = 3 * x
            r, g, b = np.float32(line[i]), np.float32(line[i + 1]), np.float32(line[i + 2])
            # Luma of ITU-R BT.601.
            grey = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
            pale = grey * np.float32(1.5) + np.float32(127.5)
            made[i] = _whitened(r, pale, flakes[x], share)
            made[i + 1] = _whitened(g, pale, flakes[x], share)
            made[i + 2] = _whitened(b, pale, flakes[x], share)
    return out


@compiled
def _whitened(
    value: np.float32, pale: np.float32, flake: np.float32, share: np.float32
) -> np.uint8:
    mixed = share * value + (np.float32(1) - share) * max(value, pale) + flake
    return np.uint8(min(mixed, np.float32(255)))


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
    white = np.float32(255)
    for y in range(height):
        line, made, heights = image[y].ravel(), out[y].ravel(), plasma[y]
        for x in range(width):
            i, thickness = 3 * x, gain * (heights[x] - low)
            made[i] = np.uint8(min(scale * (np.float32(line[i]) + thickness), white))
            made[i + 1] = np.uint8(min(scale * (np.float32(line[i + 1]) + thickness), white))
            made[i + 2] = np.uint8(min(scale * (np.float32(line[i + 2]) + thickness), white))
    return out


@compiled
def _plasma(size: int, decay: float, seed: np.uint64) -> Array:
    """Diamond-square heights, float32 (size, size + 1); size is a power of two.

    They are periodic, and the last column is the first again. Fournier, Fussell and Carpenter,
    "Computer rendering of stochastic models", CACM 1982. A level with wobble w adds U(-w², w²) to
    the mean of four neighbours; w begins at 100.
    """
    heights = np.zeros((1, 2), np.float32)
    wobble = 100.0
    counter = 0
    while len(heights) < size:
        drawn = 3 * len(heights) ** 2
        heights = _finer(heights, np.float32(wobble * wobble), seed, counter)
        counter += drawn
        wobble /= decay
    return heights


@compiled
def _finer(heights: Array, reach: np.float32, seed: np.uint64, counter: int) -> Array:
    """Twice as many rows and columns: first the middles of squares, then those of their sides."""
    n = len(heights)
    # Here the last column comes once more before the first.
    middles = np.empty((n, n + 1), np.float32)
    for i in range(n):
        above, below, row = heights[i], heights[(i + 1) % n], middles[i]
        for j in range(n):
            total = above[j] + above[j + 1] + below[j] + below[j + 1]
            row[j + 1] = total * np.float32(0.25) + reach * _signed(seed, counter + i * n + j)
        row[0] = row[n]
    counter += n * n
    finer = np.empty((2 * n, 2 * n + 1), np.float32)
    for i in range(n):
        corners, next_corners = heights[i], heights[(i + 1) % n]
        last_middles, centres = middles[i - 1], middles[i]
        even, odd = finer[2 * i], finer[2 * i + 1]
        for j in range(n):
            total = last_middles[j + 1] + centres[j + 1] + corners[j] + corners[j + 1]
            drawn = _signed(seed, counter + 2 * i * n + j)
            even[2 * j] = corners[j]
            even[2 * j + 1] = total * np.float32(0.25) + reach * drawn
        for j in range(n):
            total = corners[j] + next_corners[j] + centres[j] + centres[j + 1]
            drawn = _signed(seed, counter + (2 * i + 1) * n + j)
            odd[2 * j] = total * np.float32(0.25) + reach * drawn
            odd[2 * j + 1] = centres[j + 1]
        even[2 * n], odd[2 * n] = even[0], odd[0]
    return finer


@compiled
def _signed(seed: np.uint64, counter: int) -> np.float32:
    # Uniform on (-1, 1), from the upper 24 of 64 bits.
    return np.float32(np.int64(bits(seed, counter) >> np.uint64(40)) + 0.5) / np.float32(
        2**23
    ) - np.float32(1)
