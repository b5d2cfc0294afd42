"""Files of our own: written whole or not at all.

A file is written under a temporary name in its own directory, synced and renamed, so that a reader
sees all of it or none. What a killed process leaves is removed by the next one that writes there.
"""

import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from os import fsync
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, TextIO
from uuid import uuid4

from benchsuite.errors import CannotWrite

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

POSIX: Final = os.name == "posix"
TEMPORARY: Final = ".tmp-"
"""How the names of files and folders begin that are not finished."""
DEVICES: Final = r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?"
"""Names that Windows gives to devices, whatever their ending."""
LONGEST: Final = 120
"""Characters of a name that its file keeps: file systems allow 255 bytes."""


def nowhere() -> TextIO:
    """A stream that loses what is written to it."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


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


def below(name: str) -> Path:
    """A path below some folder for any name, `cat/7.png` for itself: parts that lead away do not.

    A part that is no name of a file is its `slug`.
    """
    plain = (part if _is_plain(part) else slug(part) for part in name.split("/"))
    return Path(*plain)


def _is_plain(part: str) -> bool:
    return part not in ("", "..") and "\0" not in part and Path(part).name == part


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
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        temporary = path.parent / f"{TEMPORARY}{uuid4().hex}"
        try:
            with _begun(temporary) as file:
                file.write(data)
                file.flush()
                if durable:
                    fsync(file.fileno())
                if POSIX:
                    temporary.replace(path)
            if not POSIX:
                temporary.replace(path)  # Windows renames no file that is open
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if durable and POSIX:  # elsewhere a directory cannot be synced
            directory = os.open(path.parent, os.O_RDONLY)
            try:
                fsync(directory)
            finally:
                os.close(directory)


def _begun(temporary: Path) -> BinaryIO:
    """A temporary file, open to write, that no other process takes for one that was left."""
    while True:
        file = temporary.open("wb")
        _hold(file.fileno(), wait=True)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), temporary.stat()):
                return file
        file.close()  # it was swept away before it was held


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A context that fills a folder beside its place, to which it is then moved: all or nothing."""
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        with TemporaryDirectory(prefix=TEMPORARY, dir=folder.parent) as beside:
            held = os.open(beside, os.O_RDONLY) if POSIX else None
            try:
                if held is not None:
                    _hold(held, wait=True)
                yield (made := Path(beside) / folder.name)
                if folder.exists():
                    folder.rename(Path(beside) / "before")
                made.rename(folder)
            finally:
                if held is not None:
                    os.close(held)


def remove_unfinished(folder: Path) -> None:
    """Remove all temporary files below a folder in which nobody writes. Raises CannotWrite."""
    for left in folder.rglob(f"{TEMPORARY}*"):
        with writing(left):
            left.unlink(missing_ok=True)


@lru_cache(maxsize=4096)
def _sweep(folder: Path) -> None:
    """Remove what killed processes have left in a folder, once in this process.

    The kernel knows who lives: a process holds what it writes. It does not tell everywhere; then
    nothing is removed.
    """
    for left in folder.glob(f"{TEMPORARY}*") if fcntl else ():
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _hold(descriptor, wait=False):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            finally:
                os.close(descriptor)


def _hold(descriptor: int, wait: bool) -> bool:
    """Hold an open file or folder until it is closed. Whether that was possible."""
    if fcntl is None:
        return False
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    return False


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A context in which an OSError becomes CannotWrite, with the file's name."""
    try:
        yield
    except OSError as error:
        unfinished = TEMPORARY in str(error.filename)
        where = path if unfinished else error.filename or path
        raise CannotWrite(f"{where}: cannot write: {error.strerror}") from error
