"""What files are read from beside a folder: a ZIP archive, which is not unpacked, and a table.

They behave as a Path does: `is_file`, `read_bytes`, and `str` for messages.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from benchsuite.errors import BadData
from benchsuite.files.hashes import sha256
from benchsuite.files.limits import check_bytes
from benchsuite.files.write import write_bytes


class Source(Protocol):
    """What a file is read from: a Path, or what behaves so."""

    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


def files_of(folder: Path) -> list[Path]:
    """The files of a folder, or those that a path with `*` matches, by name; without hidden ones.

    None where there is no such folder. Raises BadData for a pattern that nothing matches.
    """
    found = sorted(folder.iterdir()) if folder.is_dir() else matched(folder)
    several = folder.is_dir() or found != [folder]
    return [path for path in found if several and path.is_file() and not path.name.startswith(".")]


def single(path: Path) -> Path:
    """The path itself, or the only file of a folder. Raises BadData for one with another number."""
    found = files_of(path) if path.is_dir() else [path]
    if len(found) != 1:
        raise BadData(f"{path}: expected one file, found {len(found)}")
    return found[0]


def is_pattern(path: Path) -> bool:
    """Whether a path has `*`, and is no file or folder by itself."""
    return "*" in str(path) and not path.exists()


def matched(path: Path) -> list[Path]:
    """What a pattern matches, by name; the path itself where it is none.

    `*` stands for any name, or any part of one; hidden files match nothing. Raises BadData where
    nothing matches.
    """
    if not is_pattern(path):
        return [path]
    root = Path(path.anchor)
    every = root.glob(str(path.relative_to(root)))
    found = sorted(one for one in every if not one.name.startswith("."))
    if not found:
        raise BadData(f"{path}: expected a pattern that something matches, found nothing")
    return found


def by_star(path: Path) -> dict[str, Path]:
    """A pattern with each text that its last `*` stands for, by that text.

    Raises BadData where nothing matches.
    """
    before, _, after = str(path).rpartition("*")
    first = re.escape(before).replace(r"\*", "[^/]*")
    shape = re.compile(f"{first}([^/]*){re.escape(after)}")
    found = (shape.fullmatch(str(one)) for one in matched(path))
    names = sorted({match[1] for match in found if match and match[1]})
    return {name: Path(f"{before}{name}{after}") for name in names}


@dataclass(frozen=True)
class Member:
    """A file of a ZIP archive."""

    archive: Path
    name: str

    def __str__(self) -> str:
        return f"{self.archive}:{self.name}"

    def is_file(self) -> bool:
        """Whether the archive has it. Raises BadData where there is no such archive."""
        return self.name in _sizes(self.archive)

    def read_bytes(self) -> bytes:
        """Its content. Raises BadData where it is missing, damaged or too large."""
        size = _sizes(self.archive).get(self.name)
        if size is None:
            raise BadData(f"{self}: expected a file, found none")
        check_bytes(str(self), size, self.archive.stat().st_size)
        with _damage(str(self), "a whole file"), zipfile.ZipFile(self.archive) as file:
            return file.read(self.name)


def unpack(archive: Path, folder: Path) -> None:
    """Write the members of a ZIP archive into a folder, but for those that are there already.

    Raises BadData for a damaged archive, and a member outside of the folder or too large;
    CannotWrite.
    """
    sizes = _sizes(archive)
    check_bytes(str(archive), sum(sizes.values()), archive.stat().st_size)
    for name, size in sizes.items():
        place, member = inside(str(archive), folder, name), Member(archive, name)
        there = place.stat().st_size if place.is_file() else -1
        if not name.endswith("/") and there != size:
            write_bytes(place, member.read_bytes())


@lru_cache(maxsize=4)
def _sizes(archive: Path) -> dict[str, int]:
    with _damage(str(archive), "a ZIP archive"), zipfile.ZipFile(archive) as file:
        return {one.filename: one.file_size for one in file.infolist()}


@contextmanager
def _damage(where: str, expected: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # zipfile and zlib raise nearly anything on damaged bytes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadData(f"{where}: expected {expected}, found: {reason}") from error


@dataclass(frozen=True)
class Embedded:
    """A file that is a value of a table; `name` is for messages."""

    name: str
    data: bytes

    def __str__(self) -> str:
        return self.name

    def is_file(self) -> bool:
        """Whether there are any bytes."""
        return bool(self.data)

    def read_bytes(self) -> bytes:
        """Its content."""
        return self.data


def source_hash(source: Source) -> str:
    """The SHA-256 of what a source holds. Raises BadData where it cannot be read."""
    if isinstance(source, Path):
        return sha256(source)
    return hashlib.sha256(source.read_bytes()).hexdigest()


def inside(where: str, root: Path, name: str) -> Path:
    """`root / name`. Raises BadData where that would be outside of `root`, or no name of a file."""
    path = root / name
    try:
        path.is_file()  # a name may be too long, or have a NUL
        below = path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError):
        below = False
    if not below:
        raise BadData(f"{where}: expected a file below {root}, found '{name[:300]}'")
    return path
