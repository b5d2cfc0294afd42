"""The page of a model: where it is strong, what breaks it, and which group it serves worse."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchsuite.boards.seeds import run_ids
from benchsuite.estimation import Code
from benchsuite.estimation.wording import phrase
from benchsuite.publishing.site import sentences as say
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import Cell, absent, cell_of, legend_of, small
from benchsuite.publishing.site.compare import difference, overall
from benchsuite.publishing.site.page import Page
from benchsuite.publishing.site.places import (
    compare_page,
    model_page,
    runs_page,
    samples_page,
)
from benchsuite.publishing.words import NOTHING, number
from benchsuite.runs.forms import Form, Scope

OF_OTHERS: Final = (
    "Others published these numbers. Their samples are not here, so no two models can be compared "
    "on the same samples."
)
NOT_PUBLISHED: Final = (
    "Paired differences were not published with this board. They come with it when it is published "
    "again from its runs."
)
GAPS: Final = (
    (Form.GAP, "the gap"),
    (Form.NULL95, "a fair model's gap stays under"),
    (Form.GAP_MDE, "a gap that is shown with 80 % power"),
)
"""What stands below the groups of an attribute."""
ALONE: Final = "No other model was measured on the same samples in the same way."


@dataclass(frozen=True)
class Line:
    """A line of a table of one model: what it is of, its cells, and what they are made from."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    ranks: str = NOTHING
    n: str = ""
    clusters: str = ""
    method: str = ""


@dataclass(frozen=True)
class Rival:
    """Another model, and the paired difference of this one to it.

    row        of `pairs`, turned so that this model is its second
    by_itself  what the pair's own interval says of this model;  at_once  that among all pairs
    """

    model: str
    page: str
    compared: str
    row: Any
    cell: Cell
    by_itself: say.Told
    at_once: say.Told


@dataclass(frozen=True)
class Section:
    """Sentences, and the table below them: its columns and lines."""

    lead: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def legend(self) -> list[tuple[str, str]]:
        """What codes and marks of the table mean."""
        return legend_of(cell for line in self.lines for cell in line.cells)


def model_pages(board: Published) -> Iterator[Page]:
    """A page for each model of a board, by its headline."""
    rivals = _rivals(board)
    for rows in _by_model(board):
        yield _page(board, rows, rivals)


def _by_model(board: Published) -> Iterator[list[Any]]:
    """The rows that a page shows, by model: about everybody, and about groups on clean inputs."""
    table = board.table
    of_all, clean = table["attribute"] == "", table["kind"] == "clean"
    headline = (table["metric"] == table["metric"].iloc[0]) & (of_all | clean)
    others = of_all & clean & (table["form"] == Form.VALUE) & ~table["detail"].astype(bool)
    found: dict[str, list[Any]] = {}
    for row in table[headline | others].itertuples():
        found.setdefault(str(row.model), []).append(row)
    yield from found.values()


def _page(board: Published, every: Sequence[Any], rivals: Mapping[str, list[Rival]]) -> Page:
    metric, model, run = board.table["metric"].iloc[0], every[0].model, every[0].run_id
    rows = [row for row in every if row.metric == metric]
    clean = [row for row in _everybody(rows, Form.VALUE) if row.kind == "clean"]
    beside = [
        row for row in _everybody(every, Form.VALUE) if row.kind == "clean" and not row.detail
    ]
    values = {
        "metric": metric,
        "lead": list(say.standing(clean[0])) if clean else [],
        "ranked": bool(clean) and not math.isnan(clean[0].rank_low),
        "careful": [phrase(n) for row in clean for n in row.note if n.code != Code.RANKED],
        "rivals": rivals.get(run, []),
        "compared": _compared(board, model, rivals.get(run, [])),
        "conditions": _conditions(rows),
        "groups": _groups([row for row in rows if row.attribute != ""]),
        "metrics": Section(
            (), ("metric", "value"), tuple(_line((row.metric,), row) for row in beside)
        ),
        "runs": runs_page(board),
        "samples": samples_page(board, model),
        "anchors": run_ids(run),
        "protocol": every[0].protocol,
        "source": every[0].source,
    }
    return Page(model_page(board, model), "model.html", model, values)


def _everybody(rows: Iterable[Any], form: Form) -> list[Any]:
    return [row for row in rows if row.attribute == "" and row.form == form]


def _line(
    names: tuple[str, ...], row: Any, cells: Sequence[Cell] = (), first: Cell | None = None
) -> Line:
    """A line that begins with the row's own number; further cells follow."""
    return Line(
        names,
        (first or cell_of(row), *cells),
        NOTHING if pd.isna(row.rank_low) else say.rank(row),
        "" if pd.isna(row.n) else f"{row.n:.0f}",
        "" if pd.isna(row.clusters) else f"{row.clusters:.0f}",
        row.interval,
    )


