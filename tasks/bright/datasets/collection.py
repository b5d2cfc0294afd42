"""What a collection consists of: documents and queries by id, and judgements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from benchsuite.dataset import Sample
from benchsuite.errors import BadData

T = TypeVar("T")


@dataclass(frozen=True)
class Query:
    """A query: `where` is its file and line, `split` is empty where the file names none.

    instruction: what its file says of the task, beside the text.
    """

    where: str = field(compare=False)
    text: str
    split: str = ""
    excluded: tuple[str, ...] = ()
    instruction: str = ""


@dataclass(frozen=True)
class Judgement:
    """The grade of a document for a query: `where` is its file and line."""

    where: str
    query: str
    document: str
    grade: int


@dataclass(frozen=True)
class Collection:
    """Documents and queries by id, and the rows of one file of judgements.

    Without a corpus, documents are None, and queries may lack a text. `alone` says whether the file
    of judgements is the only one of its directory.
    """

    documents: Mapping[str, str] | None
    queries: Mapping[str, Query]
    judgements: tuple[Judgement, ...]
    alone: bool


@dataclass(frozen=True)
class Aspect:
    """A part of what a query asks: its weight, and the documents that cover it."""

    weight: float
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Faceted:
    """The judgements of a query that has aspects: {document id: grade}, and the aspects."""

    grades: Mapping[str, int]
    aspects: tuple[Aspect, ...]


def grades_of(sample: Sample) -> Mapping[str, int]:
    """The grades of a query's judged documents, whether it has aspects or not."""
    truth: Mapping[str, int] | Faceted = sample.truth
    return truth.grades if isinstance(truth, Faceted) else truth


def asked(where: str, text: str) -> str:
    """A query's text. Raises BadData where it is empty."""
    if not text.strip():
        raise BadData(f"{where}: text: expected a query, found an empty text")
    return text


def unique(rows: Iterable[tuple[str, str, T]]) -> dict[str, T]:
    """The values of rows (`file:line`, id, value) by id; a row that repeats another counts once.

    Raises BadData for two values of one id.
    """
    found: dict[str, T] = {}
    for where, key, value in rows:
        if found.setdefault(key, value) != value:
            raise BadData(f"{where}: id '{key}' occurs twice, with other contents")
    return found
