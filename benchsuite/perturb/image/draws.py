"""Random images inside compiled kernels, from a counter-based hash of one 64-bit seed."""

from functools import cache

import numpy as np
from scipy.special import ndtri

from benchsuite.compiled import bits, compiled
from benchsuite.perturb.image.types import Array

QUANTILES = 65536
"""Equally likely values that stand for a standard normal; the outermost are at 4.3 sigma."""


def seed_of(generator: np.random.Generator) -> np.uint64:
    """The seed of a kernel's draws: the generator's next 64 bits."""
    return generator.integers(0, 2**64, dtype=np.uint64)


def normals(
    generator: np.random.Generator, height: int, width: int, mean: float, sd: float
) -> Array:
    """Independent normal draws, float32 (height, width), from 65,536 equally likely quantiles."""
    values = (mean + sd * _quantiles()).astype(np.float32)
    return _drawn(seed_of(generator), values, height, width)


def uniforms(
    generator: np.random.Generator, height: int, width: int, low: float, high: float
) -> Array:
    """Independent uniform draws, float32 (height, width), of 65,536 equally likely values."""
    values = low + (high - low) * (np.arange(QUANTILES) + 0.5) / QUANTILES
    return _drawn(seed_of(generator), values.astype(np.float32), height, width)


@cache
def _quantiles() -> Array:
    found: Array = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    return found


@compiled
def _drawn(seed: np.uint64, values: Array, height: int, width: int) -> Array:
    n = height * width
    out = np.empty(n, np.float32)
    for i in range((n + 3) // 4):
        drawn = bits(seed, i)
        for k in range(4 * i, min(4 * i + 4, n)):
            out[k] = values[drawn & np.uint64(0xFFFF)]
            drawn >>= np.uint64(16)
    return out.reshape(height, width)
