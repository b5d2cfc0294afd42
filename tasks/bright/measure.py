"""From a query and its ranking to one row of statistics, as trec_eval scores it.

A sample is a query. Its inputs are `query` (text), `excluded` (ids that are not to be ranked), and
for some datasets its `split` and `pool`; conditions may add `candidates`, their order. Its truth is
{document id: grade}, or has aspects beside. A prediction is {document id: score}, higher is
better, or a list of both. A dataset shares its corpus, {document id: text}, if it has one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import BadData

from .datasets.collection import Faceted, grades_of
from .formats import GIVEN, TIES, Listed, trec_order, unknown
from .metrics import ANSWERED, ASPECT_RECALLS, LEFT_OUT, MEASURES, POOL, UNANSWERED

Ranking: TypeAlias = Mapping[str, float]
Scores: TypeAlias = NDArray[np.float32]

DEPTH = 1000
"""Documents of a ranking that are scored, after the excluded ones are taken out, as in BRIGHT."""


def measure(
    sample: Sample, prediction: Ranking | Listed, shared: Mapping[str, Any]
) -> dict[str, Any]:
    """The statistics of a query: the measures in [0, 1], and the documents that they score.

    A language model's ranking brings what it cost: requests, tokens, and answers by their state.

    The order is trec_eval's: by score as float32, descending, and tied documents by id, descending,
    unless the dataset leaves them as they are given.
    An empty ranking scores 0 and is not `answered`, where the dataset asks for that; a query for
    which nothing is relevant scores 0. A grade below 0 is worth 0.
    Raises BadData where a score is not a finite number, or a document is neither in the corpus nor
    judged.
    """
    ranking = prediction.ranking if isinstance(prediction, Listed) else prediction
    documents, scores = _ranked(sample, ranking, shared)
    relevant = {document: grade for document, grade in grades_of(sample).items() if grade > 0}
    found = _found(relevant, ranking, documents, scores)
    return {
        **_measures(list(relevant.values()), found),
        **_aspect_recalls(sample, documents),
        "docs": documents,
        "scores": scores.tolist(),
        **({ANSWERED: float(bool(documents))} if shared.get(UNANSWERED) == LEFT_OUT else {}),
        **getattr(prediction, "cost", {}),
    }


def perfect(sample: Sample, shared: Mapping[str, Any]) -> Ranking:
    """The relevant documents that can be ranked, by grade: of the corpus or pool, not excluded."""
    truth = grades_of(sample)
    known = sample.inputs.get(POOL) or shared.get("corpus", truth)
    return {document: grade for document, grade in truth.items() if grade > 0 and document in known}


def _checked(sample: Sample, prediction: Ranking, shared: Mapping[str, Any]) -> Scores:
    """The scores as trec_eval reads them, in the prediction's order."""
    if other := unknown(sample, prediction, shared):
        raise BadData(f"query '{sample.id}': expected documents of the corpus, found '{other}'")
    with np.errstate(over="ignore"):
        scores = np.array(list(prediction.values()), dtype=np.float32)
    if not np.isfinite(scores).all():
        document = list(prediction)[int(np.argmin(np.isfinite(scores)))]
        raise BadData(
            f"query '{sample.id}': document '{document}': expected a finite float32 score, "
            f"found {prediction[document]}"
        )
    return scores


def _ranked(
    sample: Sample, ranking: Ranking, shared: Mapping[str, Any]
) -> tuple[list[str], Scores]:
    """The documents that count and their scores, in the order in which they count."""
    documents, scores = list(ranking), _checked(sample, ranking, shared)
    if excluded := {d for d in sample.inputs["excluded"] if d in ranking}:
        kept = [place for place, document in enumerate(documents) if document not in excluded]
        documents, scores = [documents[place] for place in kept], scores[kept]
    given = shared.get(TIES) == GIVEN
    order = np.argsort(-scores, kind="stable") if given else trec_order(documents, scores)
    order = order[:DEPTH]
    return [documents[place] for place in order.tolist()], scores[order]


def _found(
    relevant: Mapping[str, int], ranking: Ranking, documents: Sequence[str], scores: Scores
) -> list[tuple[int, int]]:
    """Rank and grade of the relevant documents among those that count, by rank."""
    # Few places have the score of a relevant one: to look at all ids takes as long as to rank them.
    theirs = np.array([ranking[d] for d in relevant if d in ranking], dtype=np.float32)
    places = np.flatnonzero(np.isin(scores, theirs)).tolist()
    ids = [(place + 1, documents[place]) for place in places]
    return [(rank, relevant[document]) for rank, document in ids if document in relevant]


def _measures(relevant: Sequence[int], found: Sequence[tuple[int, int]]) -> dict[str, float]:
    """trec_eval's measures from the grades that are relevant, and the ranks and grades found."""
    if not found:
        return dict.fromkeys(MEASURES, 0.0)
    ideal = enumerate(sorted(relevant, reverse=True)[:10], start=1)
    ranks = [rank for rank, _ in found]
    return {
        "ndcg@10": _gain(pair for pair in found if pair[0] <= 10) / _gain(ideal),
        "map": _total(n / rank for n, rank in enumerate(ranks, start=1)) / len(relevant),
        "recall@10": sum(rank <= 10 for rank in ranks) / len(relevant),
        "recall@100": sum(rank <= 100 for rank in ranks) / len(relevant),
        "mrr": 1 / ranks[0],
    }


def _aspect_recalls(sample: Sample, documents: Sequence[str]) -> dict[str, float]:
    """The share of the aspects' weight that the first documents cover; nothing without aspects.

    A-Recall@k of BRIGHT-Pro (Zhao et al., arXiv 2605.04018, eq. 5).
    """
    if not isinstance(sample.truth, Faceted):
        return {}
    aspects = sample.truth.aspects
    whole = _total(aspect.weight for aspect in aspects)
    return {
        name: _total(a.weight for a in aspects if not {*documents[:k]}.isdisjoint(a.documents))
        / whole
        for name, k in ASPECT_RECALLS.items()
    }


def _gain(ranked: Iterable[tuple[int, int]]) -> float:
    """The discounted gain of (rank, grade): linear in the grade."""
    return _total(grade / math.log2(rank + 1) for rank, grade in ranked)


def _total(terms: Iterable[float]) -> float:
    """The sum, added as trec_eval adds: from Python 3.12 on, `sum` rounds otherwise."""
    total = 0.0
    for term in terms:
        total += term
    return total
