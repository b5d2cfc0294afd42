"""Errors that people can mend: one line for them, and an exit code for scripts."""

import errno
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from enum import IntEnum
from importlib.metadata import distributions
from pathlib import Path
from traceback import extract_tb
from typing import Any


class Exit(IntEnum):
    """The exit codes of every command. Only the gate gives 1 to 3."""

    DONE = 0
    FAIL = 1
    INCONCLUSIVE = 2
    INVALID = 3
    WRONG_CALL = 64
    BAD_DATA = 65
    NOT_AVAILABLE = 69
    INTERNAL = 70
    CANNOT_WRITE = 73
    HELD = 75
    FAILED_UNITS = 76
    INTERRUPTED = 130


class BenchsuiteError(Exception):
    """A message for people: one line with the file, the key, what was expected, what was found."""

    code: Exit = Exit.INTERNAL


class WrongCall(BenchsuiteError):
    """The command line or a call has a name, key or value that does not exist."""

    code = Exit.WRONG_CALL


class BadData(BenchsuiteError):
    """A dataset, a prediction or a result file has wrong content."""

    code = Exit.BAD_DATA


class BadModel(BadData):
    """The files of a model cannot be used, so that none of its predictions can be made."""


class DataChanged(BadData):
    """A file of a dataset is no longer the one that the fingerprint names."""


class ModelChanged(BadModel):
    """The weights of a model are no longer those that its fingerprint names."""


class NameTaken(BadData):
    """An attribute has the name of a column that the suite needs."""


class NotAvailable(BenchsuiteError):
    """Something must be installed or downloaded first."""

    code = Exit.NOT_AVAILABLE


class OutOfMemory(NotAvailable):
    """The machine has too little memory for what was asked."""


class CannotWrite(BenchsuiteError):
    """The results cannot be written: a full disk, a directory without permission."""

    code = Exit.CANNOT_WRITE


class Held(BenchsuiteError):
    """Another process holds this run."""

    code = Exit.HELD


class LeftOut(UserWarning):
    """A run that a board leaves out, and why."""


@contextmanager
def needing(what: str, install: str = "") -> Iterator[None]:
    """A context in which a package that does not import becomes NotAvailable.

    what     who needs it: `task bright`
    install  what pip installs: `benchsuite[bright]`; by default the missing package itself
    """
    try:
        yield
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name
        why = f"the package '{error.name}'" if absent else f"what does not import: {flat(error)}"
        asked = install or (error.name if absent else "")
        advice = f": {install_command(asked)}" if asked else ""
        raise NotAvailable(f"{what} needs {why}{advice}") from error


def install_command(requirement: str) -> str:
    """The command that installs `name[extra,...]` from where `name` itself came.

    pip keeps the address of a checkout, a file or a repository in `direct_url.json` (PEP 610).
    Without one, the name is looked up in pip's index.
    """
    parts = re.fullmatch(r"([\w.-]+)(\[.*\])?", requirement)
    if parts is not None:
        with suppress(*_BROKEN):
            return f"pip install {_source(*parts.groups(default=''))}"
    return f"pip install {_quoted(requirement)}"


_BROKEN = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What a `direct_url.json` raises that is not there, is no JSON, or has not the fields of one."""


def _source(name: str, extras: str) -> str:
    """What pip is given to install a package with extras from where it came."""
    origin = _origin(name)
    address = origin["url"]
    if re.fullmatch(r"[a-z+]+:\S+", address) is None:
        raise ValueError(address)
    if origin.get("dir_info", {}).get("editable") is True:
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return f"-e {_quoted(url2pathname(urlsplit(address).path) + extras)}"
    if "vcs_info" in origin:
        commit = origin["vcs_info"]
        address = f"{commit['vcs']}+{address}@{commit['commit_id']}"
    if "subdirectory" in origin:
        address = f"{address}#subdirectory={origin['subdirectory']}"
    return _quoted(f"{name}{extras} @ {address}")


def _origin(name: str) -> Any:
    """The `direct_url.json` of an installed package. Raises a ValueError where there is none.

    The `.egg-info` that a build leaves in a checkout is no installation: it has no RECORD.
    """
    installed = (found for found in distributions(name=name) if found.read_text("RECORD"))
    return json.loads(next((found.read_text("direct_url.json") or "" for found in installed), ""))


def _quoted(word: str, posix: bool = os.name == "posix") -> str:
    """A word for the shell; the shells of Windows have double quotes in common."""
    return shlex.quote(word) if posix else f'"{word}"'


def placed(error: BaseException) -> str:
    """`KeyError: 'x' (pets.py:12)`: an error and its place; one of the suite is its message."""
    if isinstance(error, BenchsuiteError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = flat(error)
    return f"{type(error).__name__}{said and f': {said}'}{where}"


@contextmanager
def of_others(where: str) -> Iterator[None]:
    """A context for code of others: what it raises, `sys.exit` too, is BadData with its place.

    Errors of the suite, packages that do not import, and Ctrl-C stay what they are. A lack of
    memory is OutOfMemory.
    """
    try:
        yield
    except (BenchsuiteError, ImportError, KeyboardInterrupt):
        raise
    except BaseException as error:  # `sys.exit`, and a panic of Rust, are no Exception
        if lacks_memory(error):
            raise OutOfMemory(f"{where}: not enough memory: {flat(error)}") from error
        raise BadData(f"{where}: {placed(error)}") from error


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that the machine, or its GPU, has too little memory."""
    of_gpu = getattr(sys.modules.get("torch"), "OutOfMemoryError", MemoryError)
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # torch has no kind of its own for the memory of the CPU.
    return isinstance(error, MemoryError | of_gpu) or "DefaultCPUAllocator:" in flat(error)


def flat(error: BaseException) -> str:
    """The message of an error as one line of at most 300 characters."""
    text = ""
    with suppress(Exception):  # an error of others may fail to say what it is
        text = str(error)
    return " ".join(text.split())[:300]


def some_of(names: Iterable[str], most: int = 5) -> str:
    """The first of several names, with commas between them, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def near(name: object, known: Iterable[str]) -> str:
    """` (did you mean a, b?)` for the known names nearest to `name`, or the known ones if few."""
    options = sorted(known)
    if meant := _meant(name, options):
        return meant
    return f" (there are {', '.join(options)})" if 0 < len(options) <= 12 else ""


def _meant(name: object, options: list[str]) -> str:
    close = get_close_matches(str(name), options, n=3, cutoff=0.5)
    return f" (did you mean {', '.join(close)}?)" if close else ""


def one_of(key: str, value: str, known: Iterable[str]) -> None:
    """Raise WrongCall unless the option `key` has one of the known values."""
    options = list(known)
    if value not in options:
        raise WrongCall(
            f"{key}: expected one of {', '.join(options)}, found '{value}'{_meant(value, options)}"
        )
