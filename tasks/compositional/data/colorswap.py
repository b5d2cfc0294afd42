"""ColorSwap (Burapacheep et al., arXiv 2402.04492): groups of 2×2 whose captions swap colours.

A folder with the Parquet files of stanfordnlp/colorswap, whose columns are id, image_1, image_2
(struct of bytes and path), caption_1, caption_2, image_source and caption_source.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData

from ..files import string
from ..group import Embedded, Group, of_files

COLUMNS = ("id", "image_1", "image_2", "caption_1", "caption_2")


def colorswap(path: str, name: str = "colorswap", split: str = "test") -> Dataset:
    """The groups of a split; `image_source` and `caption_source` are attributes.

    Raises BadData where there is no file of that split, or it lacks a column.
    """
    files = sorted(Path(path).rglob(f"{split}*.parquet"))
    if not files:
        raise BadData(f"{path}: expected {split}*.parquet, found none")
    return of_files(name, [group for file in files for group in _groups(file)])


def _groups(file: Path) -> Iterator[Group]:
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadData(f"{file}: expected a Parquet file, found {error}") from error
    for name in COLUMNS:
        if name not in table.column_names:
            raise BadData(
                f"{file}: expected the column '{name}', found {', '.join(table.column_names)}"
            )
    for number, row in enumerate(table.to_pylist(), start=1):
        yield _group(f"{file}: row {number}", row)


def _group(where: str, row: Mapping[str, Any]) -> Group:
    sources = ("image_source", "caption_source")
    return Group(
        where=where,
        id=str(row["id"]),
        images=[_image(f"{where}: image_{i}", row[f"image_{i}"]) for i in (1, 2)],
        captions=[string(where, row, f"caption_{i}") for i in (1, 2)],
        attributes={key: str(row[key]) for key in sources if row.get(key)},
    )


def _image(where: str, value: Any) -> Embedded:
    data = value.get("bytes") if isinstance(value, dict) else None
    return Embedded(where, data if isinstance(data, bytes) else b"")
