"""A reranker of a person's own: `rerank(query, documents)`, or a cross-encoder of pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.inference import device_of, in_use
from benchsuite.learning.leaves import is_of
from benchsuite.model import State, fingerprint

from ..candidates import Candidates
from ..crossencoder import Pair, by_pair, check_one_score, logits
from ..settings import at_least_one
from ..stages import Settings, Staged
from .calls import Extra, Method, called, check_extra, method_of, taken
from .mteb import Role, loader, words_of_two
from .results import scores_of

METHODS = {False: ("rerank", "rank"), True: ("predict", "compute_score")}
"""The methods of an object that gets a query and documents, and of one that gets pairs."""


@dataclass(frozen=True, eq=False)
class Reranker(Staged):
    """An object's scores of the candidates of a first stage, for each query by itself.

    object: has `rerank(query, documents) -> scores`, or is called so: with texts, in the order that
    the condition asks for. With `pairs`, it has `predict(pairs) -> scores`, as cross-encoders of
    sentence-transformers do, or `compute_score(pairs)`, as rerankers of FlagEmbedding, and the
    order does not matter.
    own: the object's fingerprint.   mteb: whether `predict` is called as mteb 2 does.
    first_stage, depth, run, dense: what is ranked, see `stages`.
    batch_size: pairs of a forward pass, for an object that takes it.
    extra: more keyword arguments of each call.
    """

    object: Any
    name: str
    own: str
    pairs: bool = False
    mteb: bool = False
    first_stage: str = "bm25"
    depth: int = 100
    run: str | None = None
    dense: Settings | None = None
    batch_size: int = 32
    extra: Extra | None = None

    def __post_init__(self) -> None:
        at_least_one(self, "depth", "batch_size")
        check_extra("extra", self._method, self._more)
        if self._is_known:
            check_one_score(f"model {self.name}", self.object)

    @property
    def fingerprint(self) -> str:
        """Covers the object, the first stage and the options."""
        options = [self.pairs, self.mteb, self.batch_size, self._more]
        return digest(["own reranker", self.own, *options, fingerprint(self.stage)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "first_stage": self.first_stage,
            "depth": str(self.depth),
            "backbone": called(self.object),
            **({"paradigm": "pointwise"} if self.pairs else {}),
        }

    @property
    def device(self) -> str:
        """The device of the object's weights."""
        return device_of(self.object)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them; ties go by the first stage."""
        texts = state.shared["corpus"]
        by_list = partial(self._of_list, texts)
        scores = partial(by_pair, self._of_pairs, texts) if self.pairs else by_list
        with in_use(self.object):
            return self.reranked(state, inputs, scores)

    def _of_list(self, texts: Mapping[str, str], query: str, found: Candidates) -> dict[str, float]:
        if not found.shown:
            return {}
        documents = [texts[document] for document in found.shown]
        given = self._method(query, documents, **self._words)
        return dict(zip(found.shown, scores_of(given, len(documents)), strict=True))

    def _of_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        if self._is_known:
            return logits(self.object, pairs, batch_size=self.batch_size, **self._more)
        if not self.mteb:
            return scores_of(self._method(list(pairs), **self._words), len(pairs))
        words = {**words_of_two(self._method, None, self.batch_size), **self._more}
        queries, documents = (
            loader([pair[side] for pair in pairs], role, self.batch_size)
            for side, role in enumerate((Role.QUERY, Role.DOCUMENT))
        )
        return scores_of(self._method(queries, documents, **words), len(pairs))

    @property
    def _words(self) -> dict[str, Any]:
        offered = {"batch_size": self.batch_size, "show_progress_bar": False}
        return {**taken(self._method, **offered), **self._more}

    @property
    def _more(self) -> Extra:
        return self.extra or {}

    @property
    def _method(self) -> Method:
        return method_of(self.object, *METHODS[self.pairs])

    @property
    def _is_known(self) -> bool:
        return self.pairs and is_of(self.object, "sentence_transformers", "CrossEncoder")
