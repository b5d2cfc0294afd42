"""A query as a person looks at it: what is relevant, where it was ranked, and what came first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchsuite.dataset import Inputs, Sample
from benchsuite.task import Look, one_line

from ..conditions import FIELD, Kind, asked_order
from ..datasets.collection import grades_of

FIRST = 5
"""Documents of the ranking that are shown."""
MOST = 10
"""Relevant documents that are shown."""
OF_QUERY, OF_DOCUMENT = 400, 120
"""Characters of a text that are shown."""
Texts = Mapping[str, str] | None
"""Documents by id; None of a dataset without a corpus."""


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The query as the model saw it, the relevant documents with their ranks, and the first ones.

    Of the statistics, `docs` is read: the ids in the order of their ranks. Texts are cut; without a
    corpus there are none.
    """
    if "docs" not in row:
        return Look(
            f"query: {one_line(sample.inputs['query'], OF_QUERY)}\nits metrics are reported alone"
        )
    ranking, texts = list(row["docs"]), shared.get("corpus")
    lines = [*_query(sample, view, texts), *_relevant(sample, ranking, texts)]
    return Look("\n".join([*lines, *_first(sample, ranking, texts)]))


def _query(sample: Sample, view: Inputs, texts: Texts) -> Iterator[str]:
    asked, clean = view.fields["query"], sample.inputs["query"]
    yield f"query: {one_line(asked, OF_QUERY)}"
    if texts is None:
        yield "documents: ids alone, the dataset has no texts (dataset.corpus=none)"
    if asked != clean:
        yield f"clean query: {one_line(clean, OF_QUERY)}"
    if (order := asked_order(view.fields.get(FIELD))).kind is not Kind.RETRIEVED:
        added = f", {order.added} documents" if order.added else ""
        yield f"candidates: {order.kind}{added}"


def _relevant(sample: Sample, ranking: Sequence[str], texts: Texts) -> Iterator[str]:
    """The relevant documents by rank; those that were not retrieved come last, by grade."""
    ranks = {document: rank for rank, document in enumerate(ranking, start=1)}
    grades = {document: grade for document, grade in grades_of(sample).items() if grade > 0}
    last = len(ranking) + 1
    ordered = sorted(grades, key=lambda d: (ranks.get(d, last), -grades[d], d))
    found = sum(document in ranks for document in ordered)
    yield f"relevant: {found} of {len(ordered)} retrieved"
    for document in ordered[:MOST]:
        place = f"rank {ranks[document]}" if document in ranks else "not retrieved"
        yield f"  {place}, grade {grades[document]}: {_passage(document, texts)}"
    if len(ordered) > MOST:
        yield f"  and {len(ordered) - MOST} more"


def _first(sample: Sample, ranking: Sequence[str], texts: Texts) -> Iterator[str]:
    yield f"retrieved: the first {min(FIRST, len(ranking))} of {len(ranking)}"
    for rank, document in enumerate(ranking[:FIRST], start=1):
        mark = "relevant" if grades_of(sample).get(document, 0) > 0 else "-"
        yield f"  {rank} {mark:8} {_passage(document, texts)}"


def _passage(document: str, texts: Texts) -> str:
    if texts is None:
        return f"[{document}]"
    return f"[{document}] {one_line(texts.get(document, '(not in the corpus)'), OF_DOCUMENT)}"
