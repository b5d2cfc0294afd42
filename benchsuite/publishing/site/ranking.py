"""The ranking of a board: models in the order of a metric, and which of them the data tells apart.

A rank is a set, from the paired differences of all models. A *tier* ends where every model above
is surely better than every model below. Inside a tier, a model's own set says what is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchsuite.publishing.rows import everybody, higher, of_form, ranked_sets
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import Cell, absent, cell_of
from benchsuite.publishing.words import NOTHING, label
from benchsuite.runs.forms import Form, Scope


@dataclass(frozen=True)
class Span:
    """Where an interval and its value lie between the ends of a scale, in per cent."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Row:
    """A model in a ranking.

    ranks     `3–6`: all the ranks that the data does not rule out
    span      these ranks on the scale of all; None where there is no set of ranks
    opens     whether a tier begins here: every model above is surely better
    first     whether the data does not rule out that it is the best
    interval  the headline's interval on the scale of the block; None without one
    cells     the headline, and what else the block has
    """

    model: str
    run_id: str
    ranks: str
    span: Span | None
    opens: bool
    first: bool
    interval: Span | None
    cells: tuple[Cell, ...]
    source: str


@dataclass(frozen=True)
class Block:
    """The models that are ranked together.

    name     their protocol, where a board has several blocks
    columns  what the cells are
    low, high  the ends of the scale of the intervals
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    low: float
    high: float
    bare: bool

    @property
    def tied(self) -> list[str]:
        """The models that may all be the best; empty where ranks have no sets."""
        return [row.model for row in self.rows if row.first]


def blocks(board: Published, metric: str) -> list[Block]:
    """The rankings of a board by a metric: one for each set of models that are ranked together."""
    rows = everybody(board.by_metric[metric])
    rows = rows.assign(label=label(rows, board.names))
    clean = of_form(rows[rows["kind"] == "clean"], Form.VALUE)
    order = clean.assign(_set=ranked_sets(clean)).sort_values(
        "value", ascending=not higher(clean), kind="stable", na_position="last"
    )
    parts = order.groupby("_set", sort=False)
    found = [_block(part, rows, parts.ngroups > 1) for _, part in parts]
    return sorted(found, key=lambda block: block.name) if board.elsewhere else found


def _block(part: pd.DataFrame, every: pd.DataFrame, several: bool) -> Block:
    metric = str(part["metric"].iloc[0])
    own = every[every["run_id"].isin(part["run_id"])]
    means = of_form(own[own["scope"] == Scope.SUITE], Form.VALUE, Form.RELATIVE)
    means = means[means["label"].isin(means.dropna(subset="value")["label"])]
    columns = list(dict.fromkeys(means["label"]))
    beside = {(row.run_id, row.label): cell_of(row) for row in means.itertuples()}
    low, high = _scale(part)
    opens = _opens(part)
    rows = tuple(
        _row(row, [beside.get((row.run_id, name), absent()) for name in columns],
             (opens[place], len(part), low, high))
        for place, row in enumerate(part.itertuples())
    )  # fmt: skip
    bare = bool(part["rank_low"].isna().all())
    name = str(part["protocol"].iloc[0]) if several else ""
    return Block(name, (metric, *columns), rows, low, high, bare)


def _row(row: Any, beside: Sequence[Cell], about: tuple[bool, int, float, float]) -> Row:
    opens, count, low, high = about
    known = pd.notna(row.rank_low)
    return Row(
        model=row.model,
        run_id=row.run_id,
        ranks=_ranks(row),
        span=_span(row.rank_low - 1, row.rank - 0.5, row.rank_high, 0, count) if known else None,
        opens=opens,
        first=bool(known and row.rank_low == 1),
        interval=_span(row.ci_low, row.value, row.ci_high, low, high)
        if pd.notna(row.ci_low)
        else None,
        cells=(cell_of(row), *beside),
        source=row.source,
    )


def _ranks(row: Any) -> str:
    if pd.isna(row.rank):
        return NOTHING
    if pd.isna(row.rank_low) or row.rank_low == row.rank_high:
        return f"{row.rank:.0f}"
    return f"{row.rank_low:.0f}–{row.rank_high:.0f}"


def _span(low: float, value: float, high: float, start: float, end: float) -> Span:
    width = (end - start) or 1.0
    low, value, high = (round(100 * (one - start) / width, 1) for one in (low, value, high))
    return Span(low, value, high)


def _scale(part: pd.DataFrame) -> tuple[float, float]:
    """The ends of all intervals and values."""
    ends = part[["value", "ci_low", "ci_high"]]
    return float(ends.min().min()), float(ends.max().max())


def _opens(part: pd.DataFrame) -> list[bool]:
    """Whether a tier begins at each row: all above end before it, all from it on begin after."""
    lows, highs = part["rank_low"].tolist(), part["rank_high"].tolist()
    return [
        place > 0 and max(highs[:place]) <= place and min(lows[place:]) > place
        for place in range(len(lows))
    ]


def unranked(board: Published, metric: str) -> list[str]:
    """The models without a clean number for everybody, which no ranking can have."""
    rows = board.by_metric[metric]
    clean = everybody(of_form(rows[rows["kind"] == "clean"], Form.VALUE))
    return [model for model in dict.fromkeys(rows["model"]) if model not in set(clean["model"])]


def metrics_of(board: Published) -> list[str]:
    """The metrics that have a page: the headline, and those of no detail that have a value."""
    found = [metric for metric, rows in board.by_metric.items() if _has_a_page(rows)]
    return list(dict.fromkeys([board.headline, *found]))


def _has_a_page(rows: pd.DataFrame) -> bool:
    clean = rows[
        (rows["kind"] == "clean") & (rows["attribute"] == "") & (rows["form"] == Form.VALUE)
    ]
    return not rows["detail"].iloc[0] and bool(clean["value"].notna().any())


def lead(several: Sequence[Block]) -> Iterator[str]:
    """What a reader takes home: who is first, and whom the data cannot tell from it."""
    for block in several:
        if not block.rows:
            continue
        best = block.rows[0]
        where = f" ({block.name})" if block.name else ""
        yield f"{best.model} is first{where}: {block.columns[0]} {best.cells[0].text}."
        if block.bare:
            continue
        others = [model for model in block.tied if model != best.model]
        if others:
            yield f"The data cannot tell it from {len(others)} of {len(block.rows) - 1} others."
        elif len(block.rows) > 1:
            yield "The data tells it apart from all others."
