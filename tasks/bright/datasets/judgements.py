"""Judgements: BEIR's columns under a header, TREC's four columns, and JSON lines."""

import re
from collections.abc import Sequence
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.text import Row, identifier, integer, json_lines, numbered_lines

from .collection import Judgement
from .fields import id_in, key_of, value

QUERY = ("query-id", "query_id", "query", "qid", "q_id", "topic", "topic_id")
DOCUMENT = (
    "corpus-id", "corpus_id", "document", "document_id", "docid", "doc-id", "doc_id", "docno",
    "did", "pid", "p_id",
)  # fmt: skip
GRADE = ("score", "grade", "rel", "relevance", "relevancy", "label")
"""What headers call the three columns; the first is BEIR's name."""
_WITHOUT_HEADER = {3: (0, 1, 2), 4: (0, 2, 3)}
"""Where query, document and grade are: BEIR's three columns, or TREC's four."""


def judgements(path: Path) -> list[Judgement]:
    """The rows of a file of judgements, in its order.

    A header names the columns, in any order. Without one they are query, document and grade, or
    query, iteration, document and grade. Raises BadData with file and line.
    """
    lines = list(numbered_lines(path))
    if lines[0][1].lstrip().startswith("{"):
        return [_object(where, row) for where, row in json_lines(path)]
    header = _header(lines[0][1])
    return [
        _judgement(f"{path}:{number}", _cells(line), header)
        for number, line in (lines[1:] if header else lines)
    ]


def _header(line: str) -> list[str]:
    names = [name.lower() for name in _cells(line)]
    return names if all({*names} & {*known} for known in (QUERY, DOCUMENT, GRADE)) else []


def _cells(line: str) -> list[str]:
    if "\t" in line:
        return [cell.strip() for cell in line.rstrip().split("\t")]
    words = line.split()
    if len(words) <= 4:
        return words
    # Blanks in a document's id, as BRIGHT has them: the other columns have none.
    query, iteration, rest = line.split(None, 2)
    return [query, iteration, *rest.rsplit(None, 1)]


def _judgement(where: str, cells: list[str], header: list[str]) -> Judgement:
    places: Sequence[int] | None = _WITHOUT_HEADER.get(len(cells))
    if header:
        of = (next(n for n in known if n in header) for known in (QUERY, DOCUMENT, GRADE))
        places = [header.index(name) for name in of] if len(cells) == len(header) else None
    if places is None:
        expected = " ".join(header) or "query document grade, or query iteration document grade"
        raise BadData(f"{where}: expected the columns {expected}, found {len(cells)}")
    query, document, grade = (cells[place] for place in places)
    return Judgement(
        where,
        identifier(where, query, "query"),
        identifier(where, document, "document"),
        _grade(where, grade),
    )


def _object(where: str, row: Row) -> Judgement:
    query, document = (id_in(where, row, names) for names in (QUERY, DOCUMENT))
    return Judgement(where, query, document, _grade(where, value(where, row, key_of(row, GRADE))))


def _grade(where: str, found: str | float) -> int:
    # A table that was written with floats has 1.0 for 1.
    whole = re.sub(r"\.0{1,9}\Z", "", found) if isinstance(found, str) else found
    return integer(where, "grade", whole)
