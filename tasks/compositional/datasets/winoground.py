"""Winoground (Thrush et al., arXiv 2204.03162): 400 groups of 2×2 from facebook/winoground.

A folder in the repository's layout, `data/examples.jsonl` and `data/images.zip` (or
`data/images/`), or nothing: then it is taken from the Hub's cache, or fetched by download=yes with
the token of a person who has accepted the licence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.sources import Member, Source, inside
from benchsuite.files.text import json_lines, string
from benchsuite.learning.hub import fetched

from .features import attributes, diwan
from .groups import Group, of_files

REPOSITORY = ("facebook/winoground", "b400e173549071916ad1b3d449293bc8d8b4b763")
"""Where it is on the Hub, and the revision that is read: the one that MTEB reads, too."""
LICENCE = (
    "Winoground is for research purposes only: accept its licence at "
    "https://huggingface.co/datasets/facebook/winoground and set HF_TOKEN to your token"
)
ENDINGS = (".png", ".jpg", ".jpeg")


def winoground(path: str = "", name: str = "winoground", difficulty: str = "") -> Dataset:
    """The groups with their tags as attributes; `difficulty` is a JSON file {id: [tag, ...]}.

    Raises NotAvailable, with the way to the licence, where the Hub refuses; BadData for a folder
    of another layout.
    """
    folder = Path(path) if path else _fetched()
    data = folder / "data" if (folder / "data").is_dir() else folder
    rows = list(json_lines(data / "examples.jsonl"))
    ids = {str(row.get("id")) for _, row in rows}
    hard = diwan(Path(difficulty), ids) if difficulty else {}
    return of_files(name, [_group(where, row, data, hard) for where, row in rows])


def _group(
    where: str, row: Mapping[str, Any], data: Path, hard: Mapping[str, Mapping[str, str]]
) -> Group:
    for key in ("id", "secondary_tag", "collapsed_tag", "num_main_preds"):
        if key not in row:
            raise BadData(f"{where}: expected the key '{key}', found {', '.join(row)}")
    key = str(row["id"])
    return Group(
        where=where,
        id=key,
        images=[_image(where, data, string(where, row, f"image_{i}")) for i in (0, 1)],
        captions=[string(where, row, f"caption_{i}") for i in (0, 1)],
        attributes={**attributes(row), **hard.get(key, {})},
    )


def _image(where: str, data: Path, name: str) -> Source:
    """The image of that name, with or without its ending, in the folder or the archive."""
    names = [name, *(name + ending for ending in ENDINGS)]
    archive = data / "images.zip"
    files: list[Source] = [inside(where, data / "images", one) for one in names]
    if archive.exists():
        files += [Member(archive, inner) for one in names for inner in (one, f"images/{one}")]
    return next((file for file in files if file.is_file()), files[0])


def _fetched() -> Path:
    try:
        repository, revision = REPOSITORY
        return fetched(repository, ["data/*"], revision, "dataset")
    except NotAvailable as error:
        raise NotAvailable(
            f"{error}: {LICENCE}; or `benchsuite data get winoground`, and dataset.path=DIR"
        ) from error
