"""Documents, queries and judgements as people store them: BEIR's layout, and TREC's files.

BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/<name>.tsv` (query, document, grade, and a header).
TREC: any files of `<DOC>` and of `<top>` elements, and one whose name has `qrel` in it (query,
iteration, document, grade).
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from xml.etree.ElementTree import Element

from benchsuite.errors import BadData
from benchsuite.files.text import (
    head_of,
    identifier,
    integer,
    json_lines,
    numbered_lines,
    string,
    strings,
    text_of,
)

BEIR_HEADER = ["query-id", "corpus-id", "score"]
_HEAD = 65536

T = TypeVar("T")
Judgement = tuple[str, str, str, int]
"""`file:line`, query, document, grade."""


@dataclass(frozen=True)
class Query:
    """A query: `where` is its file and line, `split` is empty where the file names none."""

    where: str
    text: str
    split: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgements:
    """The rows of one file of judgements.

    `alone` says whether it is the only one of its directory.
    """

    rows: tuple[Judgement, ...]
    alone: bool


@dataclass(frozen=True)
class Collection:
    """What a directory holds: documents and queries by id, and the judgements that were chosen."""

    documents: dict[str, str]
    queries: dict[str, Query]
    judgements: Judgements


def read(path: Path, qrels: str) -> Collection:
    """The collection in a directory, whichever its layout. Raises BadData, with file and line."""
    if not path.is_dir():
        raise BadData(
            f"{path}: expected a directory, found {'a file' if path.exists() else 'none'}"
        )
    beir = (path / "corpus.jsonl").exists()
    return _read_beir(path, qrels) if beir else _read_trec(path, qrels)


def _read_beir(path: Path, qrels: str) -> Collection:
    return Collection(
        unique(_beir_documents(path / "corpus.jsonl")),
        unique(_beir_queries(path / "queries.jsonl")),
        _judgements(path / "qrels", sorted((path / "qrels").glob("*.tsv")), qrels),
    )


def _beir_documents(path: Path) -> Iterator[tuple[str, str, str]]:
    for where, row in json_lines(path):
        key = identifier(where, string(where, row, "_id"), "_id")
        yield where, key, _titled(string(where, row, "title", ""), string(where, row, "text"))


def _titled(title: str, text: str) -> str:
    # As BEIR does, even where the text begins with the title.
    return f"{title} {text}".strip()


def _beir_queries(path: Path) -> Iterator[tuple[str, str, Query]]:
    for where, row in json_lines(path):
        extra = row.get("metadata")
        # The keys of BRIGHT's own rows are taken at the top, and where BEIR puts what is extra.
        row = {**(extra if isinstance(extra, dict) else {}), **row}
        query = Query(
            where,
            asked(where, string(where, row, "text")),
            string(where, row, "split", ""),
            tuple(d for d in strings(where, row, "excluded_ids") if d != "N/A"),
        )
        yield where, identifier(where, string(where, row, "_id"), "_id"), query


def asked(where: str, text: str) -> str:
    """A query's text. Raises BadData where it is empty."""
    if not text.strip():
        raise BadData(f"{where}: text: expected a query, found an empty text")
    return text


def unique(rows: Iterable[tuple[str, str, T]]) -> dict[str, T]:
    """The values of rows (`file:line`, id, value) by id. Raises BadData where one occurs twice."""
    found: dict[str, T] = {}
    for where, key, value in rows:
        if key in found:
            raise BadData(f"{where}: id '{key}' occurs twice")
        found[key] = value
    return found


def _judgements(folder: Path, files: list[Path], qrels: str) -> Judgements:
    named = [path for path in files if qrels in re.split(r"[._-]", path.name) or qrels == path.stem]
    if len(named) != 1:
        have = ", ".join(path.name for path in files) or "none"
        raise BadData(f"{folder}: expected one file of judgements called '{qrels}', found {have}")
    return Judgements(_unique_judgements(named[0]), len(files) == 1)


def _unique_judgements(path: Path) -> tuple[Judgement, ...]:
    """The rows of `Judgements`. Raises BadData where a document is judged twice for a query."""
    rows = tuple(_tsv_judgements(path) if path.suffix == ".tsv" else _trec_judgements(path))
    seen: set[tuple[str, str]] = set()
    for where, query, document, _ in rows:
        if (query, document) in seen:
            raise BadData(f"{where}: document '{document}' is judged twice for query '{query}'")
        seen.add((query, document))
    return rows


