"""What commands show: lines, tables, views of a leaderboard, and figures."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchsuite.cli.system import drop
from benchsuite.errors import Exit, NotAvailable, needing, of_others

if TYPE_CHECKING:
    import pandas as pd

ALL: Final = "show every column; default: the first three that have values"
"""What `--all` does."""
RUN: Final = "a finished run, or a model's folder that holds one"
"""What an argument RUN is."""


def out(text: str) -> None:
    """Write a line, or lines, to standard output."""
    from benchsuite.publishing.escape import printable

    sys.stdout.write(printable(text if text.endswith("\n") else text + "\n"))


def out_commands(text: str) -> None:
    """Write lines that are commands to the program that runs this one."""
    sys.stdout.write(text)


def out_folded(line: str) -> None:
    """Write a line to standard output; on a terminal, folded between words and indented."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(line, width, subsequent_indent="      ", break_on_hyphens=False)
    out(line)


def say(message: str, code: Exit) -> Exit:
    """Write one line to standard error; returns the exit code."""
    from benchsuite.publishing.escape import line

    try:
        print(f"benchsuite: {line(message)}", file=sys.stderr)  # noqa: T201
    except OSError:  # a full disk: the code says it alone
        drop(sys.stderr)
    return code


def say_left_out(line: str) -> None:
    """Print which run a board leaves out, on standard error."""
    say(line, Exit.DONE)


def show_table(
    table: "pd.DataFrame", title: str, keys: int | None = None, everything: bool = True
) -> None:
    """Print a table below its title."""
    from benchsuite.publishing.terminal import print_table

    print_table(table, title, keys=keys, everything=everything)


def show_views(
    table: "pd.DataFrame", views: Sequence[str], metric: str = "", everything: bool = False
) -> None:
    """Print views of a tidy table, task by task."""
    from benchsuite.publishing.ceilings import held
    from benchsuite.publishing.terminal import print_table
    from benchsuite.publishing.views import (
        headlines,
        keys_of,
        nothing,
        once,
        suite_names,
        view,
        without_value,
    )  # fmt: skip
    from benchsuite.publishing.words import legend

    told: set[str] = set()
    for name in dict.fromkeys(table["task"]):
        part, names = table[table["task"] == name], suite_names(name)
        left_out = without_value(part)
        for by in views:
            own = [metric] if metric else dict.fromkeys(headlines(part).values())
            shown = view(part, by, metric, names)
            datasets = ", ".join(dict.fromkeys(shown["dataset"]))
            of = "overall" if by == "overall" else f"by {by}: {', '.join(own)}"
            title, shown = f"{name}, {datasets}, {of}", once(shown)
            if len(shown):
                marks = legend(shown, names, left_out if by == "overall" else {})
                marks += held(part, by, [*own])
                new = [line for line in marks if line not in told]
                told.update(new)
                print_table(shown, title, new, keys_of(shown), everything)
            else:
                out(f"\n{name}, {of}\n\n{nothing(by)}")


def encoded_board(table: "pd.DataFrame", ending: str, by: str, metric: str) -> bytes:
    """The tidy table, or the view of every task that `by` or `metric` asks for, in a format.

    As LaTeX, it is always a view: nobody prints a tidy table. Raises WrongCall for another format.
    """
    import pandas as pd

    from benchsuite.publishing.formats import encode
    from benchsuite.publishing.latex import board_tables
    from benchsuite.publishing.views import suite_names, view

    by, asked = by or "overall", by or metric
    if ending == "tex":
        return board_tables(table, by, metric).encode()
    if not asked:
        return encode(table, ending)
    tasks = list(dict.fromkeys(table["task"]))
    parts = [view(table[table["task"] == one], by, metric, suite_names(one)) for one in tasks]
    if len(tasks) > 1:
        for part, one in zip(parts, tasks, strict=True):
            part.insert(0, "task", one)
    return encode(pd.concat(parts, ignore_index=True).fillna(""), ending)


def draw(table: "pd.DataFrame", folder: Path) -> Iterator[Path]:
    """Draw the figures of a tidy table, a folder for each task.

    Raises NotAvailable where matplotlib is not installed, or no row has a value to draw.
    """
    from benchsuite.publishing import plots
    from benchsuite.publishing.views import names_apart, suite_names
    from benchsuite.task import load_task

    table = names_apart(table)
    for name in dict.fromkeys(table["task"]):
        rows, task = table[table["task"] == name], load_task(name)
        drawn = plots.draw(rows, folder / name, suite_names(name))
        if task.draw is not None:
            with needing(f"task {name}", task.needs), of_others(f"task {name}: figures"):
                drawn += task.draw(rows, folder / name)
        if not drawn:
            raise NotAvailable(f"task {name}: no figure: no row of its headlines has a value")
        yield from drawn
