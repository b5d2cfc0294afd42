"""The bounds of how much larger a gap has become: every pair of groups now against every pair then.

G groups have P = G·(G-1) ordered pairs and P² growths, each with R replicates. They are never held:
`keep_largest` keeps the largest of each pair in each replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .contrasts import Array, Joint, deviation, pairs, quantile, to_t
from .sums import one_thread

CANCELS: Final = 1e-6
"""A variance of less than this share of its parts is what cancelling left: computed directly."""


def growth_ends(parts: Joint, level: float) -> tuple[float, float]:
    """The ends of the growth of the gap of G groups: `parts` are G before, and the same G after.

    The growth is the largest over pairs x, and the smallest over pairs y, of θ = now_x - then_y.

    low   min_y max_x(θ - c_y · SE), c_y the `level` quantile over replicates of the largest
          standardised θ over x
    high  the same of the way back, with its sign turned
    """
    from .extremes import keep_largest  # numba takes its time to load

    count = len(parts.values) // 2
    then, now = _pairs(parts, slice(None, count)), _pairs(parts, slice(count, None))
    grown = _Growths.of(now, then, parts.resolution)
    onward = np.full(now.centred.shape, -np.inf)
    back = onward.copy()
    scale = np.where(grown.sd > 0, 1 / np.where(grown.sd > 0, grown.sd, 1.0), 0.0)
    keep_largest(now.centred, then.centred, grown.moved, scale, onward, back)
    se = grown.sd * grown.inflation
    low = grown.values - _mapped(quantile(onward, level), grown.df) * se
    high = grown.values + _mapped(quantile(back, level), grown.df.T).T * se
    return float(low.max(axis=0).min()), float(high.min(axis=1).max())


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The differences of P ordered pairs of groups: (P,), and centred replicates (P, R)."""

    values: Array
    centred: Array
    df: Array
    inflation: Array


def _pairs(parts: Joint, side: slice) -> _Pairs:
    values = parts.values[side]
    rows = pairs(len(values))
    used = rows != 0
    with one_thread():
        centred = rows @ (parts.drawn[side] - values[:, None])
    return _Pairs(
        rows @ values,
        centred,
        np.where(used, parts.df[side], np.inf).min(axis=1),
        np.where(used, parts.inflation[side], 1.0).max(axis=1),
    )


@dataclass(frozen=True, eq=False)
class _Growths:
    """θ of every pair now (rows) and every pair then (columns), (P, P).

    moved  what θ is where it is taken for 0, since it is within rounding; its replicates keep it
    """

    values: Array
    moved: Array
    sd: Array
    df: Array
    inflation: Array

    @classmethod
    def of(cls, now: _Pairs, then: _Pairs, noise: Array | float) -> _Growths:
        """The growths; those up to `noise` are none, see `contrasts.combined`."""
        values = now.values[:, None] - then.values
        sd = _deviations(now.centred, then.centred)
        same = np.abs(values) <= noise
        return cls(
            np.where(same, 0.0, values),
            np.where(same, values, 0.0),
            np.where(same & (sd <= noise), 0.0, sd),
            np.minimum(now.df[:, None], then.df),
            np.maximum(now.inflation[:, None], then.inflation),
        )


def _mapped(c: Array, df: Array) -> Array:
    """The normal quantile of each column, at the same tail of each df; few of these differ."""
    known, place = np.unique(df, return_inverse=True)
    t = to_t(c[:, None], known)
    return np.asarray(t[np.arange(len(c)), place.reshape(df.shape)])


def _deviations(now: Array, then: Array) -> Array:
    """The SD of each row of `now` less each row of `then`, (P, P), from their covariances."""
    a, b = (side - side.mean(axis=1, keepdims=True) for side in (now, then))
    freedom = a.shape[1] - 1
    with one_thread():
        between = a @ b.T / freedom
    parts = (a**2).sum(axis=1)[:, None] / freedom + (b**2).sum(axis=1) / freedom
    variance = parts - 2 * between
    cancelled = variance <= CANCELS * parts
    sd = np.sqrt(np.where(cancelled, 0.0, variance))
    for x, y in np.argwhere(cancelled):
        sd[x, y] = deviation(now[x] - then[y])
    return np.asarray(sd)
