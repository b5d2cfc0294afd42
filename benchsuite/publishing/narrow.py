"""The tables of a published page: no wider than a person can read, and open about the rest."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from benchsuite.errors import some_of
from benchsuite.publishing.views import keys_of
from benchsuite.publishing.words import LISTED

WIDEST: Final = 8
"""Columns of a table on a page."""
LABELS: Final = ("condition", "group")
"""The columns that name a row of a view with a column for every model."""
SIZES: Final = ("n", "clusters")


class Narrow(NamedTuple):
    """A table of a page, and a line that says what it leaves out; '' where it is whole."""

    table: pd.DataFrame
    left_out: str = ""


def narrow(shown: pd.DataFrame) -> Iterator[Narrow]:
    """A wide view as tables of at most WIDEST columns.

    A view of models as rows keeps its first columns. Where models are columns and do not fit,
    every attribute is a table of its own: models are its rows if its groups fit as columns, else
    it shows the first models. Conditions are treated as the groups of one attribute.
    """
    label = next((name for name in LABELS if name in shown), "")
    if len(shown.columns) <= WIDEST:
        yield Narrow(shown)
    elif not label:
        yield _first(shown)
    else:
        several = [name for name in shown.columns[: keys_of(shown)] if name not in (label, *SIZES)]
        for about, part in shown.groupby(several, sort=False) if several else [((), shown)]:
            rows = part.drop(columns=several)
            named = " by " + " ".join(map(str, about)) if several else ""
            yield _turned(rows, named) if len(rows) < WIDEST else _first(part)


def _turned(rows: pd.DataFrame, named: str) -> Narrow:
    """The models as rows, and the groups or conditions as columns, each with its size."""
    first = keys_of(rows)
    models = rows.columns[first:]
    labels = [_label(*keys) for keys in rows.iloc[:, :first].itertuples(index=False, name=None)]
    table = rows[models].T.set_axis(labels, axis=1).reset_index(drop=True)
    table.insert(0, f"model{named}", list(models))
    return Narrow(table)


def _label(name: str, *sizes: str) -> str:
    told = " in ".join(size for size in sizes if size)
    return f"{name} (n={told})" if told else name


def _first(table: pd.DataFrame) -> Narrow:
    rest = [str(name) for name in table.columns[WIDEST:]]
    if not rest:
        return Narrow(table)
    left_out = f"Left out here: {some_of(rest, LISTED)}."
    return Narrow(table.iloc[:, :WIDEST], left_out)
