"""Tables as Python shows them: text in a terminal, HTML in a notebook."""

from collections.abc import Sequence

import pandas as pd

from benchsuite.publishing.escape import in_html, line
from benchsuite.publishing.formats import markdown, plain
from benchsuite.publishing.terminal import MOST
from benchsuite.publishing.views import (
    headlines,
    keys_of,
    once,
    suite_names,
    view,
    without_value,
)
from benchsuite.publishing.words import legend


def as_text(title: str, shown: pd.DataFrame, marks: Sequence[str] = ()) -> str:
    """A title, an aligned table, and what its marks mean."""
    lines = [line(title), "", markdown(shown, aligned=True).rstrip("\n"), *map(line, marks)]
    return "\n".join(lines)


def as_html(title: str, shown: pd.DataFrame, marks: Sequence[str] = ()) -> str:
    """The same as HTML: every text is escaped."""
    told = "".join(f"<p>{in_html(mark)}</p>" for mark in marks)
    return f"<div><p><strong>{in_html(title)}</strong></p>{html_table(shown)}{told}</div>"


def html_table(shown: pd.DataFrame) -> str:
    """A table as HTML."""
    head = "".join(f'<th scope="col">{in_html(str(name))}</th>' for name in shown.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{in_html(plain(value))}</td>' for value in row)}</tr>"
        for row in shown.itertuples(index=False, name=None)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def overall(table: pd.DataFrame, task: str) -> tuple[str, pd.DataFrame, list[str]]:
    """The title, the first columns and the marks of a task's tidy table, for everybody.

    They are the metrics on clean, or the headline by condition where nothing ran on clean.
    """
    part, names = table[table["task"] == task], suite_names(task)
    shown, what = view(part, "overall", names=names), ""
    if shown.empty:
        shown = view(part, "condition", names=names)
        what = f", {' and '.join(dict.fromkeys(headlines(part).values()))} by condition"
    title = f"{task}, {', '.join(dict.fromkeys(shown['dataset']))}{what}"
    shown = once(shown)
    first = shown.iloc[:, : keys_of(shown) + MOST]
    return title, first, legend(first, names, without_value(part))
