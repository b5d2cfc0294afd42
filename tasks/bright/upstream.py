"""BRIGHT and R2MED as they are published: the files' layout, and where they come from.

BRIGHT (Su et al., arXiv 2407.12883): `examples/`, `documents/`, `long_documents/` and
`<writer>_reason/`, each with a file a split: `<split>-00000-of-00001.parquet` on the Hub,
`<split>.jsonl.gz` elsewhere.
R2MED (Li et al., arXiv 2505.14558): a repository a set, with `corpus.jsonl`, `query.jsonl` and
`qrels.jsonl`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData, NotAvailable, WrongCall, near
from benchsuite.files.text import json_lines, record

BRIGHT = ("xlangai/BRIGHT", "3066d29c9651a576c8aba4832d249807b181ecae")
"""Repository on the Hub, and the revision that is read."""
FAMILIES = {
    **dict.fromkeys(
        ("biology", "earth-science", "economics", "psychology", "robotics", "stackoverflow",
         "sustainable-living"), "stackexchange",
    ),
    **dict.fromkeys(("leetcode", "pony"), "coding"),
    **dict.fromkeys(("aops", "theoremqa-questions", "theoremqa-theorems"), "theorem"),
}  # fmt: skip
"""BRIGHT's splits, and the family of domains that each is of (section 3 of its paper)."""
WRITERS = ("gpt4", "claude-3-opus", "Gemini-1.0", "grit", "llama3-70b")
"""Whose reasoning stands in for the queries, as published."""
R2MED = {
    "Biology": "8b9fec2db9eda4b5742d03732213fbaee8169556",
    "Bioinformatics": "6021fce366892cbfd7837fa85a4128ea93315e18",
    "Medical-Sciences": "1b48911514c80bf9182222d99752ad75e23b4b47",
    "MedXpertQA-Exam": "b457ea43db9ae5db74c3a3e5be0a213d0f85ac3a",
    "MedQA-Diag": "78b585990279cc01a493f876c1b0cf09557fba57",
    "PMC-Treatment": "53c489a44a3664ba352c07550b72b4525a5968d5",
    "PMC-Clinical": "812829522f7eaa407ef82b96717be85788a50f7e",
    "IIYi-Clinical": "974abbc9bc281c3169180a6aa5d7586cfd2f5877",
}
"""R2MED's sets, and the revision of each one's repository."""
Row = tuple[str, dict[str, Any]]
"""`file:row`, and what the row has."""
_SUFFIXES = (".parquet", ".jsonl.gz", ".jsonl")


def chosen(key: str, wanted: str | Sequence[str], known: Sequence[str]) -> list[str]:
    """The names that `wanted` asks for: `all`, a list, or names with commas. Raises WrongCall."""
    names = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    if names == ["all"]:
        return list(known)
    for name in names:
        if name not in known:
            raise WrongCall(f"{key}: expected one of {', '.join(known)}{near(name, known)}")
    return names


def snapshot(repository: str, revision: str, patterns: Sequence[str]) -> Path:
    """The files of a dataset on the Hub, fetched once. Raises NotAvailable."""
    try:
        from huggingface_hub import snapshot_download

        return Path(
            snapshot_download(
                repository, repo_type="dataset", revision=revision, allow_patterns=list(patterns)
            )
        )
    except Exception as error:  # the hub, its HTTP client and the disk each raise their own
        raise NotAvailable(
            f"dataset {repository} at {revision[:12]} could not be fetched "
            f"({type(error).__name__}); give its files with dataset.path=DIR"
        ) from error


def rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of the one file of `folder` that is called `name`, each with `file:row`.

    Hyphens and underscores in a name are the same. Raises BadData where there is no such file,
    several, one that cannot be read, or a row that is no object.
    """
    path = _file(folder, name)
    read = _parquet if path.suffix == ".parquet" else json_lines
    yield from read(path)


def _file(folder: Path, name: str) -> Path:
    pattern = re.compile(re.escape(name).replace(r"\-", "[-_]") + r"(-\d+-of-\d+)?(\.[a-z.]+)?")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [f for f in files if pattern.fullmatch(f.name) and f.name.endswith(_SUFFIXES)]
    if len(found) != 1:
        have = ", ".join(file.name for file in found or files) or "none"
        raise BadData(f"{folder}: expected one file of '{name}', found {have}")
    return found[0]


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path).to_pylist()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadData(f"{path}: expected rows, found {type(error).__name__}: {error}") from error
    for number, row in enumerate(table, start=1):
        yield f"{path}:{number}", record(f"{path}:{number}", row)


def value(where: str, row: Mapping[str, Any], key: str) -> Any:
    """What a row has under `key`. Raises BadData where it has nothing."""
    if row.get(key) is None:
        raise BadData(f"{where}: expected the key '{key}', found {', '.join(row) or 'no keys'}")
    return row[key]
