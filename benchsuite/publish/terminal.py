"""Tables on a terminal, by rich; plain and as wide as needed where the output is not one."""

import sys
from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchsuite.publish.escape import line
from benchsuite.publish.formats import markdown

KEYS: Final = (
    "dataset", "model", "protocol", "rank", "metric", "form", "condition", "attribute", "group",
    "call", "class",
)  # fmt: skip
"""Columns that say what a row is of: they are repeated where a table is cut to the width."""


def print_table(table: pd.DataFrame, title: str, legend: Sequence[str] = ()) -> None:
    """Print a table: a rich one on a terminal, Markdown elsewhere; then what its marks mean."""
    if not sys.stdout.isatty():
        sys.stdout.write(f"\n{line(title)}\n\n{markdown(table)}")
    else:
        # Names come from other people's files: they are not markup.
        console = Console(markup=False, highlight=False)
        console.print(f"\n{line(title)}", style="italic")
        for part in _cut(table, console):
            console.print(part)
    sys.stdout.write("".join(f"{line(mark)}\n" for mark in legend))


def _cut(table: pd.DataFrame, console: Console) -> Iterator[Table]:
    """The table in parts that fit the width: each has the keys, and as many columns as fit."""
    keys = [name for name in table.columns if name in KEYS]
    rest = [name for name in table.columns if name not in KEYS]
    while True:
        count = len(rest)
        while count > 1 and not _fits(_made(table[[*keys, *rest[:count]]]), console):
            count -= 1
        yield _made(table[[*keys, *rest[:count]]])
        rest = rest[count:]
        if not rest:
            return


def _fits(table: Table, console: Console) -> bool:
    return console.measure(table, options=console.options.update(width=10**6)).maximum <= (
        console.width
    )


def _made(table: pd.DataFrame) -> Table:
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in table.columns:
        made.add_column(line(str(name)), overflow="fold")
    for row in table.itertuples(index=False, name=None):
        made.add_row(*[f"{v:.3f}" if isinstance(v, float) else line(str(v)) for v in row])
    return made
