"""Errors that people can mend: one line for them, and an exit code for scripts."""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from enum import IntEnum
from pathlib import Path
from traceback import extract_tb


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


class ModelChanged(BadModel):
    """The weights of a model are no longer those that its fingerprint names."""


class NameTaken(BadData):
    """An attribute has the name of a column that the suite needs."""


class NotAvailable(BenchsuiteError):
    """Something must be installed or downloaded first."""

    code = Exit.NOT_AVAILABLE


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
        advice = f": pip install {shlex.quote(asked)}" if asked else ""
        raise NotAvailable(f"{what} needs {why}{advice}") from error


def placed(error: BaseException) -> str:
    """`KeyError: 'x' (pets.py:12)`: an error and its place; one of the suite is its message."""
    if isinstance(error, BenchsuiteError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {flat(error)}{where}"


@contextmanager
def of_others(where: str) -> Iterator[None]:
    """A context for code of others: what it raises, `sys.exit` too, is BadData with its place.

    Errors of the suite, packages that do not import, and Ctrl-C stay what they are.
    """
    try:
        yield
    except (BenchsuiteError, ImportError, KeyboardInterrupt):
        raise
    except BaseException as error:  # `sys.exit`, and a panic of Rust, are no Exception
        raise BadData(f"{where}: {placed(error)}") from error


def flat(error: BaseException) -> str:
    """The message of an error as one line of at most 300 characters."""
    text = ""
    with suppress(Exception):  # an error of others may fail to say what it is
        text = str(error)
    return " ".join(text.split())[:300]


def near(name: str, known: Iterable[str]) -> str:
    """` (did you mean a, b?)` for the known names nearest to `name`, or the known ones if few."""
    options = sorted(known)
    close = get_close_matches(name, options, n=3, cutoff=0.5)
    if close:
        return f" (did you mean {', '.join(close)}?)"
    return f" (there are {', '.join(options)})" if 0 < len(options) <= 12 else ""


def one_of(key: str, value: str, known: Iterable[str]) -> None:
    """Raise WrongCall unless the option `key` has one of the known values."""
    options = list(known)
    if value not in options:
        raise WrongCall(
            f"{key}: expected one of {', '.join(options)}, found '{value}'{near(value, options)}"
        )
