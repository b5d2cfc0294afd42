"""ColorSwap (Burapacheep et al., arXiv 2402.04492): groups of 2×2 whose captions swap colours.

A folder with the Parquet files of stanfordnlp/colorswap, whose columns are id, image_1, image_2
(struct of bytes and path), caption_1, caption_2, image_source and caption_source; or the authors'
archive, `train.json` and `test.json` of the same keys, whose images are names such as
`images/img_0_1.png` of a file beside them, or of `images.zip`. Answers that were made elsewhere
need the captions alone: of these files, or of a table `groups.csv` (id, caption_1, caption_2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, one_of
from benchsuite.files.marks import Marks
from benchsuite.files.parquet import parquet_rows
from benchsuite.files.sources import Embedded, Member, Source, inside
from benchsuite.files.table import csv_rows
from benchsuite.files.text import json_value, record, string

from .groups import Group, of_captions, of_files

IMAGES = ("read", "none")
TABLES = ("groups.csv", "groups.csv.gz")
COLUMNS = ("id", "image_1", "image_2", "caption_1", "caption_2")


def colorswap(
    path: str, name: str = "colorswap", split: str = "test", images: str = "read"
) -> Dataset:
    """The groups of a split; `image_source` and `caption_source` are attributes.

    With `images=none` there are captions alone: enough to score answers that were made elsewhere.
    `path` may then be the table `groups.csv`, or a folder that holds it, packed by gzip or not.
    Raises BadData where there is no file of that split, or it lacks a column.
    """
    one_of("dataset.images", images, IMAGES)
    if images == "none":
        return of_captions(name, [_nameless(group) for group in _captions(Path(path), split)])
    return of_files(name, list(_with_images(Path(path), split)))


def _with_images(folder: Path, split: str) -> Iterator[Group]:
    listed = folder / f"{split}.json"
    if listed.is_file():
        return _listed(listed)
    files = sorted(folder.rglob(f"{split}*.parquet"))
    if not files:
        tables = "; dataset.images=none reads the captions of its table" if _tables(folder) else ""
        raise BadData(f"{folder}: expected {split}*.parquet or {split}.json, found none{tables}")
    return (group for file in files for group in _groups(file))


def _captions(path: Path, split: str) -> Iterator[Group]:
    tables = _tables(path)
    if not tables:
        return _with_images(path, split)
    rows = csv_rows(tables[0], ("id", "caption_1", "caption_2"))
    return (_group(where, row, []) for where, row in rows)


def _tables(path: Path) -> list[Path]:
    files = [path] if path.is_file() else [path / name for name in TABLES]
    return [file for file in files if file.is_file()]


def _nameless(group: Group) -> Group:
    """The group with names in place of images: the same whatever file it was read from."""
    return replace(group, images=[f"{group.id}_{i}" for i in (1, 2)])


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
