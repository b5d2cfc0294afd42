"""Partitions of a query's candidates into groups, and what the scores of several rounds make."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from benchsuite.condition import generator
from benchsuite.errors import BadData

from ..formats import in_trec_order


def rounds(shown: Sequence[str], size: int, number: int, key: str) -> Iterator[list[str]]:
    """The groups of `number` rounds, each a partition of `shown` into groups of at most `size`.

    The first round keeps the order that is shown; each further one shuffles it by `key`.
    """
    for turn in range(number):
        order = list(shown)
        if turn:
            order = [order[i] for i in generator("round", key, turn).permutation(len(order))]
        for start in range(0, len(order), size):
            yield order[start : start + size]


def merged(scored: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each document's scores over the groups that scored it."""
    found: dict[str, list[float]] = {}
    for scores in scored:
        for document, score in scores.items():
            found.setdefault(document, []).append(score)
    return {document: sum(scores) / len(scores) for document, scores in found.items()}


def order_of(
    scores: Mapping[str, float], first_stage: Mapping[str, float], query: str
) -> list[str]:
    """All documents of the first stage: by score, ties by the first stage's order.

    A document without a score stays at the rank that the first stage gave it, and those with one
    fill the other ranks: an unusable answer leaves the first stage's order, and none is lost.
    Raises BadData, which names the query, for a score that is not finite: ranks would hide it.
    """
    check_finite(query, scores)
    before = [document for document, _ in in_trec_order(first_stage)]
    place = {document: rank for rank, document in enumerate(before)}
    known = iter(sorted((d for d in before if d in scores), key=lambda d: (-scores[d], place[d])))
    return [next(known) if document in scores else document for document in before]


def check_finite(query: str, scores: Mapping[str, float]) -> None:
    """Raises BadData, with the query and the document, for a score that is not a finite number."""
    for document, score in scores.items():
        if not isfinite(score):
            raise BadData(
                f"query '{query}': document '{document}': expected a finite score, found {score}"
            )


def by_rank(order: Sequence[str]) -> dict[str, float]:
    """A ranking that keeps an order: the number of documents, less the rank from 0."""
    return {document: float(len(order) - rank) for rank, document in enumerate(order)}
