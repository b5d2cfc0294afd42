"""That a batch begins: whoever watches over this process is told, and may end one that hangs."""

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_watchers: list[Callable[[str], None]] = []


def say_batch(batch: str) -> None:
    """Tell who watches over this process that a batch begins."""
    for tell in _watchers:
        tell(batch)


@contextmanager
def watched(tell: Callable[[str], None]) -> Iterator[None]:
    """A context in which `tell` is told of each batch that begins."""
    _watchers.append(tell)
    try:
        yield
    finally:
        _watchers.remove(tell)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """A context in which a batch that takes longer ends this process; 0 for no limit.

    Python's own watchdog does so even where the batch hangs in compiled code, and says where.
    """
    if seconds <= 0:
        yield
        return
    with watched(lambda _: faulthandler.dump_traceback_later(seconds, exit=True)):
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
