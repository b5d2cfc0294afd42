"""Samples with their looks: as a page of one file, and as lines of text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import pandas as pd

from benchsuite.estimation.wording import in_words
from benchsuite.files.images import fitted, png_bytes
from benchsuite.publish.escape import line, printable
from benchsuite.publish.formats import plain
from benchsuite.task import Look

SIDE: Final = 640
"""The most pixels of a picture's side."""
STYLE: Final = """\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em }
table { border-collapse: collapse } th, td { padding: .2em .8em; text-align: left }
th { border-bottom: 1px solid } td.number { text-align: right; font-variant-numeric: tabular-nums }
pre { background: #8881; padding: .8em; white-space: pre-wrap } img { max-width: 100% }
"""


def page(title: str, table: pd.DataFrame, looks: Sequence[tuple[str, Look]] = ()) -> bytes:
    """An HTML page in one file: the table, then each captioned look. It loads and runs nothing."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{_safe(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_safe(title)}</h1>",
        html_table(table),
        *(_figure(caption, look) for caption, look in looks),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "backslashreplace")


def html_table(table: pd.DataFrame) -> str:
    """A table as HTML; numbers right, with three decimals."""
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    heads = "".join(f"<th>{_safe(str(name))}</th>" for name in table.columns)
    rows = [
        "".join(
            f'<td class="number">{_safe(plain(value))}</td>'
            if right
            else f"<td>{_safe(plain(value))}</td>"
            for value, right in zip(row, numeric, strict=True)
        )
        for row in in_words(table).itertuples(index=False, name=None)
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: str) -> str:
    """A name or value of others as text of a page."""
    return escape(printable(text))


def _figure(caption: str, look: Look) -> str:
    picture = text = ""
    if look.picture is not None:
        large = max(look.picture.shape) > SIDE
        shown = fitted(look.picture, SIDE, SIDE) if large else look.picture
        data = b64encode(png_bytes(shown)).decode()
        picture = f'<img alt="{_safe(caption)}" src="data:image/png;base64,{data}">'
    if look.text:
        text = f"<pre>{_safe(look.text)}</pre>"
    return f"<h2>{_safe(caption)}</h2>{picture}{text}"


def lines(caption: str, look: Look) -> Iterator[str]:
    """The caption and the text of a look below it, indented."""
    yield line(caption)
    for one in look.text.splitlines():
        yield f"    {line(one)}"
