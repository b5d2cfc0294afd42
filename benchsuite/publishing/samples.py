"""Samples as people see them: a table that fits, lines of text, and a page in one file."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import pandas as pd
from rich.cells import cell_len

from benchsuite.boards.samples import CLUSTER, ERROR, ID, INFLUENCE
from benchsuite.files.images import fitted, png_bytes
from benchsuite.publishing.escape import line, printable
from benchsuite.publishing.formats import markdown, plain
from benchsuite.publishing.shown import html_table
from benchsuite.task import Look

WIDTH: Final = 100
"""The most columns of a table of samples in a terminal."""
SIDE: Final = 640
"""The most pixels of a picture's side on a page."""
STYLE: Final = """\
:root { color-scheme: light dark; background: Canvas; color: CanvasText }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em }
table { border-collapse: collapse } th, td { padding: .2em .8em; text-align: left }
th { border-bottom: 1px solid } pre { background: #8881; padding: .8em; white-space: pre-wrap }
img { max-width: 100% } h1, h2, p, pre { overflow-wrap: anywhere }
div { overflow-x: auto; background: Canvas }
"""

Captioned = tuple[str, Look]
"""A look below its caption."""


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `boards.samples` with influences in two digits, without columns that say nothing.

    Those are clusters of single samples, and errors where no sample failed.
    """
    found = table.copy()
    if INFLUENCE in found:
        found[INFLUENCE] = [signed(value) for value in found[INFLUENCE]]
    if CLUSTER in found and (found[CLUSTER] == found[ID]).all():
        found = found.drop(columns=CLUSTER)
    if ERROR in found and not found[ERROR].any():
        found = found.drop(columns=ERROR)
    return found


def narrowed(table: pd.DataFrame, first: Sequence[str]) -> pd.DataFrame:
    """The table with the columns `first` in front, and as many others as fit in WIDTH."""
    lead = [name for name in first if name in table]
    order = [*lead, *(name for name in table if name not in lead)]
    while len(order) > len(lead) and _width(table[order]) > WIDTH:
        order.pop()
    return table[order]


def _width(table: pd.DataFrame) -> int:
    return max(map(cell_len, markdown(table, aligned=True).splitlines()))


def signed(value: float) -> str:
    """A change with its sign and two digits; nothing where it is missing."""
    return "" if math.isnan(value) else f"{value:+.2g}"


def page(title: str, table: pd.DataFrame, looks: Sequence[Captioned] = ()) -> bytes:
    """An HTML page in one file: the table, then each look. It loads and runs nothing."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_safe(title)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{_safe(title)}</h1>",
        f'<div role="region" aria-label="table" tabindex="0">{html_table(table)}</div>',
        *(_figure(caption, look) for caption, look in looks),
        "</main></body></html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "backslashreplace")


def _figure(caption: str, look: Look) -> str:
    parts = [f"<h2>{_safe(caption)}</h2>"]
    if look.picture is not None:
        large = max(look.picture.shape) > SIDE
        shown = fitted(look.picture, SIDE, SIDE) if large else look.picture
        data = b64encode(png_bytes(shown)).decode()
        parts.append(f'<img alt="{_safe(caption)}" src="data:image/png;base64,{data}">')
        parts += [f"<p>{_safe(look.key)}</p>"] if look.key else []
    if look.text:
        parts.append(f"<pre>{_safe(look.text)}</pre>")
    return "".join(parts)


def _safe(text: str) -> str:
    """A name or value of others as text of a page."""
    return escape(printable(text))


def lines(caption: str, look: Look) -> Iterator[str]:
    """The caption and the text of a look below it, indented."""
    yield line(caption)
    for one in look.text.splitlines():
        yield f"    {line(one)}"


def caption(place: int, sample_id: str, condition: str, name: str, score: float) -> str:
    """What stands above a look: `3. s0007, clean: accuracy 0.000`, or `… influence -3e-05`."""
    told = signed(score) if name == INFLUENCE else plain(score)
    return f"{place}. {sample_id}, {condition}: {name} {told or 'none'}"
