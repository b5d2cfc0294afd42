"""A folder of collections in BEIR's layout: each is a set with documents of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchsuite.errors import WrongCall

from .benchmark import chosen
from .samples import Judged

_OWN = ("corpus.jsonl", "corpus.jsonl.gz", "queries.jsonl", "queries.jsonl.gz", "qrels")


def sets_of(path: Path, parts: str | Sequence[str] = "all") -> dict[str, Path]:
    """The sets `parts` of a folder by name; the folder itself under '' where it is a collection.

    Raises WrongCall for a set that is not there, or where there are none.
    """
    alone = not path.is_dir() or any((path / name).exists() for name in _OWN)
    found = {} if alone else {one.name: one for one in sorted(path.iterdir()) if _is_set(one)}
    if found:
        return {name: found[name] for name in chosen(parts, list(found))}
    if parts != "all":
        raise WrongCall(f"parts: expected a folder of sets, found {path}")
    return {"": path}


def _is_set(folder: Path) -> bool:
    return (folder / "qrels").is_dir() and any((folder / name).is_file() for name in _OWN[2:4])


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
