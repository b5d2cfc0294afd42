"""Hashes of the files that people bring: fingerprints are made of them.

A file that was hashed may be read much later. Its reader asks first whether it has changed, so that
no number stands under the fingerprint of other data.
"""

import hashlib
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData, DataChanged

SETTLED = 2_000_000_000
"""Nanoseconds after a file's last change from which its hash is remembered."""

_HASHES: dict[str, Any] = {
    "sha256": lambda size: hashlib.sha256(),
    "blake2b": lambda size: hashlib.blake2b(digest_size=16),
    "git": lambda size: hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False),
}
"""An empty hash of each kind, for a file of so many bytes."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes: 64 hex digits. Raises BadData where it cannot be read."""
    return _hash(path, "sha256")


def content_hash(path: Path) -> str:
    """The BLAKE2b of a file's bytes: 32 hex digits. Raises BadData where it cannot be read."""
    return _hash(path, "blake2b")


def git_hash(path: Path) -> str:
    """The SHA-1 of a file as git's blob: 40 hex digits. Raises BadData where it cannot be read."""
    return _hash(path, "git")


@dataclass(frozen=True)
class Hashed:
    """A file when it was hashed: bytes, nanoseconds of its last change, kind of the hash, hash."""

    size: int
    changed: int
    kind: str
    hash: str


_hashed: dict[Path, Hashed] = {}


def hashed() -> dict[Path, Hashed]:
    """The files that were hashed in this process, by absolute path."""
    return dict(_hashed)


def remember(files: Mapping[Path, Hashed]) -> None:
    """Take files as they were when another process hashed them."""
    _hashed.update(files)


def check_unchanged(path: Path) -> None:
    """Raise DataChanged for a file that has other bytes than when it was hashed."""
    whole = path.absolute()
    before = _hashed.get(whole)
    if before is None:
        return
    with suppress(OSError):  # whoever reads it says so
        now = whole.stat()
        same = (now.st_size, now.st_mtime_ns) == (before.size, before.changed)
        if not same and _read(whole, now.st_size, 0, before.kind) != before.hash:
            raise DataChanged(
                f"{path}: expected the content that the dataset's fingerprint names, found "
                "another: the file was changed while it was in use"
            )


def _hash(path: Path, kind: str) -> str:
    whole = path.absolute()
    try:
        told = whole.stat()
        if not (stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode)):
            raise BadData(f"{path}: expected a file, found a pipe or a device")
        # Two changes within one tick of the clock leave one time: a file just written is read anew.
        read = _remembered if time.time_ns() - told.st_mtime_ns > SETTLED else _read
        found = read(whole, told.st_size, told.st_mtime_ns, kind)
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error
    _hashed[whole] = Hashed(told.st_size, told.st_mtime_ns, kind, found)
    return found


def _read(path: Path, size: int, changed: int, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(_HASHES[kind], size)).hexdigest()


_remembered = lru_cache(maxsize=1 << 16)(_read)
