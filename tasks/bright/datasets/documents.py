"""Documents: BEIR's JSON lines, and TREC's files of `<DOC>`."""

from collections.abc import Iterator
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.sgml import elements, inner, plain
from benchsuite.files.text import identifier, json_lines

from .fields import id_in, key_of, text_in

IDS, TEXTS = ("_id", "id", "docid", "doc_id"), ("text", "contents")
NOT_TEXT = frozenset((
    "docno", "docid", "docoldno", "fileid", "parent", "profile", "ht", "url", "dochdr",
    "date", "date1", "date_time", "datetime", "page", "length", "script", "style",
))  # fmt: skip
"""Elements of a TREC document that identify or file it, or are code."""


def documents(path: Path) -> Iterator[tuple[str, str, str]]:
    """Place, id and text of each line: its title, a blank, and its text, as in BEIR."""
    for where, row in json_lines(path):
        title, text = text_in(where, row, "title", ""), text_in(where, row, key_of(row, TEXTS))
        # As BEIR does, even where the text begins with the title.
        yield where, id_in(where, row, IDS), f"{title} {text}".strip()


def tagged_documents(path: Path) -> Iterator[tuple[str, str, str]]:
    """Place, id and text of each `<DOC>`: the text of all its elements but those of NOT_TEXT.

    Raises BadData for a document without an id, and for one without an end.
    """
    for element in elements(path, "doc"):
        if not element.closed:
            raise BadData(f"{element.where}: expected </DOC> before the next document, found none")
        own = element.attributes.get("docno") or element.attributes.get("id", "")
        key = identifier(element.where, inner(element.content, "docno") or own, "DOCNO")
        yield element.where, key, plain(element.content, NOT_TEXT)
