"""Where the images of a group are read from: files, members of a ZIP archive, values of a table."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from benchsuite.errors import BadData
from benchsuite.files.hashes import sha256
from benchsuite.files.images import read_rgb


class ImageFile(Protocol):
    """What an image is read from: a Path, or what behaves so."""

    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class Member:
    """A file of a ZIP archive, which is not unpacked."""

    archive: Path
    name: str

    def __str__(self) -> str:
        return f"{self.archive}:{self.name}"

    def is_file(self) -> bool:
        """Whether the archive has it."""
        return self.name in _members(self.archive)

    def read_bytes(self) -> bytes:
        """Its content."""
        with zipfile.ZipFile(self.archive) as file:
            return file.read(self.name)


@lru_cache(maxsize=4)
def _members(archive: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(archive) as file:
            return frozenset(file.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise BadData(f"{archive}: expected a ZIP archive, found {error}") from error


@dataclass(frozen=True)
class Embedded:
    """An image file that is a value of a table; `name` is for messages."""

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


@dataclass(frozen=True)
class Files(Mapping[str, Any]):
    """Inputs whose images are read when they are asked for: `images`, uint8 RGB (H, W, 3) each."""

    files: tuple[ImageFile, ...]
    captions: tuple[str, ...]
    cluster: str

    @staticmethod
    def shown(files: Sequence[Any], captions: Sequence[Any], cluster: str) -> "Files":
        """The inputs of a group in the order shown."""
        return Files(tuple(files), tuple(captions), cluster)

    def __getitem__(self, key: str) -> Any:
        if key == "images":
            return [read_rgb(file) for file in self.files]
        return {"captions": list(self.captions), "cluster": self.cluster}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("images", "captions", "cluster"))

    def __len__(self) -> int:
        return 3


def content(file: ImageFile) -> str:
    """The SHA-256 of an image file."""
    if isinstance(file, Path):
        return sha256(file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def inside(where: str, root: Path, name: str) -> Path:
    """`root / name`. Raises BadData where that would be outside of `root`."""
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise BadData(f"{where}: expected a file below {root}, found '{name}'")
    return path
