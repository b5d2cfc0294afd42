"""Progress of what takes long: a bar on a terminal, a line a minute elsewhere.

What is done within two seconds shows nothing.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from benchsuite.task import Progress

PATIENCE: Final = 2.0
"""Seconds before a bar appears."""
EVERY: Final = 60.0
"""Seconds between two lines where there is no terminal."""


@dataclass
class _Stages:
    """How far each stage is, (done, total) by name, in the order of their start."""

    title: str
    reached: dict[str, tuple[int, int]] = field(default_factory=dict)

    def move(self, stage: str, done: int, total: int) -> None:
        if total:
            self.reached[stage] = (done, total)

    def line(self, seconds: float) -> str:
        stage, (done, total) = ([*self.reached.items()] or [("", (0, 0))])[-1]
        where = f" {stage}: {done} of {total}" if total else ""
        return f"{self.title}{where}, {seconds:.0f} s"


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """A function (stage, done, total) that shows how far the work inside the context is.

    A stage without a total, or no call at all, shows the title and the time.
    """
    stages, stop = _Stages(title), threading.Event()
    show = _bars if Console(stderr=True).is_terminal else _lines
    shown = threading.Thread(target=show, args=(stages, stop), daemon=True)
    shown.start()
    try:
        yield stages.move
    finally:
        stop.set()
        shown.join()


def _lines(stages: _Stages, stop: threading.Event) -> None:
    start = time.monotonic()
    while not stop.wait(EVERY):
        print(f"benchsuite: {stages.line(time.monotonic() - start)}", file=sys.stderr, flush=True)  # noqa: T201


def _bars(stages: _Stages, stop: threading.Event) -> None:
    if stop.wait(PATIENCE):
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    # What goes to a file must not be redirected to the terminal.
    to_see = sys.stdout.isatty()
    console = Console(stderr=True)
    with Bars(*columns, console=console, redirect_stdout=to_see, transient=True) as bars:
        started = {"": bars.add_task(stages.title, total=None, count="")}
        while True:
            ended = stop.wait(0.1)
            for stage, (done, total) in list(stages.reached.items()):
                if stage not in started:
                    started[stage] = bars.add_task(f"{stages.title} {stage}", total=total, count="")
                    bars.update(started[""], visible=False)
                bars.update(started[stage], completed=done, total=total, count=f"{done}/{total}")
            if ended:
                return
