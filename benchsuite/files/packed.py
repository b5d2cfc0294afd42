"""The bytes of files of other people, unpacked where they are packed by gzip."""

import gzip
import io
import os
import stat
import zlib
from pathlib import Path
from typing import BinaryIO

from benchsuite.errors import BadData
from benchsuite.files.hashes import check_unchanged
from benchsuite.files.limits import check_bytes, most_bytes

_GZIP, _COMPRESS = b"\x1f\x8b", b"\x1f\x9d"
"""How a file of gzip begins, and one of Unix's compress (`.Z`)."""
_HEADER = 1024
"""Bytes before the content of a file of gzip, which name the file."""


def bytes_of(path: Path) -> bytes:
    """The bytes of a file, unpacked if gzip has packed it, whatever its name.

    Raises BadData where the file cannot be read or unpacked, or becomes too large.
    """
    check_unchanged(path)
    try:
        with path.open("rb") as file:
            data = _whole(path, file)
        _refuse_compress(path, data)
        return _unpacked(path, data) if data.startswith(_GZIP) else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadData(f"{path}: expected a file of gzip, found: {error}") from error
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error


def _whole(path: Path, file: BinaryIO) -> bytes:
    """What an open file holds. A pipe or a device has no size, and may have no end."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file.read()
    data = file.read(most_bytes(0) + 1)
    check_bytes(str(path), len(data), 0)
    return data


def _unpacked(path: Path, data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(most_bytes(len(data)) + 1)  # the header tells its size modulo 2³²
    check_bytes(str(path), len(found), len(data))
    return found


def head_of(path: Path, size: int) -> str:
    """The text of a file's first `size` bytes, unpacked; what is not UTF-8 is replaced."""
    try:
        with path.open("rb") as file:
            head = file.read(size + _HEADER)
        _refuse_compress(path, head)
        if head.startswith(_GZIP):
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, size)
        return head[:size].decode(errors="replace")
    except zlib.error as error:
        raise BadData(f"{path}: expected a file of gzip, found: {error}") from error
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error


def _refuse_compress(path: Path, data: bytes) -> None:
    if data.startswith(_COMPRESS):
        raise BadData(f"{path}: expected plain text or gzip, found compress; run uncompress first")
