"""Intervals of a run that was stopped early: they hold at every look at once.

Who looks at results again and again, and stops when they please, sees a 95 % interval miss more
often than in 5 % of runs. A repeated interval is wider, by the quantile of the largest of all
looks, so it holds whenever and for whatever reason a run is stopped (Jennison and Turnbull 2000,
9.1).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
import scipy

from .estimate import Estimate
from .notes import Code, join_notes, note

NODES: Final = 100
"""Points of the quadrature: 20 looks need 60 for six digits."""


def repeated(estimate: Estimate, share: float, looks: int) -> Estimate:
    """The estimate of a run that was stopped at a share of its samples, one of `looks` looks.

    Its replicates are spread, so that everything that is computed from them is wider alike.
    """
    told = note(Code.STOPPED, share, looks)
    return replace(
        estimate,
        deviations=estimate.deviations * np.float32(widening(looks)),
        notes=join_notes([told, estimate.notes]),
    )


@lru_cache
def widening(looks: int, level: float = 0.95) -> float:
    """How much wider the interval of each of equally spaced looks is, if all hold with `level`."""
    once = float(scipy.stats.norm.ppf((1 + level) / 2))
    if looks == 1:
        return 1.0
    every = scipy.optimize.brentq(lambda c: _all_within(c, looks) - level, once, 2 * once)
    return float(every) / once


def _all_within(c: float, looks: int) -> float:
    """P(|S_k| ≤ c·√k for k = 1, …, looks), S_k a sum of k standard normal variables.

    The density of the sums that never went beyond is carried from look to look (Armitage, McPherson
    and Rowe 1969).
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    sums = c * nodes
    density = scipy.stats.norm.pdf(sums)
    for k in range(2, looks + 1):
        mass = c * np.sqrt(k - 1) * weights * density
        reached = c * np.sqrt(k) * nodes
        density = scipy.stats.norm.pdf(reached[:, None] - sums) @ mass
        sums = reached
    return float(c * np.sqrt(looks) * weights @ density)
