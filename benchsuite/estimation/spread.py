"""How evenly the clusters of a mean weigh: its effective number of clusters.

A cluster weighs h = size / Σ size. One patient with most of the slices counts for more than one
patient: the mean varies as that of fewer, equal clusters, and so does its standard error.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Spread(NamedTuple):
    """What clusters of unequal weights do to a mean.

    effective  1 / Σh² (Kish 1965); the number of clusters where all weigh the same. Its excess
               over 1 is the df of the t quantiles (after Carter, Schnepel and Steigerwald 2017)
    inflation  factor by which the bootstrap's SD is too small: (1 - 2·Σh³/Σh² + Σh²)^-½, from the
               expectation of Σh²·(x - mean)² for clusters of one variance; √(n/(n-1)) for n equal
               ones (the correction of Bell and McCaffrey 2002, on average)
    """

    effective: float
    inflation: float


def spread(sizes: ArrayLike) -> Spread:
    """The spread of clusters from the sums of their sizes, squares and cubes (3,)."""
    total, squares, cubes = (float(one) for one in np.asarray(sizes, dtype=np.float64))
    if not (total > 0 and squares > 0):
        return Spread(0.0, 1.0)
    second, third = squares / total**2, cubes / total**3
    left = 1 - 2 * third / second + second
    return Spread(1 / second, 1 / math.sqrt(left) if left > 1e-12 else 1.0)
