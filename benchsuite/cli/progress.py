"""Progress on a terminal, by rich; silent where standard error is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A function (stage, done, total) that moves one bar a stage."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bars: dict[str, int] = {}

        def move(stage: str, done: int, total: int) -> None:
            if total == 0:
                return
            if stage not in bars:
                bars[stage] = progress.add_task(f"{title} {stage}", total=total)
            progress.update(bars[stage], completed=done)  # type: ignore[arg-type]

        yield move
