"""`pairs`: groups of one's own, as JSON lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.sources import inside
from benchsuite.files.text import identifier, json_lines, record_of

from .groups import Group, of_files


@dataclass(frozen=True)
class Row:
    """A line of the file."""

    id: str
    images: tuple[str, ...]
    captions: tuple[str, ...]
    matching: tuple[int, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""


def pairs(path: str, name: str = "pairs", images: str = "") -> Dataset:
    """Groups from a JSONL file: a line {"id", "images", "captions"} each.

    images are paths below the folder `images` (the file's own by default); `matching`, the caption
    of each image, is the first captions in order unless given; `attributes` maps names to strings,
    and `cluster` names what is resampled together.
    Raises BadData, with file and line, where a line is malformed.
    """
    file = Path(path)
    root = Path(images) if images else file.parent
    rows = [(where, record_of(Row, where, row)) for where, row in json_lines(file)]
    return of_files(name, [_group(where, row, root) for where, row in rows])


def _group(where: str, row: Row, root: Path) -> Group:
    if "" in row.attributes:
        raise BadData(f"{where}: attributes: expected names with characters, found ''")
    return Group(
        where=where,
        id=identifier(where, row.id),
        images=[inside(where, root, image) for image in row.images],
        captions=row.captions,
        matching=row.matching,
        attributes=row.attributes,
        cluster=row.cluster or row.id,
    )
