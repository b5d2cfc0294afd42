"""The exact test of cells in which few clusters differ.

If a change is noise, each cluster's effect is as likely a gain as a loss. Over all ways to choose
the signs of the effects, p is the share whose sum is at most the sum that was seen (Fisher 1935).
The effects add up to the difference of a mean, so a cell is judged by its own metric; with effects
of one size, it is the sign test, for answers that are right or wrong McNemar's (1947).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FEW = 20
"""Fewer differing clusters are tested exactly: their difference is far from normal."""

SAME = 1e-9
"""Sums that differ by less, relatively, differ by the order of summation only."""


def sign_flips(effects: NDArray[np.float64]) -> float:
    """P(a sum of the effects (k,) with random signs is at most their own sum), for k < 32.

    The sums of either half are all made and sorted, so 2^(k/2) numbers are enough.
    """
    sizes = np.abs(effects)
    limit = float(effects.sum()) + SAME * float(sizes.sum())
    half = len(sizes) // 2
    left, right = _sums(sizes[:half]), np.sort(_sums(sizes[half:]))
    below = np.searchsorted(right, limit - left, side="right")
    return float(below.sum() / 2.0 ** len(sizes))


def _sums(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2^k sums of k sizes with either sign."""
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def alike(effects: NDArray[np.float64]) -> bool:
    """Whether all effects have one size, as those of answers that are right or wrong."""
    sizes = np.abs(effects)
    return bool(np.ptp(sizes) <= 1e-6 * sizes.max()) if len(sizes) else True


def losses_to_show(p: float) -> float:
    """How many clusters must differ, all for the worse, for a p-value as small as this."""
    return math.ceil(-math.log2(p) - SAME) if p > 0 else math.inf
