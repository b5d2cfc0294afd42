"""A folder of collections in BEIR's layout: each is a set with documents of its own."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .samples import Judged

_OWN = ("corpus.jsonl", "corpus.jsonl.gz", "queries.jsonl", "queries.jsonl.gz", "qrels")


def sets_of(path: Path) -> dict[str, Path]:
    """The sets of a folder by name; none where the folder is a collection itself, or holds none."""
    if not path.is_dir() or any((path / name).exists() for name in _OWN):
        return {}
    return {
        folder.name: folder
        for folder in sorted(path.iterdir())
        if (folder / "qrels").is_dir() and any((folder / name).is_file() for name in _OWN[2:4])
    }


def placed(name: str, judged: Mapping[str, Judged]) -> dict[str, Judged]:
    """The judged queries of a set by ids that begin with its name, as those of documents do.

    The set is the split of its queries.
    """
    return {f"{name}/{key}": _placed(name, row) for key, row in judged.items()}


def _placed(name: str, row: Judged) -> Judged:
    excluded = tuple(f"{name}/{document}" for document in row.query.excluded)
    return replace(
        row,
        query=replace(row.query, split=name, excluded=excluded),
        truth={f"{name}/{document}": grade for document, grade in row.truth.items()},
    )
