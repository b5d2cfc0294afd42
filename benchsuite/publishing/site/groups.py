"""The pages of groups: each group's score on clean inputs, the gap, and the gap of chance."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pandas as pd

from benchsuite.publishing.rows import everybody, of_form, of_groups, of_several
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import Cell, cell_of, small
from benchsuite.publishing.site.downloads import behind
from benchsuite.publishing.site.grid import Grid, Place, best_first, grid
from benchsuite.publishing.site.page import Page, Part
from benchsuite.publishing.site.places import groups_page, metric_of_page
from benchsuite.publishing.site.ranking import metrics_of
from benchsuite.publishing.views import GROUP_FORMS
from benchsuite.publishing.words import FORMS
from benchsuite.runs.forms import Form

SHOWN: Final = (Form.VALUE, *GROUP_FORMS)


class Attribute(NamedTuple):
    """An attribute, and its table."""

    name: str
    grid: Grid


def group_pages(board: Published) -> Iterator[Part]:
    """A page for each metric that has an attribute with two groups."""
    made = {metric: _shown(board, metric) for metric in metrics_of(board)}
    there = [metric for metric, rows in made.items() if len(rows)]
    for metric in there:
        rows, of = made[metric], metric_of_page(board, metric)
        clean = _overall(board, metric)
        files = behind(board, "groups", rows, of)
        values = {
            "metric": metric,
            "attributes": [
                _attribute(str(name), part, clean)
                for name, part in rows.groupby("attribute", sort=False)
            ],
            "forms": [(one.value, FORMS[one]) for one in GROUP_FORMS if one in set(rows["form"])],
            "downloads": files.links,
            "metrics": [(one, groups_page(board, metric_of_page(board, one))) for one in there],
        }
        yield Page(
            groups_page(board, of), "groups.html", f"{board.dataset}: groups", values,
            tab="Groups", metric=of,
        )  # fmt: skip
        yield from files.files


def _overall(board: Published, metric: str) -> pd.DataFrame:
    rows = everybody(of_form(board.by_metric[metric], Form.VALUE))
    return rows[rows["kind"] == "clean"]


def _shown(board: Published, metric: str) -> pd.DataFrame:
    """The groups on clean inputs, and what is said of them."""
    rows = board.by_metric[metric]
    rows = of_form(rows[(rows["kind"] == "clean") & (rows["attribute"] != "")], *SHOWN)
    return of_several(of_groups(rows), _overall(board, metric)) if len(rows) else rows


def _attribute(name: str, rows: pd.DataFrame, clean: pd.DataFrame) -> Attribute:
    sizes = rows[rows["form"] == Form.VALUE].groupby("group", sort=False)["n"].max()
    places = [_place(row, sizes) for row in rows.itertuples()]
    told = [one for one in GROUP_FORMS if one in set(rows["form"])]
    chance: dict[str, float] = dict(
        rows[rows["form"] == Form.NULL95][["model", "value"]].itertuples(index=False)
    )
    cells = {
        (str(row.model), place): _cell(row, chance.get(str(row.model), math.inf))
        for row, place in zip(rows.itertuples(), places, strict=True)
    }
    order = [*(p for p, row in zip(places, rows["form"], strict=True) if row == Form.VALUE)]
    every = [*dict.fromkeys(order), *(Place(one.value) for one in told)]
    models = best_first(rows, clean)
    return Attribute(name, grid(models, every, cells, None))


def _cell(row: Any, chance: float) -> Cell:
    """The cell of a group, or of what is said of groups: a gap beyond that of chance stands out."""
    if row.form == Form.VALUE:
        return small(row)
    found = cell_of(row)
    beyond = row.form == Form.GAP and found.value is not None and found.value > chance
    return replace(found, strong=beyond)


def _place(row: Any, sizes: pd.Series) -> Place:
    if row.form != Form.VALUE:
        return Place(row.form)
    size = sizes[row.group]
    return Place(f"{row.group} (n={size:.0f})" if size > 0 else row.group)
