"""The candidates of a reranker: what its first stage found, in the order that it gets to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchsuite.condition import generator
from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData
from benchsuite.model import Model, State

from ..conditions import FIELD, Kind, asked_order
from ..formats import in_trec_order
from .partition import check_finite
from .ranking import Corpus, corpus_of, texts_of


@dataclass(frozen=True)
class Candidates:
    """Documents in the order that a reranker sees, and the score that each had in the first stage.

    `retrieved` has the same documents in the first stage's order, added ones last. `key` names the
    order: what is random in a model depends on it, so on the query and the condition alone.
    `repeat` names the repeat where the same order is asked again; else it is empty.
    """

    shown: tuple[str, ...]
    scores: Mapping[str, float]
    key: str
    repeat: str = ""

    @property
    def retrieved(self) -> tuple[str, ...]:
        """The documents as the first stage ranks them."""
        return tuple(document for document, _ in in_trec_order(self.scores))


def candidates(stage: Model, state: State, inputs: Sequence[Inputs]) -> list[Candidates]:
    """The candidates of each input, by the first stage.

    Raises BadData for one that the corpus lacks, as a run file may have.
    """
    texts = texts_of(state.shared)
    rankings = _rankings(stage, state, inputs)
    for one, ranking in zip(inputs, rankings, strict=True):
        for document in ranking:
            if document not in texts:
                raise BadData(
                    f"model.first_stage: query '{one.id}': expected a document of the corpus, "
                    f"found '{document}'"
                )
    return [
        presented(one, ranking, corpus_of(state.shared, one.fields.get("split", "")))
        for one, ranking in zip(inputs, rankings, strict=True)
    ]


def _rankings(
    stage: Model, state: State, inputs: Sequence[Inputs]
) -> Sequence[Mapping[str, float]]:
    # Orders of the candidates leave the query as it is, and so do several rerankers of one stage.
    fingerprint = stage.fingerprint
    keys = [_asked(fingerprint, state, one) for one in inputs]
    if any(key not in _known for key in keys):
        while len(_known) > _REMEMBERED:
            del _known[next(iter(_known))]
        found = stage.predict(state, inputs)
        for one, ranking in zip(inputs, found, strict=True):
            check_finite(one.id, ranking)
        _known.update(zip(keys, found, strict=True))
    return [_known[key] for key in keys]


_known: dict[str, Mapping[str, float]] = {}
_REMEMBERED = 4096


def _asked(stage: str, state: State, one: Inputs) -> str:
    fields = {name: value for name, value in one.fields.items() if name != FIELD}
    corpus = corpus_of(state.shared, one.fields.get("split", "")).digest
    return digest([stage, corpus, state.seed, one.id, fields])


def presented(one: Inputs, ranking: Mapping[str, float], corpus: Corpus) -> Candidates:
    """The ranking of one input in the order that its `candidates` asks for."""
    asked = asked_order(one.fields.get(FIELD))
    order = [document for document, _ in in_trec_order(ranking)]
    scores = dict(ranking)
    if asked.kind is Kind.INJECTED:
        added = _added(corpus, {*order, *one.fields["excluded"]}, asked.added, asked.key)
        lowest = min(scores.values(), default=0.0)
        scores |= dict.fromkeys(added, lowest - 1.0)
        order = _mixed(order, added, asked.key)
    if asked.kind is Kind.REVERSED:
        order = order[::-1]
    if asked.kind is Kind.SHUFFLED:
        order = [order[i] for i in generator("shuffled", asked.key).permutation(len(order))]
    key = f"{one.id}/{asked.name}"
    return Candidates(tuple(order), scores, key, key if asked.kind is Kind.REPEATED else "")


def _added(corpus: Corpus, known: set[str], number: int, key: str) -> list[str]:
    # The truth is not known here: some of the added documents may be relevant.
    others = [document for document in corpus.ids if document not in known]
    picked = generator("injected", key).permutation(len(others))[:number]
    return [others[i] for i in picked]


def _mixed(order: list[str], added: list[str], key: str) -> list[str]:
    places = generator("mixed", key).integers(len(order) + 1, size=len(added))
    for place, document in sorted(zip(places.tolist(), added, strict=True), reverse=True):
        order = [*order[:place], document, *order[place:]]
    return order
