"""Exact search of the nearest vectors, block by block, so that memory stays bounded."""

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.model import State

from .ranking import corpus_of, first_of, left_out

BLOCK = 16_384
"""Documents whose scores are held at a time: 64 MiB for a thousand queries."""


def retrieved(
    state: State, vectors: NDArray[np.float32], query: NDArray[np.float32], one: Inputs, depth: int
) -> dict[str, float]:
    """The `depth` documents nearest to an input's `query` (K,), without its `excluded` ones.

    vectors (D, K): those of all documents of the dataset, by sorted id; a dataset whose splits have
    documents of their own is searched in the input's split alone.
    Raises BadData where the query's vector is not finite: such a search finds anything.
    """
    if not np.isfinite(query).all():
        raise BadData(f"query '{one.id}': expected a finite embedding, found {query[:4]}...")
    corpus = corpus_of(state.shared, one.fields.get("split", ""))
    excluded = left_out(one.fields, corpus.ids)
    ((places, scores),) = nearest(query[None], vectors[corpus.rows], depth + len(excluded))
    found = ((corpus.ids[i], float(s)) for i, s in zip(places, scores, strict=True))
    return first_of(found, depth, excluded)


def nearest(
    queries: NDArray[np.float32], corpus: NDArray[np.float32], depth: int, block: int = BLOCK
) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Of each query (Q, K), the `depth` rows of `corpus` (D, K) with the largest inner product.

    Places and scores, best first; ties go to the later row, as `ranking.first` has them.
    """
    none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
    found = [none] * len(queries)
    for start in range(0, len(corpus), block):
        scores = queries @ corpus[start : start + block].T
        found = [
            _best(places, kept, start, row, depth)
            for (places, kept), row in zip(found, scores, strict=True)
        ]
    return found


def _best(
    places: NDArray[np.int64],
    kept: NDArray[np.float32],
    start: int,
    row: NDArray[np.float32],
    depth: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    new = np.arange(len(row))
    if len(row) > depth:
        # All that tie with the last one stay in, since which of them is kept is a matter of order.
        new = np.flatnonzero(row >= np.partition(row, len(row) - depth)[len(row) - depth])
    places = np.concatenate([places, new + start])
    scores = np.concatenate([kept, row[new]])
    order = np.lexsort((-places, -scores))[:depth]
    return places[order], scores[order]
