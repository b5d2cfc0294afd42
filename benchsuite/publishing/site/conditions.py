"""The pages of conditions: what is left of a metric under each of them, and on average."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from benchsuite.publishing.rows import (
    by_family,
    everybody,
    higher,
    measured,
    of_form,
    whole_once,
)
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import cell_of
from benchsuite.publishing.site.downloads import behind
from benchsuite.publishing.site.grid import Grid, Place, best_first, grid
from benchsuite.publishing.site.page import Page, Part
from benchsuite.publishing.site.places import conditions_page, metric_of_page
from benchsuite.publishing.site.ranking import metrics_of
from benchsuite.publishing.words import label
from benchsuite.runs.forms import Form, Scope

SINGLE = (Scope.CONDITION, Scope.SAMPLED)


def condition_pages(board: Published) -> Iterator[Part]:
    """A page for each metric that was measured under more than clean conditions."""
    made = {metric: _shown(board, metric) for metric in metrics_of(board)}
    there = [metric for metric, rows in made.items() if rows["condition"].nunique() > 1]
    for metric in there:
        rows, of = made[metric], metric_of_page(board, metric)
        single = rows[rows["scope"].isin(SINGLE) & (rows["form"] == Form.VALUE)]
        means = rows[~rows["scope"].isin(SINGLE) | (rows["kind"] == "clean")]
        files = behind(board, "conditions", rows.drop(columns="label"), of)
        values = {
            "metric": metric,
            "means": _grid(means, None) if means["condition"].nunique() > 1 else None,
            "single": _grid(single, higher(single)),
            "downloads": files.links,
            "metrics": [(one, conditions_page(board, metric_of_page(board, one))) for one in there],
        }
        yield Page(
            conditions_page(board, of), "conditions.html", f"{board.dataset}: conditions", values,
            tab="Conditions", metric=of,
        )  # fmt: skip
        yield from files.files


def _shown(board: Published, metric: str) -> pd.DataFrame:
    """The rows about everybody: conditions, and the means of suites, families and severities."""
    rows = everybody(board.by_metric[metric])
    rows = of_form(rows, Form.VALUE, Form.RELATIVE, Form.DROP, Form.EFFECTIVE)
    rows = measured(rows)
    single = rows["scope"].isin(SINGLE)
    shown = pd.concat([rows[single], whole_once(by_family(rows[~single]))]).sort_index()
    return shown.assign(label=label(shown, board.names))


def _grid(rows: pd.DataFrame, better: bool | None) -> Grid:
    rows = rows.assign(altered=rows["kind"] != "clean").sort_values("altered", kind="stable")
    places = [_place(row) for row in rows.itertuples()]
    cells = {
        (str(row.model), place): cell_of(row)
        for row, place in zip(rows.itertuples(), places, strict=True)
    }
    clean = rows[(rows["kind"] == "clean") & (rows["form"] == Form.VALUE)]
    return grid(best_first(rows, clean), _ordered(places), cells, better)


def _place(row: Any) -> Place:
    single = row.scope in SINGLE
    family = (row.family or row.kind) if single and row.kind != "clean" else ""
    return Place(row.label, family, f"{row.severity:.0f}" if family and row.severity > 0 else "")


def _ordered(places: Sequence[Place]) -> list[Place]:
    """Each place once; those of one family stay together."""
    once = list(dict.fromkeys(places))
    families = list(dict.fromkeys(one.family for one in once))
    return sorted(once, key=lambda one: families.index(one.family))
