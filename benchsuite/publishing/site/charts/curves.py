"""Curves: the value against the severity, with bands, a panel for each name of a condition."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import axes, marks, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, more, records, said
from benchsuite.publishing.site.charts.marks import LOOKS, Look
from benchsuite.publishing.site.charts.measure import Scale, apart, fitted, fitted_apart, scale_of
from benchsuite.runs.forms import Scope

SERIES: Final = 6
"""Models in colour; a picture with more is hard to read."""
GREY: Final = 24
"""Further models, in grey."""
PANELS: Final = 24
"""Panels of single names."""
BESIDE: Final = 3
"""Panels in a row."""
LEFT: Final = 30.0
"""Room for the numbers of the axis."""
LARGE: Final = 150.0
SMALL: Final = 62.0
"""Heights of panels."""
LABELS: Final = 130.0
"""Room for the names of models, beside a large panel."""
GAP: Final = 12.5
"""The least distance of two names."""


Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class _Panel:
    """The rows of one name, severity 0 being clean."""

    title: str
    rows: pd.DataFrame


def curves(drawn: Drawn) -> Chart | None:
    """The value at each severity; None where no name has two of them.

    The mean over a whole suite has a large panel. Without one, the first name has it.
    """
    large, small = _panels(drawn)
    if not large:
        return None
    shown = pd.concat([panel.rows for panel in (*large, *small)])
    every = drawn.first(shown)
    models = every[: SERIES + GREY]
    scale = scale_of(marks.ends_of(shown[shown["model"].isin(models)]), 0, 1, zero=0.5)
    steps = Scale(0, max(1, float(shown["severity"].max())), 0, 1)
    parts, top = [], 0.0
    for panel in large:
        parts.append(_large(panel, models, (scale, steps), top))
        top += LARGE + 52
    for at in range(0, len(small[:PANELS]), BESIDE):
        parts += _row(small[at : at + BESIDE], models, (scale, steps), top)
        top += SMALL + 32
    caption = _caption(drawn, large[0], len(every), len(small) - PANELS)
    picture = svg.picture("curves", "Curves by severity", caption, top, *parts)
    return Chart("curves", f"{drawn.metric} by severity", caption, picture, behind(shown))


def _panels(drawn: Drawn) -> tuple[list[_Panel], list[_Panel]]:
    """The large panels and the small ones; every one has clean inputs as severity 0."""
    rows = drawn.overall.dropna(subset="value")
    clean = rows[rows["kind"] == "clean"].assign(severity=0.0)
    stepped = rows[rows["severity"].notna()]

    def from_clean(part: pd.DataFrame) -> pd.DataFrame:
        before = clean[clean["model"].isin(part["model"])]
        return pd.concat([before, part]).sort_values("severity", kind="stable")

    def by(scope: Scope, *keys: str) -> list[_Panel]:
        own = stepped[stepped["scope"] == scope]
        return [
            _Panel("/".join(map(str, key)), from_clean(part))
            for key, part in own.groupby(list(keys), sort=False)
            if part["severity"].nunique() > 1
        ]

    suites, names = by(Scope.SEVERITY, "suite"), by(Scope.CONDITION, "kind", "name")
    means = [_Panel(f"mean over {one.title}", one.rows) for one in suites]
    return (means, names) if means else (names[:1], names[1:])


def _large(panel: _Panel, models: Sequence[str], scales: tuple[Scale, Scale], top: float) -> str:
    bottom = top + 18 + LARGE
    y = Scale(scales[0].low, scales[0].high, bottom, top + 18)
    x = Scale(scales[1].low, scales[1].high, LEFT, svg.WIDTH - LABELS - 12)
    parts = [
        svg.text(0, top + 11, fitted(panel.title, svg.WIDTH, 11), "strong"),
        axes.beside(y, LEFT, x.end),
        *_severities(panel, x, bottom + 12, words=True),
        *_lines(panel, models, x, y, dotted=True),
        *_names(panel, models, x, y),
    ]
    return svg.group(*parts)


def _row(
    panels: Sequence[_Panel], models: Sequence[str], scales: tuple[Scale, Scale], top: float
) -> Iterator[str]:
    width = (svg.WIDTH - LEFT) / BESIDE
    for place, panel in enumerate(panels):
        left = LEFT + place * width
        y = Scale(scales[0].low, scales[0].high, top + 14 + SMALL, top + 14)
        x = Scale(scales[1].low, scales[1].high, left + 3, left + width - 9)
        title = fitted(panel.title, width - 6, 9.5)
        yield svg.text(left + 3, top + 9, title, "small strong")
        yield axes.beside(y, x.start, x.end, numbers=place == 0, most=3)
        yield from _severities(panel, x, top + 25 + SMALL)
        yield from _lines(panel, models, x, y)


def _severities(panel: _Panel, x: Scale, y: float, words: bool = False) -> Iterator[str]:
    for step in sorted({0, *panel.rows["severity"].astype(int)}):
        told = str(step) if step else "clean" if words else "0"
        yield svg.text(x.at(step), y, told, "small faint", "middle")
    if words:
        yield svg.text((x.start + x.end) / 2, y + 12, "severity", "small faint", "middle")


def _lines(
    panel: _Panel, models: Sequence[str], x: Scale, y: Scale, dotted: bool = False
) -> Iterator[str]:
    """A line with its band for every model, the best in front; `dotted` where it was measured."""
    rows = dict(iter(panel.rows.groupby("model", sort=False)))
    grey = [_points(rows[model], x, y) for model in models[SERIES:] if model in rows]
    yield svg.paths(grey, "faint thin")
    for model, look in reversed([*zip(models, LOOKS[:SERIES], strict=False)]):
        if model in rows:
            dots = _dots(rows[model], look, x, y) if dotted else ()
            parts = (*_line(rows[model], look, x, y), *dots)
            yield svg.group(*parts, told=f"{model}, {panel.title}")


def _points(rows: pd.DataFrame, x: Scale, y: Scale, column: str = "value") -> list[Place]:
    """The places of the numbers of a column that are there."""
    known = rows.dropna(subset=column)
    return [
        (x.at(step), y.at(number))
        for step, number in zip(known["severity"], known[column], strict=True)
    ]


def _line(rows: pd.DataFrame, look: Look, x: Scale, y: Scale) -> Iterator[str]:
    lower, upper = _points(rows, x, y, "ci_low"), _points(rows, x, y, "ci_high")
    if len(lower) > 1:
        yield svg.path([*lower, *upper[::-1]], f"{look.colour} area")
    yield svg.path(_points(rows, x, y), f"{look.colour} line", look.dash)


def _dots(rows: pd.DataFrame, look: Look, x: Scale, y: Scale) -> Iterator[str]:
    for row in records(rows):
        at = {"cx": x.at(row.severity), "cy": y.at(row.value)}
        kind = "hollow" if math.isnan(row.ci_low) else "dot"
        yield svg.element("circle", **at, r=2, class_=f"{look.colour} {kind}")


def _names(panel: _Panel, models: Sequence[str], x: Scale, y: Scale) -> Iterator[str]:
    """The names of the models in colour, beside the ends of their lines."""
    last = panel.rows.drop_duplicates("model", keep="last").set_index("model")
    known = [(model, LOOKS[i]) for i, model in enumerate(models[:SERIES]) if model in last.index]
    ends = [y.at(float(last["value"][model])) for model, _ in known]
    left = x.end + 22
    places = apart(ends, GAP, y.end + 4, y.start)
    names = fitted_apart([model for model, _ in known], svg.WIDTH - left - 3, 9.5)
    for (model, look), name, end, place in zip(known, names, ends, places, strict=True):
        start = (x.at(float(last["severity"][model])), end)
        yield svg.line((start[0] + 2, start[1]), (left - 14, place), f"{look.colour} thin")
        yield svg.line((left - 14, place), (left, place), f"{look.colour} line", look.dash)
        yield svg.text(left + 3, place + 3.5, name, "small")


def _caption(drawn: Drawn, panel: _Panel, models: int, panels: int) -> str:
    (model,) = drawn.first(panel.rows, 1)
    best = panel.rows[panel.rows["model"] == model]
    clean, worst = records(best)[0], records(best)[-1]
    words = [
        f"{model} goes from {said(clean)} on clean inputs to {said(worst)} at severity "
        f"{worst.severity:.0f} ({panel.title}).",
        drawn.intervals(best, "Bands"),
    ]
    if (grey := min(models, SERIES + GREY) - SERIES) > 0:
        words.append(f"Grey: {more(grey, 'model')}.")
    if (left := models - SERIES - GREY) > 0:
        words.append(f"Not drawn: {more(left, 'model')}.")
    if panels > 0:
        words.append(f"In the table alone: {more(panels, 'name')} of conditions.")
    return " ".join(words)
