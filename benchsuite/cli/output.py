"""What commands print: lines, tables, views of a leaderboard, and where figures were drawn."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.errors import Exit, needing, of_others

if TYPE_CHECKING:
    import pandas as pd


def out(text: str) -> None:
    """Write a line, or lines, to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(message: str, code: Exit) -> Exit:
    """Write one line to standard error; returns the exit code."""
    print(f"benchsuite: {message}", file=sys.stderr)  # noqa: T201
    return code


def say_left_out(line: str) -> None:
    """Print which run a board leaves out, on standard error."""
    say(line, Exit.DONE)


def show_table(table: "pd.DataFrame", title: str) -> None:
    """Print a table below its title."""
    from benchsuite.publish.terminal import print_table

    print_table(table, title)


def show_views(table: "pd.DataFrame", views: Sequence[str], metric: str = "") -> None:
    """Print views of a tidy table, task by task."""
    from benchsuite.publish.terminal import print_table
    from benchsuite.publish.views import headlines, legend, view

    for name in dict.fromkeys(table["task"]):
        part = table[table["task"] == name]
        for by in views:
            own = [metric] if metric else dict.fromkeys(headlines(part).values())
            of = "" if by == "overall" else f": {', '.join(own)}"
            shown = view(part, by, metric)
            print_table(shown, f"{name} by {by}{of}", legend(shown))


def draw(table: "pd.DataFrame", folder: Path, asked: bool = False) -> None:
    """Draw the tasks' figures of a tidy table; where they were `asked` for, say who draws none."""
    from benchsuite.publish.views import names_apart
    from benchsuite.task import load_task

    table = names_apart(table)
    for name in dict.fromkeys(table["task"]):
        task = load_task(name)
        if task.draw is None:
            if asked:
                say(f"task {name} draws no figures", Exit.DONE)
            continue
        with needing(f"task {name}", task.needs), of_others(f"task {name}: figures"):
            drawn = task.draw(table[table["task"] == name], folder / name)
        for path in drawn:
            out(str(path))
