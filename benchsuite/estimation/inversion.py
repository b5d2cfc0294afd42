"""Bounds by inversion: which values of a score do the joint replicates refute?

A score that is no linear function of the groups solves an equation that is linear for a fixed
value. The bounds are the values at which the equation is refuted (STATISTICS.md, Groups).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

import numpy as np
import scipy

from .contrasts import Array, Joint, contrasts, largest, to_t
from .notes import Code, Notes, note

MAX_SIGNS: Final = 10
"""Groups whose deviations from the overall score may have either sign; beyond, signs are fixed."""

DIRECTIONS: Final = 128
"""Directions in which groups may differ, of more than two; twice as many narrow nothing."""

_ROUNDS: Final = 12
_STEPS: Final = 15


def sign_vectors(parts: Joint) -> tuple[Array, Notes]:
    """All sign vectors (S, G) of the deviations, up to 2^10, and a note where others were fixed."""
    groups = len(parts.values) - 1
    deviations = contrasts(parts, np.column_stack([np.ones(groups), -np.eye(groups)]))
    certain_first = np.argsort(-np.abs(deviations.z), kind="stable")
    fixed = certain_first[: max(groups - MAX_SIGNS, 0)]
    free = certain_first[len(fixed) :]
    signs = np.empty((2 ** len(free), groups))
    signs[:, fixed] = np.sign(deviations.values[fixed])
    signs[:, free] = list(product([-1.0, 1.0], repeat=len(free)))
    least = np.abs(deviations.z[fixed]).min(initial=np.inf)
    return signs, note(Code.FIXED_SIGNS, len(fixed), float(least)) if len(fixed) else ()


@dataclass(frozen=True, eq=False)
class Family:
    """θ_s(e) = o_s - e·q_s for S index values s: the true e makes the smallest θ_s zero.

    o, q                  float64 (S,), o also (1,) where all have the same
    o_centred, q_centred  float64 (S, R), o_centred also (1, R): replicates minus values
    most                  the largest e that is possible
    """

    o: Array
    q: Array
    o_centred: Array
    q_centred: Array
    inflation: float
    df: float
    most: float

    @cached_property
    def moments(self) -> tuple[Array, Array, Array]:
        """Variances and covariance over replicates (S,): of o, of o and q, of q."""
        o = self.o_centred - self.o_centred.mean(axis=1, keepdims=True)
        q = self.q_centred - self.q_centred.mean(axis=1, keepdims=True)
        free = q.shape[1] - 1
        return (o**2).sum(axis=1) / free, (q * o).sum(axis=1) / free, (q**2).sum(axis=1) / free


def scaled(parts: Joint, rows: Array) -> Family:
    """θ_s(e) = o - e·(1 + row_s · (o, m)) of an overall score and groups; rows (S, 1 + G)."""
    centred = parts.drawn - parts.values[:, None]
    inflation = float(parts.inflation.max())
    most = float(parts.values[0]) + 10 * inflation * float(centred[0].std())
    return Family(
        parts.values[:1], 1 + rows @ parts.values, centred[:1], rows @ centred, inflation,
        float(parts.df.min()), most,
    )  # fmt: skip


def inverted(family: Family, value: float, level: float) -> tuple[float, float]:
    """The ends of e: what no θ_s refutes pointwise, and what some θ_s refutes simultaneously."""
    return _lower(family, level), highest(family, value, level)


def _lower(family: Family, level: float) -> float:
    """The smallest positive root in e of θ_s(e)² = t² · Var_s(e) over s; 0 where an o may be 0."""
    t = float(scipy.stats.t.ppf((1 + level) / 2, family.df)) * family.inflation
    a, b, c = _quadratic(family, t)
    if (family.o <= 0).any() or (c <= 0).any():
        return 0.0
    # the root c / (b + √(b² - ac)) is the stable form, and the smaller of two positive ones
    discriminant = b**2 - a * c
    denominator = b + np.sqrt(np.maximum(discriminant, 0.0))
    exists = (discriminant >= 0) & (denominator > 0)
    roots = np.broadcast_to(c, denominator.shape)[exists] / denominator[exists]
    return float(np.min(roots, initial=family.most))


def _quadratic(family: Family, reach: float) -> tuple[Array, Array, Array]:
    """a, b, c (S,) of θ_s(e)² - reach² · Var_s(e) = a·e² - 2·b·e + c."""
    oo, oq, qq = family.moments
    square = reach**2
    return family.q**2 - square * qq, family.o * family.q - square * oq, family.o**2 - square * oo


def highest(family: Family, value: float, level: float) -> float:
    """The smallest e above the value with θ_s(e) < -c(e) · SD_s(e) for some s.

    For a fixed c it is the larger root in e of some s. c hardly depends on e, so few rounds of both
    find it.
    """
    oo, oq, qq = family.moments
    e = value
    for _ in range(_ROUNDS):
        sd = np.sqrt(np.maximum(oo - 2 * e * oq + e**2 * qq, 0.0))
        off = family.o_centred - e * family.q_centred
        c = largest(-off / np.where(sd > 0, sd, np.inf)[:, None], level)
        a, b, rest = _quadratic(family, float(to_t(c, family.df)) * family.inflation)
        turns = a > 0
        roots = b[turns] + np.sqrt(np.maximum(b**2 - a * rest, 0.0)[turns])
        before, e = e, float(np.min(roots / a[turns], initial=family.most))
        if abs(e - before) <= 1e-6 * abs(e):
            break
    return max(e, value)


def lowest_scaled(parts: Joint, scale: float, level: float) -> float:
    """The smallest o / (1 + scale · ‖m - mean(m)‖) within t standard errors of o and m (G,).

    The score falls along one direction of (o, m), so the ellipsoid around them has the radius of a
    single contrast. Each step goes to its point that is lowest in the direction of the last one.
    """
    t = float(scipy.stats.t.ppf((1 + level) / 2, parts.df.min()))
    covariance = np.cov(parts.drawn * parts.inflation[:, None])
    axes = np.linalg.eigh(covariance[1:, 1:])[1].T
    points = np.vstack([parts.values[1:], axes, -axes])
    o = np.full(len(points), parts.values[0])
    for _ in range(_STEPS):
        sides, length = _directed(points)
        e = o / (1 + scale * length)
        slopes = np.column_stack([np.ones(len(points)), -scale * e[:, None] * sides])
        steps = slopes @ covariance
        sd = np.sqrt(np.maximum((steps * slopes).sum(axis=1), 1e-300))
        moved = parts.values - t * steps / sd[:, None]
        o, points = moved[:, 0], moved[:, 1:]
    return max(0.0, float((o / (1 + scale * _directed(points)[1])).min()))


def directions(groups: int) -> Array:
    """Unit vectors (S, G) that sum to 0: both of two groups, else some of all sides."""
    if groups == 2:
        return np.array([[1.0, -1.0], [-1.0, 1.0]]) / math.sqrt(2)
    return _directed(np.random.default_rng(0).standard_normal((DIRECTIONS, groups)))[0]


def _directed(points: Array) -> tuple[Array, Array]:
    """Direction and length of the differences within each row (S, G); no direction without them."""
    centred = points - points.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1))
    return centred / np.where(length > 0, length, np.inf)[:, None], length
