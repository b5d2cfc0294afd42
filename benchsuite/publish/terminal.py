"""Tables on a terminal, by rich; plain and as wide as needed where the output is not one."""

import sys
from collections.abc import Sequence

import pandas as pd
from rich.box import MARKDOWN, SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchsuite.publish.formats import markdown


def print_table(table: pd.DataFrame, title: str, legend: Sequence[str] = ()) -> None:
    """Print a table: a rich one on a terminal, Markdown elsewhere; then what its marks mean."""
    if not sys.stdout.isatty():
        sys.stdout.write(f"\n{title}\n\n{markdown(table)}")
    else:
        _print_rich(table, title)
    sys.stdout.write("".join(f"{line}\n" for line in legend))


def _print_rich(table: pd.DataFrame, title: str) -> None:
    made = Table(title=title, box=SIMPLE_HEAD if len(table.columns) < 10 else MARKDOWN)
    for name in table.columns:
        made.add_column(str(name), overflow="fold")
    for row in table.itertuples(index=False, name=None):
        made.add_row(*[f"{v:.3f}" if isinstance(v, float) else str(v) for v in row])
    # Names come from other people's files: they are not markup.
    Console(markup=False, highlight=False).print(made)
