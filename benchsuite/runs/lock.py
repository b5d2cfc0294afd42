"""One process works on a run: the kernel's lock on a file of its folder, and who has it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from benchsuite.errors import Held
from benchsuite.files.write import write_bytes, writing
from benchsuite.runs.places import is_plain_file

LOCK: Final = "lock"
HOLDER: Final = "holder.txt"
PATIENCE: Final = 0.5
"""Seconds in which a run is asked for: `holder` has it for a moment while it looks."""


@contextmanager
def hold(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a run, or another folder, for this process.

    The kernel gives the lock back however the process ends. Raises Held, with the holder's process
    id and host, where another process has it for longer than `patience`, in seconds.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            mine = FileLock(folder / LOCK).acquire(timeout=patience, poll_interval=0.05)
        except Timeout:
            raise Held(f"{folder}: held by {_told(folder)}") from None
    with mine:
        me = f"process {os.getpid()} on {socket.gethostname()}"
        write_bytes(folder / HOLDER, me.encode())
        yield


def holder(folder: Path) -> str:
    """Which process holds a run; empty where none does."""
    lock = folder / LOCK
    if not is_plain_file(lock):
        return ""
    try:
        with FileLock(lock).acquire(timeout=0):
            return ""
    except Timeout:
        return _told(folder)
    except OSError:  # a folder in which nobody can write
        return ""


def _told(folder: Path) -> str:
    path = folder / HOLDER
    told = path.read_text("utf-8", "replace") if is_plain_file(path) else ""
    return " ".join(told.split())[:200] or "another process"
