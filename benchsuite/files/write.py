"""Files of our own: written whole or not at all.

A file is written under a temporary name in its own directory, synced and renamed, so that a reader
sees all of it or none.
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from benchsuite.errors import CannotWrite

DEVICES: Final = r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?"
"""Names that Windows gives to devices, whatever their ending."""
LONGEST: Final = 120
"""Characters of a name that its file keeps: file systems allow 255 bytes."""


def slug(name: str) -> str:
    """A file name for any name: `text/typo/3` -> `text+typo+3`; never a path out of its folder.

    It is one on every system: Windows has names that are devices, and drops a dot at the end.
    """
    joined = name.replace("/", "+")
    plain = re.sub(r"[^A-Za-z0-9._+×=-]", "_", joined).strip(".")[:LONGEST]
    if re.fullmatch(DEVICES, plain, re.IGNORECASE):
        plain = f"_{plain}"
    return plain if plain == joined and plain else f"{plain}~{_mark(name)}"


def slugs(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A file name for each of these names, also on systems to which `A` and `a` are one file.

    `taken` are file names that stand beside them.
    """
    found = {name: slug(name) for name in names}
    times = Counter(file.lower() for file in (*found.values(), *taken))
    return {
        name: f"{file}~{_mark(name)}" if times[file.lower()] > 1 else file
        for name, file in found.items()
    }


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Publish a JSON object, keys sorted."""
    write_bytes(path, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode())


def write_bytes(path: Path, data: bytes, durable: bool = True) -> None:
    """Publish a file atomically, and durably.

    Written beside its place, synced, renamed, and the directory synced: after a crash or power
    cut the file is the old one or the new one. Raises CannotWrite; then nothing has changed.
    What a command makes again from other files, a thousand at once, need not be `durable`.
    """
    temporary = path.parent / f".tmp-{os.getpid()}-{get_ident()}-{path.name}"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if os.name != "posix" or not durable:
            return  # elsewhere a directory cannot be synced
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
