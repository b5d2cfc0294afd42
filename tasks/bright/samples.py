"""From judged queries to samples: what a model sees of a query, and the groups that it is in."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchsuite.dataset import Inputs, Sample
from benchsuite.model import State

from .collection import Query
from .models.bm25 import BM25
from .models.candidates import AS_RETRIEVED, FIELD
from .trec import in_trec_order

RANKS = {"1": 1, "2-10": 10}
"""Groups of the rank of the first relevant document under BM25, by the last rank in each."""
BEYOND = "beyond 10"


@dataclass(frozen=True)
class Judged:
    """A query with its judgements: {document id: grade}, and attributes beside the usual ones."""

    query: Query
    truth: Mapping[str, int]
    attributes: tuple[tuple[str, str], ...] = ()


def samples(name: str, judged: Mapping[str, Judged], told: bool = False) -> list[Sample]:
    """A sample of each query. Those without a split are of one that is called as the dataset.

    Where models are told the split, it is an input, as is the order of candidates.
    """
    splits = {key: row.query.split or name for key, row in judged.items()}
    lengths = query_lengths({key: row.query.text for key, row in judged.items()}, splits)
    return [
        Sample(
            id=key,
            inputs={
                "query": row.query.text,
                "excluded": row.query.excluded,
                **({"split": splits[key], FIELD: AS_RETRIEVED} if told else {}),
            },
            truth=dict(row.truth),
            attributes={
                "split": splits[key],
                "query_length": lengths[key],
                **dict(row.attributes),
            },
        )
        for key, row in judged.items()
    ]


def query_lengths(texts: Mapping[str, str], splits: Mapping[str, str]) -> dict[str, str]:
    """`short`, `medium` or `long`: thirds of each split's queries, by words."""
    # Of each split: else a split of long queries would have no short ones, and a mean over splits
    # of the short ones would be one over other splits.
    members: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        members.setdefault(splits[key], {})[key] = text
    return {key: third for part in members.values() for key, third in thirds(part).items()}


def thirds(texts: Mapping[str, str]) -> dict[str, str]:
    """Thirds by words. Queries of equal length are in one group, so that the sizes may differ."""
    counts = {key: len(text.split()) for key, text in texts.items()}
    ordered = sorted(counts.values())
    short, medium = (ordered[max(len(ordered) * k // 3 - 1, 0)] if ordered else 0 for k in (1, 2))
    return {
        key: "short" if count <= short else "medium" if count <= medium else "long"
        for key, count in counts.items()
    }


def relevant_number(truth: Mapping[str, int]) -> str:
    """The number of relevant documents: `1`, `2-4`, or `5 and more`."""
    number = sum(grade > 0 for grade in truth.values())
    return "1" if number <= 1 else "2-4" if number <= 4 else "5 and more"


def bm25_rank(query: Query, truth: Mapping[str, int], shared: Mapping[str, object]) -> str:
    """Where BM25 ranks the first relevant document: how far the words of the answer lead.

    A property of the query, since it is always BM25's default on the clean query.
    """
    fields = {"query": query.text, "excluded": query.excluded, "split": query.split}
    (ranking,) = BM25().predict(State(shared), [Inputs("", fields)])
    relevant = {document for document, grade in truth.items() if grade > 0}
    for rank, (document, _) in enumerate(in_trec_order(ranking), start=1):
        if document in relevant:
            return next((name for name, last in RANKS.items() if rank <= last), BEYOND)
    return BEYOND
