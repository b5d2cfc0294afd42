"""Tables of models against conditions or groups, in the direction that a page has room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from benchsuite.publishing.rows import higher
from benchsuite.publishing.site.cells import Cell, absent, legend_of

MANY: Final = 8
"""Models that fit as columns. More of them are rows, and so are few with as few columns."""
STEPS: Final = 9
"""Steps of the colours, from the worst value of a grid to the best."""


class Place(NamedTuple):
    """What a grid has beside models: a condition, a set of them, a group, or a form about groups.

    label   what its head says
    family, level  what a reader chooses by: `blur`, `3`; empty where there is no such choice
    """

    label: str
    family: str = ""
    level: str = ""


class Spot(NamedTuple):
    """A cell of a grid, and the step of its colour; None for a cell without one."""

    cell: Cell
    step: int | None = None


class Line(NamedTuple):
    """A row of a grid: a model, or a place."""

    head: Place
    model: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Grid:
    """A table of cells.

    heads        the columns
    of_models    whether the rows are models; else the columns are
    legend       what codes and marks mean
    low, high    the values of the first and last colour; empty for a grid without colours
    """

    heads: tuple[Place, ...]
    lines: tuple[Line, ...]
    of_models: bool
    legend: tuple[tuple[str, str], ...]
    low: float | None = None
    high: float | None = None


Cells = Mapping[tuple[str, Place], Cell]
"""The cells by model and place."""


def grid(models: Sequence[str], places: Sequence[Place], cells: Cells, better: bool | None) -> Grid:
    """The grid of these models and places.

    better  whether higher is better; None for a grid without colours
    """
    values = [one.value for one in cells.values() if one.value is not None]
    low, high = (min(values), max(values)) if values and better is not None else (None, None)

    def spot(model: str, place: Place) -> Spot:
        one = cells.get((model, place), absent())
        if one.value is None or low is None or high is None:
            return Spot(one)
        return Spot(one, _step(one.value, low, high, bool(better)))

    of_models = len(models) > MANY or len(places) <= MANY
    if of_models:
        lines = [Line(Place(m), m, tuple(spot(m, place) for place in places)) for m in models]
        heads = tuple(places)
    else:
        lines = [Line(place, "", tuple(spot(m, place) for m in models)) for place in places]
        heads = tuple(Place(model) for model in models)
    told = legend_of(one.cell for line in lines for one in line.spots)
    return Grid(heads, tuple(lines), of_models, tuple(told), low, high)


def _step(value: float, low: float, high: float, better: bool) -> int:
    share = (value - low) / (high - low) if high > low else 1.0
    return min(STEPS - 1, int((share if better else 1 - share) * STEPS))


def best_first(rows: pd.DataFrame, clean: pd.DataFrame) -> list[str]:
    """The models of these rows in the order of a ranking, and then the others."""
    order = clean.sort_values("value", ascending=not higher(clean), kind="stable")["model"]
    there = set(rows["model"])
    return [one for one in dict.fromkeys([*order, *rows["model"]]) if one in there]
