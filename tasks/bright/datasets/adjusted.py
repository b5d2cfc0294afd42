"""Judgements other than those of a benchmark: from files, and of exact copies of documents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchsuite.errors import BadData, WrongCall, one_of

from ..models.ranking import POOLED
from .judgements import judgements
from .samples import Judged

IGNORED, GOLD = "ignored", "gold"
DUPLICATES: Final = (IGNORED, GOLD)
"""What an exact copy of a relevant document counts as: nothing, or as relevant as that."""


def with_judgements(
    judged: Mapping[str, Judged], path: str, splits: Sequence[str]
) -> dict[str, Judged]:
    """The queries with the judgements of other files, instead of their own.

    path: `*` stands for the name of a split. A file has the ids of the benchmark, without the
    split. Raises BadData where it lacks a query, has an unknown one, or two grades of a document.
    """
    if "*" not in path and len(splits) > 1:
        raise WrongCall(
            f"judgements: expected a path in which * stands for the split, found '{path}'"
        )
    truths: dict[str, dict[str, int]] = {}
    for split in splits:
        file = Path(path.replace("*", split))
        truths |= dict(
            _truths(file, split, {key for key, row in judged.items() if row.query.split == split})
        )
    return {key: replace(row, truth=truths[key]) for key, row in judged.items()}


def _truths(file: Path, split: str, asked: set[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """The judgements of the queries of a split, by the dataset's ids."""
    found: dict[str, dict[str, int]] = {}
    for row in judgements(file):
        key, document = f"{split}/{row.query}", f"{split}/{row.document}"
        if key not in asked:
            raise BadData(f"{row.where}: expected a query of {split}, found '{row.query}'")
        if found.setdefault(key, {}).setdefault(document, row.grade) != row.grade:
            raise BadData(
                f"{row.where}: document '{row.document}' is judged {found[key][document]} and "
                f"{row.grade} for query '{row.query}'"
            )
    if missing := sorted(asked - {*found}):
        query = missing[0].removeprefix(f"{split}/")
        raise BadData(f"{file}: expected a judgement of query '{query}', found none")
    yield from found.items()


def adjusted(
    judged: dict[str, Judged], shared: Mapping[str, Any], duplicates: str
) -> tuple[dict[str, Judged], str]:
    """The queries with `duplicates` of relevant documents counted so, and what rows say of it.

    Raises WrongCall for another word, and where a dataset has no texts to compare.
    """
    one_of("duplicates", duplicates, DUPLICATES)
    if duplicates == IGNORED:
        return judged, ""
    if "corpus" not in shared:
        raise WrongCall("duplicates=gold: expected a dataset with texts, found corpus=none")
    return with_copies(judged, shared["corpus"], POOLED in shared), f"duplicates: {GOLD}"


def with_copies(
    judged: Mapping[str, Judged], documents: Mapping[str, str], pooled: bool
) -> dict[str, Judged]:
    """The queries with every exact copy of a relevant document as relevant as that.

    A copy has the same text, character by character. Where splits have documents of their own
    (`pooled`), it is one of the query's split. Copies of copies of several grades get the highest.
    An empty text has no copies, and an excluded document stays excluded.
    """
    copies: dict[tuple[str, str], list[str]] = {}
    for document, text in documents.items():
        if text:
            copies.setdefault((_pool(document, pooled), text), []).append(document)
    return {
        key: replace(row, truth=_spread(row, documents, copies, pooled))
        for key, row in judged.items()
    }


def _spread(
    row: Judged,
    documents: Mapping[str, str],
    copies: Mapping[tuple[str, str], Sequence[str]],
    pooled: bool,
) -> dict[str, int]:
    found = dict(row.truth)
    for document, grade in row.truth.items():
        same = copies.get((_pool(document, pooled), documents.get(document, "")), ())
        for copy in same if grade > 0 else ():
            if copy not in row.query.excluded:
                found[copy] = max(found.get(copy, grade), grade)
    return found


def _pool(document: str, pooled: bool) -> str:
    """What a document's id begins with, where documents belong to splits."""
    return document.partition("/")[0] if pooled else ""
