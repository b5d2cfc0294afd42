"""Hashes of the files that people bring: fingerprints are made of them."""

import hashlib
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData

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


def _hash(path: Path, kind: str) -> str:
    whole = path.absolute()
    try:
        told = whole.stat()
        # Two changes within one tick of the clock leave one time: a file just written is read anew.
        read = _remembered if time.time_ns() - told.st_mtime_ns > SETTLED else _read
        return read(whole, told.st_size, told.st_mtime_ns, kind)
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error


def _read(path: Path, size: int, changed: int, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(_HASHES[kind], size)).hexdigest()


_remembered = lru_cache(maxsize=1 << 16)(_read)
