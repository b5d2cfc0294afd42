"""An encoder of a person's own: sentence-transformers' convention, or mteb's protocol."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall
from benchsuite.learning.inference import device_of, in_use
from benchsuite.learning.vectors import of_unit_length, vectors_of
from benchsuite.model import Arrays, PreparesOn, State

from ..embedding import BLOCK, embedded_corpus, nearest_documents
from ..settings import at_least_one
from .calls import Extra, Method, called, check_extra, method_of, parameters, taken
from .documents import BEIR, check_documents, in_beir
from .mteb import Role, is_of_one, loader, words_of_one, words_of_two

ARRAY = "own"
"""The name of the embedded corpus."""
METHODS = {
    Role.QUERY: ("encode_query", "encode_queries", "encode"),
    Role.DOCUMENT: ("encode_document", "encode_corpus", "encode"),
}
"""The methods of an encoder: those of sentence-transformers, BEIR's, and the one for both."""
NORMALISED = {"cosine": True, "dot": False}
"""The similarities that a search can have."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """The inner product of an encoder's embeddings of query and document, as float32.

    object: has `encode(texts) -> (N, K)`. Queries and documents go to methods of their own where it
    has them, see METHODS. mteb's `encode(inputs, task_metadata=...)` is called so.
    own: the object's fingerprint.   mteb: whether it is called as mteb 2 does.
    query_prefix, document_prefix: the `prompt` of a method that takes one, in place of its own;
    for others they stand before every text.
    query_extra, document_extra: more keyword arguments: `{"prompt_name": "query"}`.
    normalised: whether embeddings are brought to unit length; by default as the object's
    `similarity_fn_name` says, and they are where it says nothing.
    documents: what a document is, `text` or `beir`; by default BEIR's for an object that has
    `encode_corpus` and no `encode`.
    depth: documents ranked, at most.   batch_size: texts of a call, or what `batch_size` gets.
    """

    object: Any
    name: str
    own: str
    mteb: bool = False
    query_prefix: str | None = None
    document_prefix: str | None = None
    query_extra: Extra | None = None
    document_extra: Extra | None = None
    normalised: bool | None = None
    documents: str | None = None
    depth: int = 1000
    batch_size: int = 32

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        at_least_one(self, "depth", "batch_size")
        check_documents(self)
        for role in Role:
            check_extra(f"{role}_extra", self._method(role), self._extra(role))
        _ = self.of_unit_length

    @property
    def fingerprint(self) -> str:
        """Covers the object and the options."""
        queries = [self.query_prefix, self._extra(Role.QUERY), self.depth]
        return digest([self.prepare_fingerprint, *queries])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers what the embedded corpus depends on."""
        documents = [self.document_prefix, self._extra(Role.DOCUMENT), self._as_beir]
        options = [self.mteb, self.of_unit_length, self.batch_size]
        return digest(["own encoder", self.own, *documents, *options])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": called(self.object)}

    @property
    def device(self) -> str:
        """The device of the object's weights."""
        return device_of(self.object)

    @property
    def of_unit_length(self) -> bool:
        """Whether embeddings are of unit length, so that their inner product is the cosine.

        Raises WrongCall for an object with another similarity, where `normalised` says nothing.
        """
        if self.normalised is not None:
            return self.normalised
        meta = getattr(self.object, "mteb_model_meta", self.object)
        similarity = getattr(meta, "similarity_fn_name", None) or "cosine"
        if (found := str(getattr(similarity, "value", similarity))) not in NORMALISED:
            raise WrongCall(
                f"model.normalised: expected a similarity of {' or '.join(NORMALISED)}, found "
                f"'{found}' of the object; say true for the cosine, false for the inner product"
            )
        return NORMALISED[found]

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """`own`: embeddings (D, K) float32, in the order of the sorted ids."""
        with in_use(self.object):
            method = self._method(Role.DOCUMENT)
            whole = self.mteb or "batch_size" in parameters(method)
            block = BLOCK if whole else self.batch_size
            encode = partial(self._encoded, f"model {self.name}, documents", Role.DOCUMENT)
            return {ARRAY: embedded_corpus(state, encode, block)}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings for each input's `query`, without its `excluded` documents."""
        with in_use(self.object):
            where = f"model {self.name}, queries from '{inputs[0].id}'"
            encode = partial(self._encoded, where, Role.QUERY)
            return nearest_documents(state, state.arrays[ARRAY], inputs, encode, self.depth)

    def _encoded(self, where: str, role: Role, texts: Sequence[str]) -> NDArray[np.float32]:
        method, prefix, given = self._method(role), self._prefix(role), list(texts)
        as_keyword = "prompt" in parameters(method)
        if prefix and not as_keyword:
            given = [prefix + text for text in given]
        asked: Any = in_beir(given) if role is Role.DOCUMENT and self._as_beir else given
        if self.mteb:
            words = words_of_two(method, role, self.batch_size)
            asked = loader(given, role, self.batch_size)
        elif is_of_one(method):
            words = words_of_one(method, role, self.batch_size)
        else:
            words = taken(
                method, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True,
                normalize_embeddings=self.of_unit_length,
            )  # fmt: skip
        prompt = {"prompt": prefix} if as_keyword and prefix is not None else {}
        found = method(asked, **{**words, **prompt, **self._extra(role)})
        vectors = vectors_of(where, found, len(texts))
        done = "normalize_embeddings" in words
        return of_unit_length(vectors) if self.of_unit_length and not done else vectors

    def _method(self, role: Role) -> Method:
        """The object's method for queries or documents, else the one for both, else itself."""
        return method_of(self.object, *METHODS[role])

    @property
    def _as_beir(self) -> bool:
        if self.documents is not None:
            return self.documents == BEIR
        return hasattr(self.object, "encode_corpus") and not hasattr(self.object, "encode")

    def _prefix(self, role: Role) -> str | None:
        found = self.query_prefix if role is Role.QUERY else self.document_prefix
        return None if found is None else str(found)  # a setting like 2 is a number

    def _extra(self, role: Role) -> Extra:
        return (self.query_extra if role is Role.QUERY else self.document_extra) or {}
