"""The nearest and the furthest point of an ellipsoid from the origin."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .contrasts import Array

_BISECTIONS: Final = 60


def nearest(centre: Array, lengths: Array) -> float:
    """The least norm of a point of the ellipsoid around `centre` (G,) with half axes `lengths`.

    The point is centre · μ / (μ + length²) for the μ ≥ 0 that puts it on the surface.
    """
    square = lengths**2
    if _outside(centre, square, 0.0) <= 1:
        return float(np.linalg.norm(centre[square == 0]))
    low, high = 0.0, float(np.linalg.norm(centre) * np.sqrt(square.max())) + float(square.max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _outside(centre, square, middle) > 1:
            low = middle
        else:
            high = middle
    return float(np.linalg.norm(centre * high / (high + square)))


def _outside(centre: Array, square: Array, mu: float) -> float:
    """The squared length of the step to the point of multiplier μ, in half axes."""
    free = square > 0
    return float((square[free] * (centre[free] / (mu + square[free])) ** 2).sum())


def furthest(centre: Array, lengths: Array) -> float:
    """The largest norm of a point of the ellipsoid around `centre` (G,) with half axes `lengths`.

    The point is centre · μ / (μ - length²) for the μ ≥ the largest length² that puts it on the
    surface; where none does, what is left of the step goes along the longest axis.
    """
    square = lengths**2
    if not square.any():
        return float(np.linalg.norm(centre))
    # μ = the largest length² + an excess: the sum of both would lose a small excess to rounding
    apart = square.max() - square

    def step(excess: float) -> Array:
        return np.asarray(lengths * centre / (apart + excess))

    reach = float(np.linalg.norm(lengths * centre))
    low, high = 0.0, reach
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if middle > 0 and (step(middle) ** 2).sum() > 1:
            low = middle
        else:
            high = middle
    # in half axes; along the longest one a step is free where the centre has no part in it
    steps = step(high) if high > 0 else np.zeros_like(centre)
    left = max(1.0 - float((steps**2).sum()), 0.0)
    longest = int(np.argmax(square))
    steps[longest] = np.copysign(math.sqrt(steps[longest] ** 2 + left), centre[longest])
    return float(np.linalg.norm(centre + lengths * steps))