def _tsv_judgements(path: Path) -> Iterator[Judgement]:
    for number, line in numbered_lines(path):
        columns = [column.strip() for column in line.split("\t")]
        if number == 1 and columns == BEIR_HEADER:
            continue
        yield _judgement(f"{path}:{number}", columns)


def _trec_judgements(path: Path) -> Iterator[Judgement]:
    for number, line in numbered_lines(path):
        columns = line.split()
        where = f"{path}:{number}"
        if len(columns) != 4:
            raise BadData(
                f"{where}: expected four columns (query iteration document grade), "
                f"found {len(columns)}"
            )
        yield _judgement(where, [columns[0], *columns[2:]])


def _judgement(where: str, columns: list[str]) -> Judgement:
    if len(columns) != len(BEIR_HEADER):
        names = ", ".join(BEIR_HEADER)
        raise BadData(f"{where}: expected the columns {names}, tab-separated, found {len(columns)}")
    query, document, grade = columns
    return where, query, document, integer(where, "grade", grade)


def _read_trec(path: Path, qrels: str) -> Collection:
    files = sorted(file for file in path.iterdir() if file.is_file())
    judged = [file for file in files if "qrel" in file.name.lower()]
    heads = {file: head_of(file, _HEAD).lower() for file in files if file not in judged}
    documents = [file for file, head in heads.items() if "<doc>" in head]
    topics = [file for file, head in heads.items() if "<top>" in head]
    if not (documents and topics and judged):
        raise BadData(
            f"{path}: expected corpus.jsonl, or files with <DOC>, with <top>, and one "
            f"called qrels; found {', '.join(file.name for file in files) or 'no files'}"
        )
    return Collection(
        unique(row for file in documents for row in _trec_documents(file)),
        unique(row for file in topics for row in _topics(file)),
        Judgements(_unique_judgements(judged[0]), True)
        if len(judged) == 1
        else _judgements(path, judged, qrels),
    )


def _trec_documents(path: Path) -> Iterator[tuple[str, str, str]]:
    elements = (e for e in _parsed(path).iter() if e.tag.lower() == "doc")
    for number, element in enumerate(elements, start=1):
        where = f"{path}: document {number}"
        key = identifier(where, _inner(element, "docno"), "DOCNO")
        yield where, key, _titled(_inner(element, "title"), _inner(element, "text"))


def _inner(element: Element, name: str) -> str:
    # Blanks between elements, so that two paragraphs are not one word.
    texts = (text for e in element if e.tag.lower() == name for text in e.itertext())
    return " ".join(" ".join(texts).split())


def _parsed(path: Path) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    # Documents often follow one another without a root. Lines keep their numbers.
    text = re.sub(r"\A\s*<\?xml[^>]{0,200}\?>", "", text_of(path))
    try:
        root: Element = fromstring(f"<root>{text}</root>", forbid_dtd=True)
    except ParseError as error:
        line, _ = error.position
        raise BadData(
            f"{path}:{line}: expected XML, found {str(error).partition(':')[0]}"
        ) from error
    except DefusedXmlException as error:
        raise BadData(f"{path}: expected XML without a DTD and entities, found {error}") from error
    return root


def _topics(path: Path) -> Iterator[tuple[str, str, Query]]:
    # Classic topics close no element but <top>, so that no XML parser takes them.
    text = text_of(path)
    starts = [match.end() for match in re.finditer(r"(?i)<top>", text)]
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        where = f"{path}:{text.count(chr(10), 0, start) + 1}"
        fields = _fields(text[start:following])
        key = identifier(where, re.sub(r"^Number:\s*", "", fields.get("num", "")), "num")
        title = re.sub(r"^Topic:\s*", "", fields.get("title", ""))
        yield where, key, Query(where, asked(where, title))


def _fields(topic: str) -> dict[str, str]:
    found = re.findall(r"<(\w{1,40})>([^<]*)", topic)
    return {tag.lower(): " ".join(html.unescape(value).split()) for tag, value in found}
