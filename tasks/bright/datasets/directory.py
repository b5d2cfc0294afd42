"""A directory with a collection, in BEIR's layout or with TREC's files.

Documents, queries and judgements are each looked for by themselves, so that a directory may have
BEIR's documents and TREC's topics.

Documents: `corpus.jsonl`, else every file in which `<DOC>` begins.
Queries: `queries.jsonl`, else every file in which `<top>` or `<topic>` begins, else every file
whose name has `topic` or `quer` in it.
Judgements: the files of the folder `qrels`, else every file whose name has `qrel` in it.
Any of them may be packed by gzip and lie in a folder of the directory.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.packed import head_of

from .collection import Collection, Judgement, Query, unique
from .documents import documents, tagged_documents
from .judgements import judgements
from .queries import TAGS, listed_queries, queries, tagged_queries

_HEAD = 65536
"""Bytes of a file in which its first document or topic must begin."""
_DOCUMENT = re.compile(r"(?i)<doc[\s>]")
_TOPIC = re.compile(rf"(?i)<({'|'.join(TAGS)})[\s>]")
_README = re.compile(r"(?i)read(me|chg|frcg)")
"""Files that tell of a collection, TREC's among them: what looks like a document is an example."""
_JUDGED = {".tsv", ".txt", ".trec", ".qrels", ".jsonl"}


def read(path: Path, qrels: str, corpus: bool = True) -> Collection:
    """The collection in a directory; `qrels` names one of several files of judgements.

    Without a corpus, no documents are looked for, and queries need no text.
    Raises BadData, with file and line.
    """
    if not path.is_dir():
        raise BadData(
            f"{path}: expected a directory, found {'a file' if path.exists() else 'none'}"
        )
    files = [file for file in sorted(path.rglob("*")) if _is_seen(path, file)]
    judged = _judged(path, files)
    others = [file for file in files if file not in judged]
    rows = tuple(judgements(_chosen(path, judged, qrels)))
    return Collection(
        _read_documents(path, others) if corpus else None,
        _read_queries(path, others, () if corpus else rows),
        rows,
        len(judged) == 1,
    )


def _is_seen(path: Path, file: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
    return file.is_file() and not hidden and not _README.match(file.name)


def _read_documents(path: Path, files: Sequence[Path]) -> dict[str, str]:
    whole = _called(path, "corpus.jsonl")
    sources = whole or _begin_with(_DOCUMENT, files)
    _refuse_none(path, "documents (corpus.jsonl, or files with <DOC>)", sources, files)
    read_one = documents if whole else tagged_documents
    found = unique(row for file in sources for row in read_one(file))
    if not any(found.values()):
        raise BadData(f"{sources[0]}: expected documents with a text, found {len(found)} without")
    return found


def _read_queries(
    path: Path, files: Sequence[Path], judged: Sequence[Judgement]
) -> dict[str, Query]:
    """The queries of a directory; where it has none, those of the rows `judged`, without a text."""
    whole = _called(path, "queries.jsonl")
    tagged = [] if whole else _begin_with(_TOPIC, files)
    named = whole or [file for file in files if re.search(r"(?i)topic|quer", file.name)]
    if judged and not (tagged or named):
        return {row.query: Query(row.where, "") for row in judged}
    _refuse_none(path, "queries (queries.jsonl, or files with <top>)", tagged or named, files)
    if tagged:
        return unique(row for file in tagged for row in tagged_queries(file))
    return unique(row for file in named for row in _lines(file))


def _lines(file: Path) -> Iterator[tuple[str, str, Query]]:
    as_json = head_of(file, _HEAD).lstrip("\ufeff \r\n").startswith("{")
    return queries(file) if as_json else listed_queries(file)


def _called(path: Path, name: str) -> list[Path]:
    return [file for file in (path / name, path / f"{name}.gz") if file.is_file()][:1]


def _begin_with(pattern: re.Pattern[str], files: Sequence[Path]) -> list[Path]:
    return [file for file in files if pattern.search(head_of(file, _HEAD))]


def _refuse_none(path: Path, what: str, found: Sequence[Path], files: Sequence[Path]) -> None:
    if not found:
        have = ", ".join(file.name for file in files[:12]) or "no files"
        raise BadData(f"{path}: expected {what}, found {have}")


def _judged(path: Path, files: Sequence[Path]) -> list[Path]:
    folder = [f for f in files if f.parent == path / "qrels" and {*f.suffixes} & _JUDGED]
    return folder or [file for file in files if "qrel" in file.name.lower()]


def _chosen(path: Path, files: Sequence[Path], qrels: str) -> Path:
    if len(files) == 1 and "qrel" in files[0].name.lower():
        return files[0]
    named = [file for file in files if qrels in (file.stem, *re.split(r"[._-]", file.name))]
    if len(named) != 1:
        have = ", ".join(file.name for file in files) or "none"
        raise BadData(
            f"{path}: expected one file of judgements called '{qrels}', found {have} "
            f"(dataset.qrels=NAME chooses another)"
        )
    return named[0]
