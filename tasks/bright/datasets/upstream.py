"""Files of published benchmarks: rows in Parquet or JSON lines, in a folder or on the Hub."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.parquet import parquet_rows
from benchsuite.files.text import Row, json_lines
from benchsuite.learning.hub import fetched

_SUFFIXES = (".parquet", ".jsonl.gz", ".jsonl")


def snapshot(repository: str, revision: str, patterns: Sequence[str]) -> Path:
    """The files of a dataset on the Hub, from its cache or fetched. Raises NotAvailable."""
    try:
        return fetched(repository, patterns, revision, kind="dataset")
    except NotAvailable as error:
        raise NotAvailable(f"{error}; or `benchsuite data get`, and dataset.path=DIR") from error


def rows(folder: Path, name: str) -> Iterator[tuple[str, Row]]:
    """The rows of the one file of `folder` that is called `name`, each with `file:row`.

    Hyphens and underscores in a name are the same. Raises BadData where there is no such file,
    several, one that cannot be read, or a row that is no object.
    """
    path = _file(folder, name)
    yield from parquet_rows(path) if path.suffix == ".parquet" else json_lines(path)


def _file(folder: Path, name: str) -> Path:
    pattern = re.compile(re.escape(name).replace(r"\-", "[-_]") + r"(-\d+-of-\d+)?(\.[a-z.]+)?")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [f for f in files if pattern.fullmatch(f.name) and f.name.endswith(_SUFFIXES)]
    if len(found) != 1:
        have = ", ".join(file.name for file in found or files) or "none"
        raise BadData(f"{folder}: expected one file of '{name}', found {have}")
    return found[0]
