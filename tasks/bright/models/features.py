"""What a learned reranker knows of a query's candidates: frozen embeddings, and two scores."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Paradigm = Literal["pointwise", "listwise", "groupwise"]
"""Which candidates are scored together: none, all, or those of a group."""


def features(
    query: NDArray[np.float32], documents: NDArray[np.float32], scores: Sequence[float]
) -> NDArray[np.float32]:
    """Features (L, K + 3) float32 of L candidates.

    query (K,), documents (L, K): embeddings of unit length.   scores: the first stage's (L,).
    The coordinates are those of the product of query and document, by √K, so that they are of the
    order of 1. Both z-scores are over the candidates.
    """
    products = documents * query
    cosines = products.sum(axis=1)
    return np.column_stack(
        [
            products * np.float32(np.sqrt(len(query))),
            cosines,
            standardised(cosines),
            standardised(np.asarray(scores, dtype=np.float64)),
        ]
    ).astype(np.float32)


def standardised(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """(value - mean) / SD; 0 where all are equal."""
    spread = float(values.std()) if len(values) else 0.0
    return np.asarray((values - values.mean()) / spread if spread > 0 else np.zeros(len(values)))
