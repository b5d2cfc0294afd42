"""The ranking: each model's value with its interval, beside the ranks that the data allows it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import axes, marks, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, more, records, said, told
from benchsuite.publishing.site.charts.measure import Scale, column, fitted, fitted_apart, scale_of
from benchsuite.publishing.words import number

MOST: Final = 30
"""Models of a set in the picture."""
ROW: Final = 16.0
NAMES: Final = 150.0
"""The most room of names where ranks are beside them."""
BARE_NAMES: Final = 180.0
RANKS: Final = (304.0, 356.0)


def ranking(drawn: Drawn) -> Chart | None:
    """Each set of models from the best on; None where no model has a value on clean inputs.

    Models that the data cannot tell from the best stand on a band.
    """
    clean = drawn.sets
    if clean.empty:
        return None
    sets = [rows for _, rows in sorted(clean.groupby("set"), key=lambda part: -len(part[1]))]
    shown = [rows.head(MOST) for rows in sets]
    every = pd.concat(shown)
    bare = bool(every["rank_low"].isna().all()) or len(clean) == 1
    names = column(every["model"], 11, BARE_NAMES if bare else NAMES)
    right = svg.WIDTH if bare else RANKS[0] - 10
    values = [*marks.ends_of(every), *drawn.chance.values()]
    scale = scale_of(values, names + 10, right - 40)
    parts, top = [], 0.0
    for rows, whole in zip(shown, sets, strict=True):
        title = _title(whole, clean) if len(sets) > 1 else ""
        panel = _Panel(rows, len(whole), scale, top + (18 if title else 0), names, bare)
        parts += [svg.text(0, top + 12, fitted(title, svg.WIDTH, 11), "strong")] if title else []
        parts += panel.parts(drawn.chance, drawn.axis)
        top = panel.bottom(drawn.chance) + 36
    caption = _caption(drawn, sets)
    picture = svg.picture("ranking", "Ranking", caption, top - 8, *parts)
    return Chart("ranking", f"Ranking by {drawn.metric}", caption, picture, behind(clean))


def _title(rows: pd.DataFrame, every: pd.DataFrame) -> str:
    """What sets a set of models apart: its protocol."""
    several = every["protocol"].nunique() > 1
    return ", ".join(dict.fromkeys(rows["protocol"])) if several else ""


@dataclass(frozen=True, eq=False)
class _Panel:
    """The rows of one set, of `every` models, from `top` on; `names` is where names end."""

    rows: pd.DataFrame
    every: int
    scale: Scale
    top: float
    names: float
    bare: bool

    def bottom(self, lines: Mapping[str, float]) -> float:
        """Where the last row ends."""
        return self._first(lines) + ROW * len(self.rows)

    def _first(self, lines: Mapping[str, float]) -> float:
        return self.top + (16 if lines else 2)

    def parts(self, lines: Mapping[str, float], title: str) -> Iterator[str]:
        """The elements, from the back to the front."""
        top, bottom = self._first(lines), self.bottom(lines)
        if not self.bare:
            yield from _bands(list(self.rows["rank_low"] == 1), top)
        yield axes.below(self.scale, top, bottom, title)
        for name, value in lines.items():
            yield axes.marked(self.scale, value, top, bottom, name)
        if not self.bare:
            yield _ranks(self._places, bottom)
        names = fitted_apart([*self.rows["model"]], self.names, 11)
        for place, (name, row) in enumerate(zip(names, records(self.rows), strict=True)):
            yield self._row(name, row, top + ROW * (place + 0.5))

    @property
    def _places(self) -> Scale:
        return Scale(0.5, self.every + 0.5, *RANKS)

    def _row(self, name: str, row: Any, y: float) -> str:
        right = svg.WIDTH if self.bare else RANKS[0] - 10
        parts = [
            svg.text(self.names, y + 4, name, "", "end"),
            marks.estimate(row, self.scale, y),
            svg.text(right, y + 3.5, number(row.value), "small", "end"),
        ]
        if not self.bare and not math.isnan(row.rank_low):
            low, high = (self._places.at(r) for r in (row.rank_low - 0.4, row.rank_high + 0.4))
            parts.append(svg.box(low, y - 3, high - low, 6, "bar"))
        return svg.group(*parts, told=f"{row.model}: {told(row)}")


def _bands(alike: Sequence[bool], top: float) -> Iterator[str]:
    """A band behind the rows of models that cannot be told from the best."""
    start = 0
    for place, (here, after) in enumerate(zip(alike, [*alike[1:], False], strict=True)):
        if here and not after:
            yield svg.box(0, top + ROW * start, svg.WIDTH, ROW * (place + 1 - start), "band")
        if not here or not after:
            start = place + 1


def _ranks(places: Scale, bottom: float) -> str:
    last = f"{places.high - 0.5:.0f}"
    ends = [
        svg.text(RANKS[0], bottom + 11, "1", "small faint"),
        svg.text(RANKS[1], bottom + 11, last, "small faint", "end"),
    ]
    return "".join([*ends, svg.text(sum(RANKS) / 2, bottom + 23, "ranks", "small faint", "middle")])


def _caption(drawn: Drawn, sets: Sequence[pd.DataFrame]) -> str:
    rows = sets[0]
    first = records(rows)[0]
    lead = _lead(drawn, rows, first.model, f"{drawn.metric} {said(first)}")
    words = [lead, drawn.intervals(pd.concat(sets))]
    if drawn.elsewhere:
        words.append("So they cannot tell a difference from chance.")
    if len(sets) > 1:
        words.append("Each set is ranked by itself: its numbers are not comparable with others.")
    if left := sum(max(0, len(each) - MOST) for each in sets):
        words.append(f"In the table alone: {more(left, 'model')}.")
    return " ".join(words)


def _lead(drawn: Drawn, rows: pd.DataFrame, model: str, value: str) -> str:
    alike = int((rows["rank_low"] == 1).sum()) - 1
    if len(rows) == 1:
        return f"{model} gets {value}, and is alone."
    if drawn.elsewhere or alike < 0:
        return f"{model} leads with {value}."
    if alike == 0:
        return f"{model} leads with {value}, ahead of all others."
    others = "1 other model" if alike == 1 else f"{alike} other models"
    return f"{model} leads with {value}; the data cannot tell {others} from the best (on the band)."
