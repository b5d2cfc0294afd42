"""all-MiniLM-L6-v2, as a retriever, or as a reranker of BM25's first documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall
from benchsuite.learning.sentences import BACKBONE, SHA256, encode
from benchsuite.model import Arrays, PreparesOn, State

from .bm25 import BM25
from .candidates import Candidates, candidates
from .ranking import corpus_of
from .search import retrieved


@dataclass(frozen=True)
class MiniLM:
    """The cosine of the embeddings of query and document, as float32.

    first_stage: none to rank the whole corpus, `bm25` to rank its first `depth` documents alone.
    bits: the damaged model. Every coordinate is rounded to this many bits; see `rounded`.
    source: where the weights come from: `package`, `hub`, or `auto` (the package if installed).
    retrieved: documents that the retriever ranks.
    batch_size, max_length: texts a forward pass, and tokens of a text (the rest is cut off).
    """

    name: str = "minilm"
    first_stage: str | None = None
    depth: int = 100
    bits: int | None = None
    source: str = "auto"
    batch_size: int = 32
    max_length: int = 256
    retrieved: int = 1000

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        if self.first_stage not in (None, "bm25"):
            raise WrongCall(f"model.first_stage: expected null or bm25, found '{self.first_stage}'")
        if self.bits is not None and not 1 <= self.bits <= 16:
            raise WrongCall(f"model.bits: expected null or 1 to 16, found {self.bits}")

    @property
    def fingerprint(self) -> str:
        """Covers weights, tokenizer and configuration; not the place they come from."""
        stage = self._first.fingerprint if self.first_stage else ""
        return digest([self.prepare_fingerprint, stage, self.retrieved])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers what the embedded corpus depends on: retriever and reranker share it."""
        return digest([SHA256, self.bits, self.batch_size, self.max_length])

    @property
    def _first(self) -> BM25:
        return BM25(depth=self.depth)

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        depth = {"depth": str(self.depth)} if self.first_stage else {}
        return {"first_stage": self.first_stage or "none", **depth, "backbone": BACKBONE}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """`corpus`: embeddings (D, 384) float32, in the order of the sorted ids."""
        vectors = self._encode(corpus_of(state.shared).texts)
        return {"corpus": rounded(vectors, self.bits, _largest(vectors))}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings for each input's `query`, without its `excluded` documents."""
        queries = self.embedded(state, inputs)
        if self.first_stage is None:
            return [
                retrieved(state, state.arrays["corpus"], query, one, self.retrieved)
                for query, one in zip(queries, inputs, strict=True)
            ]
        found = candidates(self._first, state, inputs)
        return [self._rescored(state, *row) for row in zip(queries, inputs, found, strict=True)]

    def embedded(self, state: State, inputs: Sequence[Inputs]) -> NDArray[np.float32]:
        """Embeddings (N, 384) of the inputs' queries."""
        vectors = self._encode([row.fields["query"] for row in inputs])
        # Rounding keeps the largest coordinate, so that the grid can be had from the artefact.
        return rounded(vectors, self.bits, _largest(state.arrays["corpus"]))

    def _rescored(
        self, state: State, query: NDArray[np.float32], one: Inputs, found: Candidates
    ) -> dict[str, float]:
        corpus = corpus_of(state.shared, one.fields.get("split", ""))
        vectors = state.arrays["corpus"][corpus.rows]
        scores = (query[None] @ vectors.T)[0]
        return {document: float(scores[corpus.place(document)]) for document in found.shown}

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return encode(texts, self.source, self.batch_size, self.max_length)


def _largest(vectors: NDArray[np.float32]) -> float:
    return float(np.abs(vectors).max(initial=0.0))


def rounded(vectors: NDArray[np.float32], bits: int | None, largest: float) -> NDArray[np.float32]:
    """Each coordinate as the nearest of 2**bits levels, evenly spaced over ±`largest`.

    Coordinates beyond are clipped. Without `bits`, or a positive `largest`, nothing is rounded.
    """
    if bits is None or largest <= 0:
        return vectors
    step = 2 * largest / (2**bits - 1)
    levels = np.rint((np.clip(vectors, -largest, largest) + largest) / step)
    return np.asarray(levels * step - largest, dtype=np.float32)
