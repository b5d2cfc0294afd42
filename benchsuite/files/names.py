"""Names of files as people write them in tables: with or without folders and suffix.

Two spellings of one name are one: the normal forms of Unicode, the slashes of Windows, and the case
of a picture's suffix. Nothing else is: `7.png` and `007.png` are two files.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from benchsuite.errors import BadData

SUFFIXES: Final = (
    ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".jp2", ".pgm", ".ppm",
    ".npy", ".npz", ".dcm", ".nii",
)  # fmt: skip
"""Suffixes that a table may leave out. What follows another dot is part of a name."""


def normal(name: str) -> str:
    """The spelling of a name that all its other spellings share."""
    text = unicodedata.normalize("NFC", name.strip()).replace("\\", "/").removeprefix("./")
    path = PurePosixPath(text)
    known = path.suffix.lower() in SUFFIXES
    return str(path.with_suffix(path.suffix.lower())) if known else text


def bare(path: Path) -> str:
    """The name of a file without its ending: `a.b` of `a.b.tsv` and of `a.b.tsv.gz`."""
    return path.stem if path.suffix.lower() != ".gz" else Path(path.stem).stem


def forms(name: str) -> tuple[str, ...]:
    """What a table may call a file, the best name first.

    Its path, its name without folders, and its path below `images/`; each also without a picture's
    suffix.
    """
    path = PurePosixPath(normal(name))
    bare = path.with_suffix("") if path.suffix in SUFFIXES else path
    return str(path), str(bare), path.name, bare.name, f"images/{path}", f"images/{bare}"


def named(keys: Iterable[str], known: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What each key may mean: the members of `known` that have it as the best of their forms.

    `known` gives the forms of each member, all members as many. A key of several is ambiguous.
    """
    levels: list[dict[str, dict[str, None]]] = []
    for member, own in known.items():
        levels += [{} for _ in own[len(levels) :]]
        for level, form in zip(levels, own, strict=True):
            level.setdefault(form, {})[member] = None
    return {
        key: tuple(next((level[form] for level in levels if form in level), ()))
        for key in keys
        for form in [normal(key)]
    }


def matched(folder: Path, files: Mapping[str, Path], wanted: Iterable[str]) -> dict[str, Path]:
    """The file of each name, from the files of a folder by stem; its suffix may be another.

    Raises BadData where there is none, or several are spelled alike.
    """
    names, known = list(wanted), {stem: (normal(stem),) for stem in files}
    whole, bare = named(names, known), named([forms(name)[1] for name in names], known)
    found = {name: whole[name] or bare[forms(name)[1]] for name in names}
    for name, stems in found.items():
        if len(stems) != 1:
            raise BadData(f"{folder}: expected a file for '{name}', found {len(stems) or 'none'}")
    return {name: files[stem] for name, (stem,) in found.items()}


def in_folders(root: Path, named: Callable[[Path], Mapping[str, Path]]) -> dict[str, Path]:
    """The files that `named` finds in each folder of `root`, by FOLDER/NAME.

    Raises BadData where there is none.
    """
    folders = sorted(path for path in root.glob("*") if path.is_dir())
    found = {f"{one.name}/{name}": path for one in folders for name, path in named(one).items()}
    if not found:
        raise BadData(f"{root}: expected folders, and files in them, found none")
    return found


def alike(a: str, b: str) -> bool:
    """Whether a spreadsheet may have made one name of the other: case, suffix, leading zeros."""
    return _loose(a) == _loose(b)


def _loose(name: str) -> str:
    text = re.sub(r"\.0+$", "", forms(name)[3].casefold())  # a number column makes 7.0 of 007
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"\s+", "", text))
