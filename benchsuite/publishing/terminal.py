"""Tables on a terminal, as wide as it is; aligned Markdown where the output is none.

A table has keys, which say what a row is of, and values. Both may be folded to fit, a value only
between words: no number is cut. Columns that do not fit are left out and named below the table.
"""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from benchsuite.errors import some_of
from benchsuite.publishing.escape import line
from benchsuite.publishing.formats import markdown, plain

MOST: Final = 3
"""Columns of values that are shown: the first, and two more."""
NAMED: Final = 8
"""Columns that are named where they are left out."""
VALUE: Final = 22
"""The width of a number with its interval and a mark: wider values are folded to make room."""
INSIDE: Final = "\ue000"
"""Stands for the blank inside an interval while a cell is folded: a line does not end there."""
NARROW, FOLDED, HEADING, GAP = 8, 24, 20, "  "
"""Widths: the least, that of a key that makes room for more values, that of a heading in one line;
and what is between columns."""


def print_table(
    table: pd.DataFrame,
    title: str,
    legend: Sequence[str] = (),
    keys: int | None = None,
    everything: bool = True,
) -> None:
    """Print a table below its title, then what its marks mean.

    `keys` is how many columns say what a row is of; by default those before the first number.
    `everything` shows all columns, in parts that fit; else the first three values, or fewer.
    """
    count = _texts_first(table) if keys is None else keys
    console = Console(markup=False, highlight=False)
    terminal = sys.stdout.isatty()
    parts = list(_parts(table, count, console.width)) if terminal else [table]
    if not everything:
        parts = [parts[0].iloc[:, : count + MOST]]
    text = "\n".join(_drawn(part, count, console) for part in parts) if terminal else ""
    sys.stdout.write(f"\n{line(title)}\n\n{text or markdown(parts[0], aligned=True)}")
    shown = {name for part in parts for name in part.columns}
    left_out = [str(name) for name in table.columns if name not in shown]
    for mark in map(line, [*legend, *([_more(left_out)] if left_out else [])]):
        sys.stdout.write(f"{_wrapped(mark, console.width) if terminal else mark}\n")


def _wrapped(mark: str, width: int) -> str:
    return textwrap.fill(mark, width, subsequent_indent="  ", break_on_hyphens=False)


def _more(names: Sequence[str]) -> str:
    return f"--all also shows {some_of(names, NAMED)}"


def _texts_first(table: pd.DataFrame) -> int:
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    return numeric.index(True) if True in numeric else len(numeric)


def _parts(table: pd.DataFrame, keys: int, width: int) -> Iterator[pd.DataFrame]:
    """The table in parts that fit the width: each has the keys, and as many values as fit."""
    columns = [_column(table, i) for i in range(table.shape[1])]
    taken = sum(min(one.width, FOLDED) + len(GAP) for one in columns[:keys])
    start = keys
    while start < len(columns) or start == keys:
        stop, used = start, taken
        while stop < len(columns) and (
            stop == start or used + min(columns[stop].width, VALUE) <= width
        ):
            used += min(columns[stop].width, VALUE) + len(GAP)
            stop += 1
        yield table.iloc[:, [*range(keys), *range(start, stop)]]
        if stop == start:
            return
        start = stop


@dataclass(frozen=True)
class _Column:
    heading: str
    cells: tuple[str, ...]
    numeric: bool

    @property
    def width(self) -> int:
        """The width at which no cell is folded; a long heading is."""
        wide = max((cell_len(cell) for cell in self.cells), default=0)
        return max(wide, min(cell_len(self.heading), HEADING), 1)


def _column(table: pd.DataFrame, i: int) -> _Column:
    values = table.iloc[:, i]
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    # Names come from other people's files: a terminal must not obey them.
    cells = tuple(line(plain(value)) for value in values)
    return _Column(line(str(table.columns[i])), cells, numeric)


def _drawn(table: pd.DataFrame, keys: int, console: Console) -> str:
    columns = [_column(table, i) for i in range(table.shape[1])]
    widths = _fitted([one.width for one in columns], keys, console.width)
    lines = [*_row([one.heading for one in columns], columns, widths, console)]
    lines.append(GAP.join("─" * width for width in widths))
    for cells in zip(*[one.cells for one in columns], strict=True):
        lines += _row(cells, columns, widths, console)
    return "".join(f"{drawn.rstrip()}\n" for drawn in lines)


def _fitted(widths: Sequence[int], keys: int, room: int) -> list[int]:
    """The widths that fill no more than the room; the widest column of a part gives first."""
    found, room = list(widths), room - len(GAP) * (len(widths) - 1)
    names, values = range(keys), range(keys, len(found))
    for part, least in ((values, VALUE), (names, NARROW), (values, NARROW)):
        while sum(found) > room and any(found[i] > least for i in part):
            found[max(part, key=lambda i: found[i])] -= 1
    return found


def _row(
    cells: Sequence[str], columns: Sequence[_Column], widths: Sequence[int], console: Console
) -> Iterator[str]:
    folded = [
        [
            part.plain.rstrip().replace(INSIDE, " ")
            for part in Text(cell.replace(", ", f",{INSIDE}")).wrap(console, width)
        ]
        or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for i in range(max(len(lines) for lines in folded)):
        shown = [lines[i] if i < len(lines) else "" for lines in folded]
        yield GAP.join(
            " " * (width - cell_len(text)) + text if one.numeric else set_cell_size(text, width)
            for text, one, width in zip(shown, columns, widths, strict=True)
        )
