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
    values = (low + (high - low) * _chances()).astype(np.float32)
    return _drawn(seed_of(generator), values, height, width)


@cache
def _chances() -> Array:
    found: Array = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return found


@cache
def _quantiles() -> Array:
    found: Array = ndtri(_chances())
    return found


@compiled
def _drawn(seed: np.uint64, values: Array, height: int, width: int) -> Array:
    out = np.empty(height * width, np.float32)
    whole = out.size // 4
    for i in range(whole):
        drawn = bits(seed, i)
        for j in range(4):
            out[4 * i + j] = values[drawn >> np.uint64(16 * j) & np.uint64(0xFFFF)]
    drawn = bits(seed, whole)
    for k in range(4 * whole, out.size):
        out[k] = values[drawn & np.uint64(0xFFFF)]
        drawn >>= np.uint64(16)
    return out.reshape(height, width)
