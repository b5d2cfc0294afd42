"""Files of our own: written whole or not at all.

A file is written under a temporary name in its own directory, synced and renamed, so that a reader
sees all of it or none.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any

from benchsuite.errors import CannotWrite


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Publish a JSON object, keys sorted."""
    write_bytes(path, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Publish a file atomically and durably.

    Written beside its place, synced, renamed, and the directory synced: after a crash or power
    cut the file is the old one or the new one. Raises CannotWrite; then nothing has changed.
    """
    temporary = path.parent / f".tmp-{os.getpid()}-{get_ident()}-{path.name}"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A context in which an OSError becomes CannotWrite, with the file's name."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"{error.filename or path}: cannot write: {error.strerror}") from error
