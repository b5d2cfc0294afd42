"""Vectors of unit length, whose inner products are cosines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORT = 1e-15
"""The squares of shorter vectors lose digits in float32."""


def of_unit_length(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors (..., d) as float32 of unit length; a zero vector stays."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float32), axis=-1, keepdims=True)
    ordinary = (lengths > SHORT) & (lengths < np.inf)
    if not ordinary.all():
        exact = np.linalg.norm(vectors.astype(np.float64), axis=-1, keepdims=True)
        lengths = np.where(ordinary, lengths, exact)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
