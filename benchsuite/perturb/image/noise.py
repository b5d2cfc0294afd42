"""Noise: each value of the image is drawn anew, given its grey level, from a table of quantiles.

A table holds, for each of the 256 grey levels, 4,096 equally likely outcomes: what the reference
computes from a random number, computed once for 4,096 evenly spaced ones. Constants after
Hendrycks and Dietterich, "Benchmarking neural network robustness" (ICLR 2019), as in the package
imagecorruptions; 1.0 is white, and values are truncated, not rounded, to integers.
"""

from functools import cache
from typing import Final

import numpy as np
from scipy.special import gammaln, ndtri

from benchsuite.compiled import bits, compiled
from benchsuite.perturb.image.draws import seed_of
from benchsuite.perturb.image.types import Array

GAUSSIAN_SD: Final = (0.08, 0.12, 0.18, 0.26, 0.38)
SHOT_PHOTONS: Final = (60, 25, 12, 5, 3)
"""Expected photons of a white pixel."""
IMPULSE_SHARE: Final = (0.03, 0.06, 0.09, 0.17, 0.27)
"""Share of the values that turn black or white, half each."""
SPECKLE_SD: Final = (0.15, 0.2, 0.35, 0.45, 0.6)

OUTCOMES: Final = 4096
_LEVELS = np.arange(256)[:, None] / 255.0
_CHANCES = (np.arange(OUTCOMES) + 0.5) / OUTCOMES


def gaussian_noise(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """x + N(0, `GAUSSIAN_SD`), independent for each channel."""
    return _from_table(image, _gaussian_table(GAUSSIAN_SD[severity - 1]), seed_of(generator))


def shot_noise(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Poisson(x · c) / c for c = `SHOT_PHOTONS`, independent for each channel."""
    return _from_table(image, _shot_table(SHOT_PHOTONS[severity - 1]), seed_of(generator))


def speckle_noise(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """x + x · N(0, `SPECKLE_SD`), independent for each channel."""
    return _from_table(image, _speckle_table(SPECKLE_SD[severity - 1]), seed_of(generator))


def impulse_noise(image: Array, severity: int, generator: np.random.Generator) -> Array:
    """Salt and pepper on `IMPULSE_SHARE` of the values, independent for each channel."""
    half = round(IMPULSE_SHARE[severity - 1] * 65536 / 2)
    return _salted(image, half, seed_of(generator))


def quantised(values: Array) -> Array:
    """uint8 of values on a scale to 1.0: clipped and truncated, as the reference does."""
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)


@cache
def _gaussian_table(sd: float) -> Array:
    return quantised(_LEVELS + sd * ndtri(_CHANCES))


@cache
def _speckle_table(sd: float) -> Array:
    return quantised(_LEVELS + _LEVELS * sd * ndtri(_CHANCES))


@cache
def _shot_table(photons: int) -> Array:
    # The counts left out are rarer than 1e-15.
    counts = np.arange(photons + 8 * int(np.sqrt(photons) + 2))
    with np.errstate(divide="ignore"):
        logs = np.log(_LEVELS * photons)
    logs[0] = 0.0
    chances = np.exp(counts * logs - _LEVELS * photons - gammaln(counts + 1))
    chances[0] = counts == 0
    below = np.cumsum(chances, axis=1)
    drawn = np.array([np.searchsorted(row, _CHANCES) for row in below])
    return quantised(drawn / photons)


@compiled
def _from_table(image: Array, table: Array, seed: np.uint64) -> Array:
    values = image.ravel()
    out = np.empty_like(values)
    whole = values.size // 5
    for i in range(whole):
        drawn = bits(seed, i)
        for k in range(5 * i, 5 * i + 5):
            out[k] = table[values[k], drawn & np.uint64(0xFFF)]
            drawn >>= np.uint64(12)
    drawn = bits(seed, whole)
    for k in range(5 * whole, values.size):
        out[k] = table[values[k], drawn & np.uint64(0xFFF)]
        drawn >>= np.uint64(12)
    return out.reshape(image.shape)


@compiled
def _salted(image: Array, half: int, seed: np.uint64) -> Array:
    values = image.ravel()
    out = np.empty_like(values)
    pepper, salt = np.uint64(half), np.uint64(2 * half)
    for i in range((values.size + 3) // 4):
        drawn = bits(seed, i)
        for k in range(4 * i, min(4 * i + 4, values.size)):
            chance = drawn & np.uint64(0xFFFF)
            drawn >>= np.uint64(16)
            # Masks, since a processor cannot guess the branches of a coin.
            white, kept = -np.int64(chance < salt), np.int64(chance < pepper) - 1
            out[k] = np.uint8((np.int64(values[k]) | white) & kept)
    return out.reshape(image.shape)
