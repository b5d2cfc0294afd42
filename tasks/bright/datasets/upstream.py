"""Files of published benchmarks: rows in Parquet or JSON, in a folder or on the Hub."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.parquet import parquet_rows
from benchsuite.files.text import Row, json_lines, json_value, record
from benchsuite.learning.hub import fetched

_SUFFIXES = (".parquet", ".jsonl.gz", ".jsonl", ".json")


def snapshot(repository: str, revision: str, patterns: Sequence[str]) -> Path:
    """The files of a dataset on the Hub, from its cache or fetched. Raises NotAvailable."""
    try:
        return fetched(repository, patterns, revision, kind="dataset")
    except NotAvailable as error:
        raise NotAvailable(f"{error}; or `benchsuite data get`, and dataset.path=DIR") from error


def root_of(
    path: str | None, repository: tuple[str, str], folders: Iterable[str], splits: Sequence[str]
) -> Path:
    """Where a benchmark's files are: at `path`, or those of some splits and folders on the Hub."""
    files = [split.replace("-", "_") for split in splits]
    patterns = [f"{folder}/{file}*" for folder in folders for file in files]
    return Path(path) if path else snapshot(*repository, patterns)


def rows(folder: Path, name: str) -> Iterator[tuple[str, Row]]:
    """The rows of the one file of `folder` that is called `name`, each with `file:row`.

    Hyphens and underscores in a name are the same. Raises BadData where there is no such file,
    several, one that cannot be read, or a row that is no object.
    """
    path = _file(folder, name)
    if path.suffix == ".json":
        yield from _listed(path)
    else:
        yield from parquet_rows(path) if path.suffix == ".parquet" else json_lines(path)


def _listed(path: Path) -> Iterator[tuple[str, Row]]:
    found = json_value(path)
    if not isinstance(found, list):
        raise BadData(f"{path}: expected a list of rows, found {type(found).__name__}")
    for number, row in enumerate(found, start=1):
        where = f"{path}: row {number}"
        yield where, record(where, row)


def _file(folder: Path, name: str) -> Path:
    pattern = re.compile(re.escape(name).replace(r"\-", "[-_]") + r"(-\d+-of-\d+)?(\.[a-z.]+)?")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [f for f in files if pattern.fullmatch(f.name) and f.name.endswith(_SUFFIXES)]
    if len(found) != 1:
        have = ", ".join(file.name for file in found or files) or "none"
        raise BadData(f"{folder}: expected one file of '{name}', found {have}")
    return found[0]
