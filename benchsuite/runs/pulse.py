"""The heartbeat of a run: its status says how far it is, also while a first unit takes hours."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from benchsuite.errors import CannotWrite
from benchsuite.runs.store import RunDirectory

HEARTBEAT_SECONDS: Final = 5.0


@contextmanager
def beating(directory: RunDirectory, stage: str, total: int) -> Iterator[Callable[[int], None]]:
    """A context that writes the status at once and every few seconds. It is told what is done.

    `idle` are the seconds since a job ended, by a clock that nobody sets.
    """
    done, moved, over = 0, time.monotonic(), threading.Event()

    def tell(now_done: int) -> None:
        nonlocal done, moved
        done, moved = now_done, time.monotonic()

    def beat() -> None:
        idle = round(time.monotonic() - moved)
        directory.write_status(state="running", stage=stage, done=done, total=total, idle=idle)

    def keep_beating() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            with suppress(CannotWrite):  # a disk that is full ends the work itself, with its file
                beat()

    beat()
    heart = threading.Thread(target=keep_beating, daemon=True)
    heart.start()
    try:
        yield tell
    finally:
        over.set()
        heart.join()
