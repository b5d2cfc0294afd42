"""Skewness of a mean: what it does to a t statistic and to bootstrap replicates, and its removal.

A mean of n values of skewness γ has the skewness a = γ/√n. Where differences are skewed to the
right, most samples lose a little and a few gain much: a sample without the few looks worse than
it is, and plain t tests call it worse too often.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floating = TypeVar("Floating", np.float32, np.float64)

SKEW_FACTOR = 1.25
"""A sample's skewness falls short of the population's; with this factor the simulated bounds hold
where clusters of unequal size collapse, and t tests of lognormal gains where n is 200 or more."""

MOST = 2.0
"""Skewness of a mean beyond which its replicates are treated as if it were this."""


def unskewed(t: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64]:
    """A t statistic without its skewness: t + a·t²/3 + a²·t³/27 + a/6 (Hall 1992, eq. 3.2).

    t is (estimate - truth) / SE. It is skewed to the left where the estimate, of skewness a, is
    skewed to the right: large values come with a large SE.
    """
    return np.asarray(t + a * t**2 / 3 + a**2 * t**3 / 27 + a / 6)


def skewed(t: float, a: float) -> float:
    """The t statistic that `unskewed` turns into `t`: (3/a) · (∛(1 + a·(t - a/6)) - 1)."""
    if abs(a) < 1e-6:
        return t
    return float(3 / a * (np.cbrt(1 + a * (t - a / 6)) - 1))


def normal(x: NDArray[Floating], a: float) -> NDArray[Floating]:
    """A standardised variable of skewness a on the normal scale (Wilson and Hilferty 1931).

    6/a · (∛(1 + a·x/2) - 1) + a/6, which is x where a is 0 and rises with x everywhere.
    """
    bounded = float(np.clip(a, -MOST, MOST))
    if abs(bounded) < 1e-3:
        return x
    rest = np.maximum(1 + bounded * x / 2, 1e-6)
    return np.asarray(6 / bounded * (np.cbrt(rest) - 1) + bounded / 6, dtype=x.dtype)
