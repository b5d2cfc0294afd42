"""A search of a person's own: queries and a corpus in, rankings out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.inference import device_of, in_use
from benchsuite.model import State

from ...formats import in_trec_order
from ..ranking import Corpus, corpus_of, first_of, left_out
from ..settings import at_least_one
from .calls import Extra, Method, called, check_extra, method_of, parameters, taken
from .documents import BEIR, check_documents, in_beir
from .results import rankings_of


@dataclass(frozen=True, eq=False)
class Searcher:
    """An object's rankings of the corpus.

    object: has `search(queries, corpus)`, or is called so, with {query id: text} and
    {document id: text}, and returns {query id: {document id: score}}. Every call gets the same
    corpus, a dict, so that an index of it can be kept. `top_k` is given if it is taken.
    own: the object's fingerprint.
    documents: what a document is: its `text`, or BEIR's `{"title": "", "text": text}` (`beir`); by
    default BEIR's for an object that takes the corpus first, as BEIR's do.
    depth: documents ranked, at most.   extra: more keyword arguments: `{"score_function": "dot"}`.
    """

    object: Any
    name: str
    own: str
    documents: str | None = None
    depth: int = 1000
    extra: Extra | None = None

    def __post_init__(self) -> None:
        at_least_one(self, "depth")
        check_documents(self)
        check_extra("extra", self._method, self.extra or {})

    @property
    def fingerprint(self) -> str:
        """Covers the object and the options."""
        return digest(["own search", self.own, self._as_beir, self.depth, self.extra or {}])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": called(self.object)}

    @property
    def device(self) -> str:
        """The device of the object's weights."""
        return device_of(self.object)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings for each input's `query`, without its `excluded` documents."""
        asked: dict[Corpus, list[Inputs]] = {}
        for one in inputs:
            corpus = corpus_of(state.shared, one.fields.get("split", ""))
            asked.setdefault(corpus, []).append(one)
        with in_use(self.object):
            found = {k: v for corpus, own in asked.items() for k, v in self._found(corpus, own)}
        return [found[one.id] for one in inputs]

    def _found(
        self, corpus: Corpus, inputs: Sequence[Inputs]
    ) -> list[tuple[str, dict[str, float]]]:
        queries = {one.id: one.fields["query"] for one in inputs}
        out = [left_out(one.fields, corpus.ids) for one in inputs]
        most = self.depth + max(map(len, out))
        method, given = self._method, (queries, _documents(corpus, self._as_beir))
        named = dict(zip(("queries", "corpus"), given, strict=True))
        words = {**taken(method, top_k=most), **(self.extra or {})}
        by_name = named.keys() <= parameters(method).keys()
        result = method(**named, **words) if by_name else method(*given, **words)
        where = f"model {self.name}, queries from '{inputs[0].id}'"
        rankings = rankings_of(where, result, list(queries))
        return [
            (one.id, first_of(in_trec_order(ranking), self.depth, excluded))
            for one, ranking, excluded in zip(inputs, rankings, out, strict=True)
        ]

    @property
    def _method(self) -> Method:
        return method_of(self.object, "search")

    @property
    def _as_beir(self) -> bool:
        if self.documents is not None:
            return self.documents == BEIR
        return next(iter(parameters(self._method)), "") == "corpus"


@lru_cache(maxsize=12)
def _documents(corpus: Corpus, as_beir: bool) -> dict[str, Any]:
    documents = in_beir(corpus.texts) if as_beir else corpus.texts
    return dict(zip(corpus.ids, documents, strict=True))
