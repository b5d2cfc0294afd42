"""Standard output and error: one that is closed, full or cut off alters no exit code."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO


def open_streams() -> None:
    """Make both streams ready: one that is closed takes what is written to it, and loses it."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may not have all characters
            stream.reconfigure(errors="backslashreplace")


def drop(stream: TextIO) -> None:
    """Lose what a stream holds, and what follows: Python tries to write it when it ends."""
    with suppress(OSError, ValueError), _nowhere() as nowhere:  # a stream of a test has no file
        os.dup2(nowhere.fileno(), stream.fileno())


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
