"""ColorSwap (Burapacheep et al., arXiv 2402.04492): groups of 2×2 whose captions swap colours.

A folder with the Parquet files of stanfordnlp/colorswap, whose columns are id, image_1, image_2
(struct of bytes and path), caption_1, caption_2, image_source and caption_source; or the authors'
archive, `train.json` and `test.json` of the same keys, whose images are names such as
`images/img_0_1.png` of a file beside them, or of `images.zip`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.marks import Marks
from benchsuite.files.parquet import parquet_rows
from benchsuite.files.sources import Embedded, Member, Source, inside
from benchsuite.files.text import json_value, record, string

from .groups import Group, of_files

COLUMNS = ("id", "image_1", "image_2", "caption_1", "caption_2")


def colorswap(path: str, name: str = "colorswap", split: str = "test") -> Dataset:
    """The groups of a split; `image_source` and `caption_source` are attributes.

    Raises BadData where there is no file of that split, or it lacks a column.
    """
    listed = Path(path) / f"{split}.json"
    if listed.is_file():
        return of_files(name, list(_listed(listed)))
    files = sorted(Path(path).rglob(f"{split}*.parquet"))
    if not files:
        raise BadData(f"{path}: expected {split}*.parquet or {split}.json, found none")
    return of_files(name, [group for file in files for group in _groups(file)])


def _listed(file: Path) -> Iterator[Group]:
    rows = json_value(file)
    if not isinstance(rows, list):
        raise BadData(f"{file}: expected a list of groups, found {type(rows).__name__}")
    for number, row in enumerate(rows):
        where = f"{file}: entry {number}"
        if "id" not in record(where, row):
            raise BadData(f"{where}: expected a group with an id, found {row!r}")
        names = [string(where, row, f"image_{i}") for i in (1, 2)]
        yield _group(where, row, [_file(where, file.parent, name) for name in names])


def _file(where: str, folder: Path, name: str) -> Source:
    path = inside(where, folder, name)
    archive = folder / "images.zip"
    return Member(archive, name) if archive.is_file() and not path.is_file() else path


def _groups(file: Path) -> Iterator[Group]:
    for where, row in parquet_rows(file, COLUMNS):
        yield _group(where, row, [_image(f"{where}: image_{i}", row[f"image_{i}"]) for i in (1, 2)])


def _group(where: str, row: Mapping[str, Any], images: list[Source]) -> Group:
    sources = ("image_source", "caption_source")
    return Group(
        where=where,
        id=str(row["id"]),
        images=images,
        captions=[string(where, row, f"caption_{i}") for i in (1, 2)],
        attributes=Marks().without_unknown({key: str(row[key]) for key in sources if key in row}),
    )


def _image(where: str, value: Any) -> Source:
    data = value.get("bytes") if isinstance(value, dict) else None
    return Embedded(where, data if isinstance(data, bytes) else b"")
