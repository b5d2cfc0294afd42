"""`pairs`: groups of one's own, as JSON lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.attributes import Table, check_names
from benchsuite.files.marks import Marks
from benchsuite.files.remarks import remarks
from benchsuite.files.sources import inside
from benchsuite.files.text import identifier, json_lines, record_of

from ..measure import columns
from .groups import Group, of_files


@dataclass(frozen=True)
class Row:
    """A line of the file."""

    id: str
    images: tuple[str, ...]
    captions: tuple[str, ...]
    matching: tuple[int, ...] | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    cluster: str = ""


def pairs(
    path: str,
    name: str = "pairs",
    images: str = "",
    missing: Sequence[Any] = (),
    known: Sequence[Any] = (),
) -> Dataset:
    """Groups from a JSONL file: a line {"id", "images", "captions"} each.

    images are paths below the folder `images` (the file's own by default); `matching`, the caption
    of each image, is the first captions in order unless given; `attributes` maps names to strings
    or null, and `cluster` names what is resampled together. `missing` and `known`: see `Marks`.
    Raises BadData, with file and line, where a line is malformed.
    """
    file = Path(path)
    root = Path(images) if images else file.parent
    marks = Marks(missing, known)
    rows = [(where, record_of(Row, where, row)) for where, row in json_lines(file)]
    groups = [_group(where, row, root, marks) for where, row in rows]
    return replace(of_files(name, groups), warnings=_warnings(file, groups))


def _warnings(file: Path, groups: Sequence[Group]) -> tuple[str, ...]:
    names = list(dict.fromkeys(name for group in groups for name in group.attributes))
    rows = {group.id: {name: group.attributes.get(name, "") for name in names} for group in groups}
    clustered = any(group.cluster != group.id for group in groups)
    return tuple(remarks(Table(file, "id", rows), names, clustered, "the key `cluster`"))


def _group(where: str, row: Row, root: Path, marks: Marks) -> Group:
    if "" in row.attributes:
        raise BadData(f"{where}: attributes: expected names with characters, found ''")
    check_names(where, row.attributes, columns(), advice="")
    if row.cluster and marks.unknown(row.cluster):
        raise BadData(f"{where}: cluster: expected what the group belongs to, found {row.cluster}")
    return Group(
        where=where,
        id=identifier(where, row.id),
        images=[inside(where, root, image) for image in row.images],
        captions=row.captions,
        matching=row.matching,
        attributes=marks.without_unknown(
            {name: value for name, value in row.attributes.items() if value is not None}
        ),
        cluster=row.cluster or row.id,
    )
