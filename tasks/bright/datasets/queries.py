"""Queries: BEIR's JSON lines, TREC's topics of every year, and lines of an id and a query."""

import re
from collections.abc import Iterator
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.sgml import Element, elements, inner, plain
from benchsuite.files.text import identifier, json_lines, numbered_lines, strings

from .collection import Query
from .fields import id_in, key_of, text_in

Row = tuple[str, str, Query]
"""Place, id and query."""
TAGS = ("top", "topic")
IDS, TEXTS = ("_id", "id", "qid", "query_id", "query-id"), ("text", "query", "title")
_NUMBERS = ("num", "number", "identifier", "id", "qid")
"""Where a topic has its id, as an element or as an attribute."""
_ASKED = (
    "title",
    "query",
    "summary",
    "question",
    "description",
    "desc",
    "note",
    "narrative",
    "narr",
)
"""The elements of a topic, those that stand for the query first: the first that has a text does."""
_LABEL = re.compile(r"(?i)^(number|topic|description|summary|narrative)\s*:\s*")
_LINE = re.compile(r"([^\t:]+)[\t:](.*)")


def queries(path: Path) -> Iterator[Row]:
    """Queries in JSON lines. Keys of BRIGHT's own rows may stand at the top or in `metadata`."""
    for where, row in json_lines(path):
        extra = row.get("metadata")
        row = {**(extra if isinstance(extra, dict) else {}), **row}
        text = text_in(where, row, key_of(row, TEXTS))
        excluded = tuple(d.strip() for d in strings(where, row, "excluded_ids") if d != "N/A")
        split, told = (text_in(where, row, key, "") for key in ("split", "instruction"))
        yield where, id_in(where, row, IDS), Query(where, text, split, excluded, told)


def tagged_queries(path: Path) -> Iterator[Row]:
    """Topics of TREC: `<top>` with `<num>` and `<title>`, or later tracks' `<topic number>`."""
    for element in elements(path, *TAGS):
        found = (inner(element.content, name) for name in _NUMBERS)
        number = next(filter(None, found), "") or _attribute(element)
        key = identifier(element.where, _LABEL.sub("", number), "num")
        yield element.where, key, Query(element.where, _asked(element.content))


def _attribute(element: Element) -> str:
    return next((element.attributes[n] for n in _NUMBERS if n in element.attributes), "")


def _asked(content: str) -> str:
    found = (_LABEL.sub("", inner(content, name)) for name in _ASKED)
    # A topic of the clinical tracks has its text without, or in elements of its own.
    return next(filter(None, found), "") or plain(content, _NUMBERS)


def listed_queries(path: Path) -> Iterator[Row]:
    """Lines of an id, a tab or a colon, and a query. Raises BadData for any other line."""
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        if not (found := _LINE.fullmatch(line)):
            raise BadData(f"{where}: expected an id, a tab and a query, found '{line[:60]}'")
        yield where, identifier(where, found[1].strip()), Query(where, found[2].strip())
