"""The correlation of midranks under weights, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchsuite.compiled import compiled

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@compiled
def correlations(weights: Floats, a: Places, a_ends: Places, b: Places, b_ends: Places) -> Floats:
    """Spearman's ρ (B,) under weights (B, N), each row counting as often as it weighs.

    a, b            the rows by each column, ascending
    a_ends, b_ends  where each run of equal values ends in that order

    Pearson's correlation of midranks. For whole weights every sum is one of quarters, and exact
    below 2^53: up to some 300,000 rows. NaN where all rows with a weight are equal in a column.
    """
    found = np.empty(len(weights))
    of_a, of_b = np.empty(len(a)), np.empty(len(a))
    for r in range(len(weights)):
        mine = weights[r]
        scale = _deviations(mine, a, a_ends, of_a) * _deviations(mine, b, b_ends, of_b)
        products = 0.0
        for i in range(len(mine)):
            products += mine[i] * of_a[i] * of_b[i]
        found[r] = products / np.sqrt(scale) if scale > 0 else np.nan
    return found


@compiled
def _deviations(weights: Floats, rows: Places, ends: Places, deviations: Floats) -> float:
    """Fill in each row's midrank less the mean rank; the weighted sum of their squares."""
    total = weights.sum()
    squares, before, start = 0.0, 0.0, 0
    for end in ends:
        copies = 0.0
        for i in range(start, end):
            copies += weights[rows[i]]
        # The ranks of a run are before + 1 to before + copies, and all ranks are 1 to the total.
        deviation = before + (copies - total) / 2
        for i in range(start, end):
            deviations[rows[i]] = deviation
        squares += copies * deviation * deviation
        before += copies
        start = end
    return squares
