"""Scores of groups drawn towards each other: empirical Bayes, by at most half a standard error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from .estimate import Estimate
from .intervals import interval

MIN_GROUPS: Final = 3
"""Of fewer groups, the spread between them says too little."""

MOST: Final = 0.5
"""Standard errors by which a group moves at most (limited translation, Efron and Morris 1972).

A group that is unlike all others is moved in error. This keeps its mean squared error within
1 + MOST² of that of its raw score.
"""


def shrunken_scores(groups: Sequence[Estimate], bounds: tuple[float, float]) -> NDArray[np.float64]:
    """The shrunken scores (G,) of groups, of a metric with these bounds.

    The standard error of a group is half of its interval / t: that of a small group of which all
    are right is not 0. NaN for a group without an interval, and for all of them under three.
    """
    errors = np.array([_error(one, bounds) for one in groups])
    usable, found = errors > 0, np.full(len(groups), np.nan)
    if usable.sum() >= MIN_GROUPS:
        values = np.array([one.value for one in groups])
        found[usable] = shrunken(values[usable], errors[usable])
    return found


def _error(estimate: Estimate, bounds: tuple[float, float]) -> float:
    low, high = bounds
    found = interval(estimate, lower=low, upper=high)
    return (found.high - found.low) / (2 * float(scipy.stats.t.ppf(0.975, estimate.df)))


def shrunken(values: ArrayLike, errors: ArrayLike) -> NDArray[np.float64]:
    """The values (G,) of at least three groups, drawn towards their mean.

    With standard errors s_g > 0, value y_g moves by B_g · (m - y_g), at most by MOST · s_g. Here
    B_g = s_g² / (s_g² + τ²), and m is the mean weighted by 1 / (s_g² + τ²). τ² is the variance
    between groups with which the weighted squares about m are as expected, G - 1; 0 where even
    that expects more (Paule and Mandel 1982).
    Raises ValueError for fewer groups, and for an error that is not above 0.
    """
    y, s = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if len(y) < MIN_GROUPS or not (s > 0).all():
        raise ValueError(f"expected {MIN_GROUPS} groups with errors above 0, found {y}, {s}")
    between = _between(y, s**2)
    towards = s**2 / (s**2 + between) * (_mean(y, s**2 + between) - y)
    return y + np.clip(towards, -MOST * s, MOST * s)


def _mean(y: NDArray[np.float64], variances: NDArray[np.float64]) -> float:
    return float(np.average(y, weights=1 / variances))


def _between(y: NDArray[np.float64], within: NDArray[np.float64]) -> float:
    """The variance between groups, τ²."""

    def excess(between: float) -> float:
        variances = within + between
        return float(((y - _mean(y, variances)) ** 2 / variances).sum()) - (len(y) - 1)

    # At τ² = Σ (y - ȳ)² no square can exceed what is expected.
    most = float(((y - y.mean()) ** 2).sum())
    return float(scipy.optimize.brentq(excess, 0.0, most)) if most and excess(0.0) > 0 else 0.0
