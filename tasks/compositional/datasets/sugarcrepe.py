"""SugarCrepe (Hsieh et al., arXiv 2306.14610): 1×2 groups, a caption and a hard negative.

A folder with a JSON file a subset, {id: {filename, caption, negative_caption}}, over the images of
COCO val2017. An image occurs in several groups, which are one cluster.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import WrongCall
from benchsuite.files.sources import inside
from benchsuite.files.text import json_object, string

from .groups import Group, of_captions, of_files

CAPTIONS = ("caption", "negative_caption")
"""The keys of the right caption and of the wrong one."""
SUBSET = "subset"


def sugarcrepe(path: str, name: str = "sugarcrepe", subsets: str = "", images: str = "") -> Dataset:
    """The groups of the subsets, named with `+` between them; all of the folder's by default.

    Without `images`, the folder of COCO's val2017, there are captions alone: enough to score
    answers that were made elsewhere. The attribute `subset` is the file's name, `edit` and `part`
    its halves (swap, att). What is not an object (one file has a stray `accuracy`) is skipped.
    """
    folder = Path(path)
    known = {file.stem: file for file in sorted(folder.glob("*.json"))}
    chosen = subsets.split("+") if subsets else list(known)
    for subset in chosen or [""]:
        if subset not in known:
            raise WrongCall(f"{folder}: expected one of {', '.join(known)}, found '{subset}'")
    root = Path(images) if images else None
    groups = [group for subset in chosen for group in _groups(known[subset], root)]
    return of_files(name, groups) if images else of_captions(name, groups)


def _groups(file: Path, images: Path | None) -> Iterator[Group]:
    for key, row in _rows(file):
        yield _group(f"{file}: {key}", file.stem, key, row, images)


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((key, row) for key, row in json_object(file).items() if isinstance(row, dict))


def subsets_of(samples: Iterable[Sample]) -> list[str]:
    """The subsets of the groups, in their order; none where they are of another dataset."""
    return list(dict.fromkeys(s.attributes[SUBSET] for s in samples if SUBSET in s.attributes))


def _group(where: str, subset: str, key: str, row: Mapping[str, Any], images: Path | None) -> Group:
    filename = string(where, row, "filename")
    edit, _, part = subset.partition("_")
    return Group(
        where=where,
        id=f"{subset}/{key}",
        images=[inside(where, images, filename) if images else filename],
        captions=[string(where, row, name) for name in CAPTIONS],
        attributes={SUBSET: subset, "edit": edit, "part": part},
        cluster=filename,
    )
