"""The candidates of a reranker: what its first stage found, in the order that it gets to see.

A condition may alter the order, or add documents, by the input `candidates`, which is one of
`retrieved`, `reversed`, `shuffled/KEY`, `repeated/KEY` and `injected/NUMBER/KEY`. Retrievers, which
have no candidates, are not altered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchsuite.condition import Alter, Condition, generator
from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData
from benchsuite.model import Model, State

from ..trec import in_trec_order
from .ranking import Corpus, corpus_of

FIELD = "candidates"
AS_RETRIEVED = "retrieved"
SHUFFLES = 5
"""Shuffles of an order, and repeats of one order: what order sensitivity is computed from."""
INJECTED = (5, 20)
"""Documents that are added to the candidates, by severity."""


@dataclass(frozen=True)
class Candidates:
    """Documents in the order that a reranker sees, and the score that each had in the first stage.

    `retrieved` has the same documents in the first stage's order, added ones last. `key` names the
    order, and whatever of the model is random: it depends on the query and on the condition alone.
    """

    shown: tuple[str, ...]
    scores: Mapping[str, float]
    key: str

    @property
    def retrieved(self) -> tuple[str, ...]:
        """The documents as the first stage ranks them."""
        return tuple(document for document, _ in in_trec_order(self.scores))


def candidates(stage: Model, state: State, inputs: Sequence[Inputs]) -> list[Candidates]:
    """The candidates of each input, by the first stage.

    Raises BadData for one that the corpus lacks, as a run file may have.
    """
    rankings = _rankings(stage, state, inputs)
    for one, ranking in zip(inputs, rankings, strict=True):
        for document in ranking:
            if document not in state.shared["corpus"]:
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
        _known.update(zip(keys, stage.predict(state, inputs), strict=True))
    return [_known[key] for key in keys]


_known: dict[str, Mapping[str, float]] = {}
_REMEMBERED = 4096


def _asked(stage: str, state: State, one: Inputs) -> str:
    fields = {name: value for name, value in one.fields.items() if name != FIELD}
    corpus = corpus_of(state.shared, one.fields.get("split", "")).digest
    return digest([stage, corpus, state.seed, one.id, fields])


def presented(one: Inputs, ranking: Mapping[str, float], corpus: Corpus) -> Candidates:
    """The ranking of one input as its `candidates` says."""
    kind, _, rest = str(one.fields.get(FIELD, AS_RETRIEVED)).partition("/")
    order = [document for document, _ in in_trec_order(ranking)]
    scores = dict(ranking)
    if kind == "injected":
        number, _, key = rest.partition("/")
        added = _added(corpus, {*order, *one.fields["excluded"]}, int(number), key)
        lowest = min(scores.values(), default=0.0)
        scores |= dict.fromkeys(added, lowest - 1.0)
        order = _mixed(order, added, key)
    if kind == "reversed":
        order = order[::-1]
    if kind == "shuffled":
        order = [order[i] for i in generator("shuffled", rest).permutation(len(order))]
    return Candidates(tuple(order), scores, f"{one.id}/{kind}/{rest}")


def _added(corpus: Corpus, known: set[str], number: int, key: str) -> list[str]:
    # Which are relevant nobody may know here: about number / D of them are, as everywhere else.
    others = [document for document in corpus.ids if document not in known]
    picked = generator("injected", key).permutation(len(others))[:number]
    return [others[i] for i in picked]


def _mixed(order: list[str], added: list[str], key: str) -> list[str]:
    places = generator("mixed", key).integers(len(order) + 1, size=len(added))
    for place, document in sorted(zip(places.tolist(), added, strict=True), reverse=True):
        order = [*order[:place], document, *order[place:]]
    return order


def _key(random: np.random.Generator) -> str:
    return f"{random.integers(2**63):016x}"


def _reversed(_: str, severity: int, random: np.random.Generator) -> str:
    return "reversed"


def _shuffled(_: str, severity: int, random: np.random.Generator) -> str:
    return f"shuffled/{_key(random)}"


def _repeated(_: str, severity: int, random: np.random.Generator) -> str:
    return f"repeated/{_key(random)}"


def _injected(_: str, severity: int, random: np.random.Generator) -> str:
    return f"injected/{INJECTED[severity - 1]}/{_key(random)}"


def conditions() -> tuple[Condition, ...]:
    """Orders of the candidates, repeats of one order, and documents added to them.

    The number of a shuffle or repeat is no severity: each is another draw of the same.
    """
    repeats = range(1, SHUFFLES + 1)
    return (
        _condition("order", "reversed", 0, _reversed, "last candidate first"),
        *(_condition("order", "shuffled", n, _shuffled, f"shuffle {n}") for n in repeats),
        *(
            _condition("repeat", "order", n, _repeated, f"asked again, time {n}, as retrieved")
            for n in repeats
        ),
        *(
            _condition("candidates", "injected", s, _injected, f"{n} random documents added")
            for s, n in enumerate(INJECTED, start=1)
        ),
    )


def _condition(kind: str, name: str, severity: int, alter: Alter, summary: str) -> Condition:
    return Condition(kind, name, severity, kind, FIELD, alter, summary, adds=True)
