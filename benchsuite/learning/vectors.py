"""The vectors that a model gives, as arrays, and of unit length: inner products are cosines."""

import sys
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadModel
from benchsuite.learning.leaves import is_of

NUMBERS = "fiub"
"""The kinds of arrays that hold real numbers."""
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


def vectors_of(where: str, found: Any, number: int) -> NDArray[np.float32]:
    """Vectors (N, K) float32 of `number` texts, from an array, a tensor, or a list of them.

    where: whose texts they are, for messages.
    Raises BadModel for another number of them, several vectors of one text, and what has no
    numbers: no text is to blame.
    """
    expected = f"{where}: expected {number} embeddings (a row of numbers for each text)"
    if is_of(found, "torch", "Tensor") and found.layout is not sys.modules["torch"].strided:
        raise BadModel(f"{expected}, found a sparse tensor")
    if not is_row(found):
        raise BadModel(f"{expected}, found {type(found).__name__}")
    rows = found if hasattr(found, "shape") else [array_of(row) for row in found]
    if not hasattr(rows, "shape") and len(shapes := {row.shape for row in rows}) > 1:
        raise BadModel(f"{expected}, found rows of the shapes {str(sorted(shapes)[:3])[1:-1]}")
    vectors = array_of(rows)
    if vectors.ndim == 1 and number == 1:
        vectors = vectors[None]
    if vectors.ndim != 2 or len(vectors) != number or not vectors.shape[1]:
        raise BadModel(f"{expected}, found the shape {vectors.shape}")
    if vectors.dtype.kind not in NUMBERS:
        raise BadModel(f"{expected}, found numbers of type {vectors.dtype}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        return np.ascontiguousarray(vectors, dtype=np.float32)


def array_of(value: Any) -> NDArray[Any]:
    """An array of numbers, or of a tensor on whatever device and of whatever type."""
    if is_of(value, "torch", "Tensor"):
        value = value.detach()
        value = value.float() if value.is_floating_point() else value
        value = value.cpu().numpy()
    return np.asarray(value)


def is_row(value: Any) -> bool:
    """Whether a value has items in an order: a list, an array, a tensor, a generator."""
    refused = value is None or isinstance(value, str | bytes | Mapping | Set)
    return not refused and hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0