def _rivals(board: Published) -> dict[str, list[Rival]]:
    """By run, its paired differences to others on clean inputs; that to the best comes first."""
    found: dict[str, list[Rival]] = {}
    names = board.models
    for row in board.pairs.itertuples():
        a, b = str(row.run_a), str(row.run_b)
        if overall(row) and a in names and b in names:
            page = compare_page(board, names[a], names[b])
            for mine, other, one in ((b, names[a], row), (a, names[b], say.turned(row))):
                told = Rival(
                    other, model_page(board, other), page, one, difference(one), *say.verdicts(one)
                )
                found.setdefault(mine, []).append(told)
    return found


def _compared(board: Published, model: str, rivals: Sequence[Rival]) -> list[str]:
    """How a model compares with the best, or the best with the next; or why nobody can say."""
    if rivals:
        return list(say.against(rivals[0].row, model, rivals[0].model))
    if board.elsewhere:
        return [OF_OTHERS]
    return [ALONE if len(board.pairs.columns) else NOT_PUBLISHED]


def _conditions(rows: Sequence[Any]) -> Section:
    """What conditions do to a model: by name where severities have a mean, else each by itself."""
    every = _everybody(rows, Form.VALUE)
    values, shares = _valued(every), _valued(_everybody(rows, Form.RELATIVE))
    names = [row for row in every if row.scope == Scope.NAME]
    means = {(row.kind, row.name) for row in _valued(names)}
    single = [row for row in values if row.scope == Scope.CONDITION and row.kind != "clean"]
    kinds = [*_valued(names), *(row for row in single if (row.kind, row.name) not in means)]
    if not kinds:
        return Section()
    of_names = [row for row in shares if row.scope == Scope.NAME]
    lead = [
        *say.robustness(_whole(shares), of_names),
        *(() if of_names else say.extremes(kinds)),
        *say.drops(_everybody(rows, Form.DROP)),
        *say.ranks(kinds),
    ]
    # A name of which a part was measured has a line that says so, with its severities.
    known = {(row.kind, row.name) for row in names}
    severe = [row for row in single if (row.kind, row.name) in known]
    severe += [row for row in values if row.scope == Scope.SEVERITY]
    alone = [row for row in single if (row.kind, row.name) not in known]
    lines, columns = _of_conditions([*_whole(every), *names, *alone], severe, shares)
    return Section(tuple(lead), columns, lines)


def _valued(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if not math.isnan(row.value)]


def _whole(rows: Sequence[Any]) -> list[Any]:
    """The rows of suites, and those of severities 1, 3 and 5 where a suite has no more."""
    suites = [row for row in rows if row.scope == Scope.SUITE]
    whole = {row.suite for row in _valued(suites)}
    odd = [row for row in _valued(rows) if row.scope == Scope.ODD and row.suite not in whole]
    return [*suites, *odd]


def _of_conditions(
    rows: Sequence[Any], severe: Sequence[Any], shares: Sequence[Any]
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The lines of conditions, with shares of clean, and with a column for each severity."""
    share = {row.condition: cell_of(row) for row in shares}
    level = {
        (row.suite, row.name, row.severity): Cell(number(row.value), row.value) for row in severe
    }
    levels = sorted({row.severity for row in severe})
    lines = []
    for row in rows:
        more = [share.get(row.condition, absent())] if share else []
        more += [level.get((row.suite, row.name, one), absent()) for one in levels]
        lines.append(_line((row.condition,), row, more))
    titles = [*(["of clean"] if share else []), *(f"severity {one:.0f}" for one in levels)]
    return tuple(lines), ("condition", "score", *titles)


def _groups(rows: Sequence[Any]) -> Section:
    """Which group of each attribute has the worst score on clean inputs, and what chance does."""
    lines: list[Line] = []
    judged: list[str] = []
    shown: dict[str, str] = {}
    for attribute in dict.fromkeys(row.attribute for row in rows):
        own = [row for row in rows if row.attribute == attribute]
        groups = [row for row in own if row.form == Form.VALUE]
        forms = {row.form: row for row in own if row.group == ""}
        gap = forms.get(Form.GAP)
        lines += [_line((attribute, row.group), row, first=small(row)) for row in groups]
        if gap is not None and not math.isnan(gap.ci_low):
            judged.append(attribute)
            lines += [_line((attribute, name), forms[form]) for form, name in GAPS if form in forms]
            if found := say.equity(attribute, forms, groups):
                shown[attribute] = found
    lead = (*shown.values(), *say.attributes([*shown], judged))
    return Section(lead, ("attribute", "group", "score"), tuple(lines))
