"""Bounds by inversion: which values of a score do the joint replicates refute?

A score that is no linear function of the groups solves an equation that is linear for a fixed
value. The bounds are the values at which the equation is refuted (STATISTICS.md, Groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy import stats

from .contrasts import Array, Joint, contrasts, deviation, largest, to_t
from .notes import Code, Notes, note

MAX_SIGNS: Final = 10
"""Groups whose deviations from the overall score may have either sign; beyond, signs are fixed."""

_BISECTIONS: Final = 24


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

    def theta(self, e: float) -> Array:
        return self.o - e * self.q

    def centred(self, e: float) -> Array:
        return np.asarray(self.o_centred - e * self.q_centred)


def inverted(family: Family, value: float, level: float) -> tuple[float, float]:
    """The ends of e: what no θ_s refutes pointwise, and what some θ_s refutes simultaneously."""
    return _lower(family, level), _upper(family, value, level)


def _lower(family: Family, level: float) -> float:
    """The smallest positive root in e of θ_s(e)² = t² · Var_s(e) over s; 0 where an o may be 0."""
    t = float(stats.t.ppf((1 + level) / 2, family.df)) * family.inflation
    rest_o = family.o_centred - family.o_centred.mean(axis=1, keepdims=True)
    rest_q = family.q_centred - family.q_centred.mean(axis=1, keepdims=True)
    free = rest_o.shape[1] - 1
    a = family.q**2 - t**2 * (rest_q**2).sum(axis=1) / free
    b = family.o * family.q - t**2 * (rest_q * rest_o).sum(axis=1) / free
    c = family.o**2 - t**2 * (rest_o**2).sum(axis=1) / free
    if (family.o <= 0).any() or (c <= 0).any():
        return 0.0
    # the root c / (b + √(b² - ac)) is the stable form, and the smaller of two positive ones
    discriminant = b**2 - a * c
    denominator = b + np.sqrt(np.maximum(discriminant, 0.0))
    exists = (discriminant >= 0) & (denominator > 0)
    roots = np.broadcast_to(c, denominator.shape)[exists] / denominator[exists]
    return float(np.min(roots, initial=family.most))


def _upper(family: Family, value: float, level: float) -> float:
    """The smallest e that is refuted, by bisection from the value upwards."""
    inside, outside = value, family.most
    if outside <= inside:
        return inside
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if _refuted(family, middle, level):
            outside = middle
        else:
            inside = middle
    return outside


def _refuted(family: Family, e: float, level: float) -> bool:
    """Whether θ_s(e) lies significantly under 0 for some s, simultaneously over all s."""
    centred = family.centred(e)
    sd = deviation(centred)
    scale = np.where(sd == 0, np.inf, sd)
    c = largest(-centred / scale[:, None], level)
    bound = to_t(c, family.df) * family.inflation * sd
    return bool((family.theta(e) < -bound).any())
