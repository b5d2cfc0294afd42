"""Pages about two models: their paired differences, each with what it lets us say."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchsuite.condition import CLEAN
from benchsuite.publishing.site import sentences as say
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import Cell
from benchsuite.publishing.site.downloads import Behind, behind
from benchsuite.publishing.site.page import Page, Part
from benchsuite.publishing.site.places import compare_page, model_page, runs_page
from benchsuite.publishing.site.ranking import Span
from benchsuite.publishing.words import label
from benchsuite.runs.forms import Form, Scope

FILE: Final = "pairs"
"""The files of all pairs of a board."""


@dataclass(frozen=True)
class Line:
    """A line about two models: B - A in one cell.

    row      of `pairs`
    about    what it is of: `clean`, `text / clean`, `race: Black`
    cell     the difference
    by_itself, at_once  what the interval says of B: that of this pair, and that among all pairs
    drawn    the ends of the interval and the difference on the scale of the table, in per cent
    """

    row: Any
    about: str
    cell: Cell
    by_itself: say.Told
    at_once: say.Told
    drawn: Span | None


@dataclass(frozen=True)
class Block:
    """A table of lines on one scale, where `zero` is no difference; and what they say together."""

    title: str
    column: str
    lead: tuple[str, ...]
    lines: tuple[Line, ...]
    zero: float


def compare_pages(board: Published) -> Iterator[Part]:
    """A page for each pair of models that the board has, and the files of all pairs."""
    if board.pairs.empty:
        return
    models = board.models
    files = behind(board, FILE, board.pairs)
    yield from files.files
    for (a, b), rows in board.pairs.groupby(["run_a", "run_b"], sort=False):
        if a in models and b in models:
            yield _page(board, rows, (models[a], models[b]), files)


def _page(board: Published, rows: pd.DataFrame, models: tuple[str, str], files: Behind) -> Page:
    a, b = models
    labels = label(rows, board.names)
    every = [(name, row) for name, row in zip(labels, rows.itertuples(), strict=True)]
    clean = next((row for _, row in every if overall(row)), None)
    values = {
        "a": a,
        "b": b,
        "metric": rows["metric"].iloc[0],
        "lead": list(say.against(clean, b, a)) if clean is not None else [],
        "blocks": [block for block in _blocks(every, b) if block.lines],
        "models": {one: model_page(board, one) for one in (a, b)},
        "runs": runs_page(board),
        "anchors": (rows["run_a"].iloc[0], rows["run_b"].iloc[0]),
        "downloads": files.links,
    }
    return Page(compare_page(board, a, b), "compare.html", f"{b} against {a}", values)


def overall(row: Any) -> bool:
    """Whether a row of `pairs` is about everybody on clean inputs."""
    return bool(row.condition == CLEAN.full_name and row.attribute == "" and row.form == Form.VALUE)


def _blocks(every: Sequence[tuple[str, Any]], b: str) -> Iterator[Block]:
    """The lines by what they are of. Shares of clean have another unit than scores."""
    whole = [(name, row) for name, row in every if row.attribute == ""]
    means = [one for one in whole if one[1].scope == Scope.SUITE]
    shares = [one for one in means if one[1].form == Form.RELATIVE]
    scores = [one for one in whole if overall(one[1])] + [m for m in means if m not in shares]
    single = [one for one in whole if one not in scores and one not in shares]
    groups = [(f"{row.attribute}: {row.group}", row) for _, row in every if row.attribute != ""]
    yield _block("Clean inputs and means over conditions", "condition", scores)
    yield _block("What is left of the clean score", "condition", shares)
    yield _block("Groups, on clean inputs", "group", groups, _together(groups, b, "group"))
    yield _block("Single conditions", "condition", single, _together(single, b, "condition"))


def _together(every: Sequence[tuple[str, Any]], b: str, what: str) -> tuple[str, ...]:
    found = [say.told(row.ci_low, row.ci_high, row.higher_is_better) for _, row in every]
    return tuple(say.together(found, b, what))


def _block(
    title: str, column: str, every: Sequence[tuple[str, Any]], lead: tuple[str, ...] = ()
) -> Block:
    ends = [end for _, row in every for end in (row.ci_low, row.ci_high, row.difference)]
    known = [0.0, *(end for end in ends if not math.isnan(end))]
    low, width = min(known), (max(known) - min(known)) or 1.0

    def at(value: float) -> float:
        return float(round(100 * (value - low) / width, 1))

    def drawn(row: Any) -> Span | None:
        known = not math.isnan(row.ci_low)
        return Span(at(row.ci_low), at(row.difference), at(row.ci_high)) if known else None

    lines = tuple(
        Line(row, name, difference(row), *say.verdicts(row), drawn(row)) for name, row in every
    )
    return Block(title, column, lead, lines, at(0.0))


def difference(row: Any) -> Cell:
    """The difference of a row of `pairs` as a cell; what lessens the trust in it is its reason."""
    text = f"{say.ends(row.difference, row.ci_low, row.ci_high)} {say.recipe(row)}".rstrip()
    return Cell(text, row.difference, row.note)
