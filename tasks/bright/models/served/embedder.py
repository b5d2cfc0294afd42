"""An embedder behind a server: `/v1/embeddings`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Call, Served, more_of
from benchsuite.errors import BadData
from benchsuite.learning.vectors import of_unit_length
from benchsuite.model import Arrays, PreparesOn, State

from ..embedding import nearest_documents
from ..ranking import corpus_of
from ..settings import at_least_one, one_of
from .rows import Vectors, estimated_tokens, parts, read_vectors

ARRAY = "embeddings"
"""The name of the embedded corpus."""


@dataclass(frozen=True)
class ServedEmbedder(Served):
    """The inner product of a server's embeddings of query and document, as float32.

    served: the model's name there.   url: up to `/v1`.
    query_prefix, document_prefix: instructions that stand before every text.
    query_extra, document_extra: more of a request's body, for queries and for documents alone:
    `{input_type: query}`.
    normalised: whether embeddings are brought to unit length, so that it is the cosine.
    encoding: `float`, or `base64`, which is shorter.   depth: documents ranked, at most.
    batch_size: texts a request.   max_length: tokens of a text, where the server cuts longer ones
    (vLLM's `truncate_prompt_tokens`).   concurrency: requests side by side.
    The other settings are those of `benchsuite.endpoint.Served`.
    """

    name: str = "embeddings-endpoint"
    served: str = "default"
    url: str = "http://127.0.0.1:8000/v1"
    query_prefix: str = ""
    document_prefix: str = ""
    query_extra: Mapping[str, Any] | str | None = None
    document_extra: Mapping[str, Any] | str | None = None
    normalised: bool = True
    encoding: str = "float"
    depth: int = 1000
    batch_size: int = 32
    max_length: int | None = None

    prepares_on: ClassVar[PreparesOn] = "dataset"
    adopts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        one_of(self, "encoding", ("float", "base64"))
        at_least_one(self, "depth", "batch_size")
        if self.max_length is not None:
            at_least_one(self, "max_length")
        self.check()
        for key in ("query_extra", "document_extra"):
            more_of(key, getattr(self, key))

    @property
    def path(self) -> str:
        """What is asked of the server."""
        return "embeddings"

    @property
    def fingerprint(self) -> str:
        """Covers what is asked of whom, and the configuration."""
        own = [self.query_prefix, self._of_queries, self.depth]
        return digest([self.prepare_fingerprint, *own])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers what the embedded corpus depends on."""
        own = [self.document_prefix, self._of_documents, self.normalised, self.max_length]
        return digest(["served-embedder", self.who, self.served, self.batch_size, *own])

    @property
    def _of_queries(self) -> dict[str, Any]:
        return more_of("query_extra", self.query_extra)

    @property
    def _of_documents(self) -> dict[str, Any]:
        return more_of("document_extra", self.document_extra)

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": self.served, **self.stated}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """`embeddings`: (D, K) float32, in the order of the sorted ids."""
        texts = corpus_of(state.shared).texts
        return {ARRAY: self._encoded(texts, self.document_prefix, self._of_documents)}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings for each input's `query`, without its `excluded` documents."""
        encode = partial(self._encoded, prefix=self.query_prefix, more=self._of_queries)
        return nearest_documents(state, state.arrays[ARRAY], inputs, encode, self.depth)

    def _encoded(
        self, texts: Sequence[str], prefix: str, more: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        """(N, K); of unit length where `normalised`, but for a vector of zeros."""
        ask = partial(self._embedded, self.endpoint.call, more)
        # Many servers refuse a text without a character.
        asked = parts([prefix + text or " " for text in texts], self.batch_size)
        with ThreadPoolExecutor(self.concurrency) as pool:
            found = [one.rows for one in pool.map(ask, asked)]
        lengths = {rows.shape[1] for rows in found}
        if len(lengths) > 1:
            raise BadData(f"{self.url}: expected embeddings of one length, found {sorted(lengths)}")
        vectors = np.concatenate(found) if found else np.zeros((0, 0), dtype=np.float32)
        return of_unit_length(vectors) if self.normalised else vectors

    def _embedded(
        self, call: Callable[[Call[Vectors]], Vectors], more: Mapping[str, Any], texts: list[str]
    ) -> Vectors:
        cut = {"truncate_prompt_tokens": self.max_length} if self.max_length else {}
        body = {
            "model": self.served, "input": texts, "encoding_format": self.encoding, **cut,
            **self.more, **more,
        }  # fmt: skip
        read = partial(read_vectors, number=len(texts))
        return call(Call(self.path, body, Vectors, read, estimated_tokens(texts)))
