"""Progress on a terminal, by rich; silent where standard error is none."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress as rich
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from benchsuite.task import Progress


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """A function (stage, done, total) that moves one bar per stage."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bars: dict[str, rich.TaskID] = {}

        def move(stage: str, done: int, total: int) -> None:
            if total == 0:
                return
            if stage not in bars:
                bars[stage] = progress.add_task(f"{title} {stage}", total=total)
            progress.update(bars[stage], completed=done)

        yield move
