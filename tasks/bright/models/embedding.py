"""The embeddings of a corpus and of queries: made block by block, checked, and searched."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.model import State

from .ranking import corpus_of
from .search import retrieved

BLOCK = 8192
"""Texts that are embedded at a time, so that no embedding is held twice."""

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts -> their vectors (N, K)."""


def embedded_corpus(state: State, encode: Encode, block: int = 0) -> NDArray[np.float32]:
    """Embeddings (D, K) of all documents of the dataset, in the order of the sorted ids.

    block: texts that `encode` gets at a time; BLOCK by default.
    Raises BadData, which names the document, for one that is not finite.
    """
    corpus = corpus_of(state.shared)
    vectors = _embedded(corpus.texts, encode, block or BLOCK)
    for place in np.flatnonzero(~np.isfinite(vectors.sum(axis=1)))[:1]:
        raise BadData(f"document '{corpus.ids[place]}': expected a finite embedding")
    return vectors


def _embedded(texts: Sequence[str], encode: Encode, block: int) -> NDArray[np.float32]:
    vectors = np.zeros((len(texts), 0), dtype=np.float32)
    for start in range(0, len(texts), block):
        found = encode(texts[start : start + block])
        if not start:
            vectors = np.empty((len(texts), found.shape[1]), dtype=np.float32)
        vectors[start : start + block] = found
    return vectors


def nearest_documents(
    state: State, corpus: NDArray[np.float32], inputs: Sequence[Inputs], encode: Encode, depth: int
) -> list[dict[str, float]]:
    """The `depth` documents of `corpus` (D, K) nearest to each input's `query`, see `retrieved`.

    Raises BadData where queries and documents have vectors of another length.
    """
    queries = encode([one.fields["query"] for one in inputs])
    if queries.shape[1] != corpus.shape[1]:
        raise BadData(
            f"expected embeddings of length {corpus.shape[1]}, as those of the documents, "
            f"found {queries.shape[1]}"
        )
    return [
        retrieved(state, corpus, query, one, depth)
        for query, one in zip(queries, inputs, strict=True)
    ]
