"""What the system gives a command, and what it refuses: streams, a folder, memory, files."""

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from benchsuite.errors import Exit, WrongCall, flat, lacks_memory
from benchsuite.files.write import nowhere

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a disk says that takes no more."""


def open_streams() -> None:
    """Make both streams ready: one that is closed takes what is written to it, and loses it."""
    sys.stdout = sys.stdout or nowhere()
    sys.stderr = sys.stderr or nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may not have all characters
            stream.reconfigure(errors="backslashreplace")


def drop(stream: TextIO) -> None:
    """Lose what a stream holds, and what follows: Python tries to write it when it ends."""
    with suppress(OSError, ValueError), nowhere() as lost:  # a stream of a test has no file
        os.dup2(lost.fileno(), stream.fileno())


def check_folder() -> None:
    """Raise WrongCall where the current folder was removed: no path begins there."""
    try:
        Path.cwd()
    except OSError as error:
        raise WrongCall("the current folder is gone; change to one that is there") from error


def refused(error: MemoryError | OSError) -> tuple[str, Exit]:
    """What the system refuses, and the exit code. It names no file for standard output."""
    if isinstance(error, MemoryError) or lacks_memory(error):
        return f"not enough memory: {flat(error)}", Exit.NOT_AVAILABLE
    if error.filename:  # too long a path, too many open files, …
        return f"{error.filename}: {error.strerror}", Exit.BAD_DATA
    if error.errno in FULL:
        drop(sys.stdout)
        return f"standard output: cannot write: {error.strerror}", Exit.CANNOT_WRITE
    return f"the system refuses: {flat(error)}", Exit.NOT_AVAILABLE
