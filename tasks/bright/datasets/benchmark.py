"""What published benchmarks share: their parts, the check of their judgements, and their groups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchsuite.dataset import Dataset, Inputs
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.model import State

from ..formats import in_trec_order
from ..models.bm25 import BM25
from .collection import Query
from .samples import Judged, Scoring, dataset_of

RANKS = {"1": 1, "2-10": 10}
"""Groups of the rank of the first relevant document under BM25, by the last rank in each."""
BEYOND = "beyond 10"


def chosen(wanted: str | Sequence[str], known: Sequence[str]) -> list[str]:
    """The parts that `wanted` asks for: `all`, a list, or names with commas. Raises WrongCall."""
    names = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    if names == ["all"]:
        return list(known)
    for name in names:
        if name not in known:
            raise WrongCall(f"parts: expected one of {', '.join(known)}{near(name, known)}")
    return names


def without_some(parts: Sequence[str], known: Sequence[str]) -> str:
    """What rows say of a benchmark of which only some parts are used; empty for all of them."""
    return "" if list(parts) == list(known) else f"parts: {', '.join(parts)}"


def benchmark(
    name: str, judged: Mapping[str, Judged], shared: Mapping[str, Any], scoring: Scoring, *uses: str
) -> Dataset:
    """The dataset of a benchmark; `uses` is what every row says of how it is used.

    Raises BadData for a query that has no relevant document, or one that the corpus lacks.
    """
    for row in judged.values():
        _check(row, shared.get("corpus", row.truth))
    made = dataset_of(name, _grouped(judged, shared), shared, scoring, split_is_input=True)
    return replace(made, protocol="; ".join(filter(None, [made.protocol, *uses])))


def _check(row: Judged, corpus: Collection[str]) -> None:
    if not row.truth:
        raise BadData(f"{row.query.where}: expected at least one relevant document, found none")
    for document in row.truth:
        if document not in corpus:
            raise BadData(
                f"{row.query.where}: expected a document of the corpus, found '{document}'"
            )


def _grouped(judged: Mapping[str, Judged], shared: Mapping[str, Any]) -> dict[str, Judged]:
    texts = "corpus" in shared
    found = {
        key: {
            **row.attributes,
            "relevant": relevant_number(row.truth),
            **({"bm25_rank": bm25_rank(row.query, row.truth, shared)} if texts else {}),
        }
        for key, row in judged.items()
    }
    # An attribute of one value makes no groups.
    names = next(iter(found.values()), {})
    kept = [name for name in names if len({row[name] for row in found.values()}) > 1]
    return {
        key: replace(row, attributes={name: found[key][name] for name in kept})
        for key, row in judged.items()
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
