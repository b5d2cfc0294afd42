"""Random numbers inside compiled kernels: a counter-based hash of one 64-bit seed."""

from functools import cache

import numpy as np
from scipy.special import ndtri

from benchsuite.compiled import compiled
from benchsuite.perturb.image.types import Array

QUANTILES = 65536
"""Equally likely values that stand for a standard normal; the outermost are at 4.3 sigma."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@compiled
def bits(seed: np.uint64, counter: int) -> np.uint64:
    """64 random bits that depend on seed and counter alone.

    SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    OOPSLA 2014, figure 17, with the counter in place of the state.
    """
    z = seed + np.uint64(counter + 1) * _STEP
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


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
