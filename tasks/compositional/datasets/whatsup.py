"""What's Up (Kamath et al., arXiv 2310.19785): where one object is, seen from another.

A folder in the layout of the authors' data: `controlled_images_dataset.json` with
`controlled_images/` (A: left, right, on, under) or `controlled_clevr_dataset.json` with
`controlled_clevr/` (B: left, right, in front, behind). An entry has `image_path` and four
`caption_options`, the first of which is right.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.sources import inside
from benchsuite.files.text import json_value, record, string, strings

from .groups import Group, of_files

SUBSETS = {"a": "controlled_images", "b": "controlled_clevr"}
SHAPES = ("1x4", "2x2")
RELATIONS = {
    "left_of": "horizontal",
    "right_of": "horizontal",
    "on": "vertical",
    "under": "vertical",
    "in-front_of": "depth",
    "behind": "depth",
}
"""The relation in a file's name, `<object>_<relation>_<object>`; two of an axis are opposites."""


MISNAMED = ("pillow_left_of_chair.jpeg", "pillow_right_of_chair.jpeg")
"""Two photographs of A that have each other's names, as an issue of its repository reports
(github.com/amitakamath/whatsup_vlms). The code of arXiv 2510.07632 exchanges them, too."""


def whatsup(
    path: str,
    name: str = "whatsup",
    subset: str = "a",
    shape: str = "1x4",
    axis: str = "",
    corrected: bool = True,
) -> Dataset:
    """1×4 groups, or 2×2 groups of the two images in which the objects stand in opposite relations.

    axis       horizontal, vertical or depth: those groups alone, which the paper adapts to apart
    corrected  whether `MISNAMED` are exchanged; as published where not
    The attribute `axis` names the relation's, `relation` that of a 1×4 group.
    Raises BadData for a name without a relation, and where the opposite of an image is missing.
    """
    if subset not in SUBSETS or shape not in SHAPES:
        raise WrongCall(
            f"dataset: expected subset a or b and shape 1x4 or 2x2, found {subset}, {shape}"
        )
    folder = Path(path)
    file = folder / f"{SUBSETS[subset]}_dataset.json"
    names = dict(zip(MISNAMED, reversed(MISNAMED), strict=True)) if corrected else {}
    entries = list(_entries(file, folder / SUBSETS[subset], names))
    groups = entries if shape == "1x4" else list(_pairs(file, entries))
    kept = [group for group in groups if axis in ("", group.attributes["axis"])]
    if not kept:
        found = sorted({group.attributes["axis"] for group in groups})
        raise WrongCall(f"dataset.axis: expected one of {', '.join(found)}, found '{axis}'")
    return of_files(name, kept)


def _entries(file: Path, images: Path, names: Mapping[str, str]) -> Iterator[Group]:
    rows = json_value(file)
    if not isinstance(rows, list):
        raise BadData(f"{file}: expected a list of images, found {type(rows).__name__}")
    for number, row in enumerate(rows):
        yield _entry(f"{file}: entry {number}", row, images, names)


def _entry(where: str, row: Any, images: Path, names: Mapping[str, str]) -> Group:
    place = Path(string(where, record(where, row), "image_path"))
    texts = strings(where, row, "caption_options")
    if len(texts) < 2:
        raise BadData(f"{where}: caption_options: expected two texts or more, found {len(texts)}")
    file, stem = place.name, place.stem
    relation = next((r for r in RELATIONS if f"_{r}_" in stem), "")
    if not relation:
        raise BadData(f"{where}: expected a relation in the name, found '{place}'")
    return Group(
        where=where,
        id=stem,
        images=[inside(where, images, names.get(file, file))],
        captions=texts,
        attributes={"axis": RELATIONS[relation], "relation": relation},
    )


def _pairs(file: Path, entries: list[Group]) -> Iterator[Group]:
    found: dict[tuple[str, str], list[Group]] = {}
    for entry in entries:
        relation = entry.attributes["relation"]
        objects = entry.id.replace(f"_{relation}_", "_|_")
        found.setdefault((objects, entry.attributes["axis"]), []).append(entry)
    for (objects, axis), pair in found.items():
        if len(pair) != 2:
            raise BadData(
                f"{file}: {objects}, {axis}: expected two images in opposite relations, "
                f"found {len(pair)}"
            )
        yield _pair(objects, axis, pair)


def _pair(objects: str, axis: str, pair: list[Group]) -> Group:
    attributes: Mapping[str, str] = {"axis": axis}
    return Group(
        where=pair[0].where,
        id=f"{objects}-{axis}",
        images=[one.images[0] for one in pair],
        captions=[one.captions[0] for one in pair],
        attributes=attributes,
    )
