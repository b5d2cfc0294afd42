"""Heat maps: a number in every cell, and a colour that shows where numbers are low or high."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchsuite.estimation import Code
from benchsuite.estimation.wording import phrase
from benchsuite.publishing.rows import measured, with_samples
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import svg
from benchsuite.publishing.site.charts.drawn import WHOLE, Drawn, behind, more, records, said, told
from benchsuite.publishing.site.charts.measure import Scale, column, fitted, fitted_apart
from benchsuite.publishing.words import PART, cell, is_empty, number
from benchsuite.runs.forms import Scope

STEPS: Final = 9
"""Colours of the map: classes `s0` … `s8`, steps of cividis from dark to bright."""
DARK: Final = 4
"""Those of them on which white letters are read more easily than black ones."""
MODELS: Final = 6
"""Models in a map of conditions."""
MOST: Final = 60
"""Rows of a map."""
NAMES: Final = 128.0
"""The most room of the names of rows."""
TALL: Final = 23.0
TURN: Final = 90.0
"""Degrees by which the names of models lean."""
MARK: Final = "–"
"""What stands in a cell that has no value for any other reason than an incomplete grid."""


@dataclass(frozen=True, eq=False)
class _Map:
    """The rows of the tidy table by the map's rows and columns; `turned` names stand aslant."""

    cells: Mapping[tuple[str, str], Any]
    rows: Sequence[str]
    columns: Sequence[str]
    turned: bool


def severities(drawn: Drawn) -> Chart | None:
    """The value of the best model that was measured so, for each name and severity.

    None where no name has two severities.
    """
    stepped = drawn.overall[(drawn.overall["scope"] == Scope.CONDITION)]
    stepped = stepped.dropna(subset=["severity", "value"])
    steps = stepped.groupby(["model", "kind", "name"])["severity"].transform("nunique")
    models = drawn.first(stepped[steps > 1], 1)
    if not models:
        return None
    (model,) = models
    own = drawn.overall[drawn.overall["model"] == model]
    names = stepped[(steps > 1) & (stepped["model"] == model)][["kind", "name"]].drop_duplicates()
    single = own[(own["scope"] == Scope.CONDITION) & own["severity"].notna()].merge(names)
    means = own[own["scope"] == Scope.NAME].merge(names)
    suites = own[(own["scope"].isin([Scope.SUITE, Scope.SEVERITY])) & own["value"].notna()]
    shown = pd.concat([single, means, suites[suites["suite"].isin(single["suite"])]])
    levels = [str(step) for step in sorted(single["severity"].astype(int).unique())]
    places = {(_row_name(row), _step_name(row)): row for row in records(shown)}
    grid = _Map(places, [*dict.fromkeys(name for name, _ in places)], [*levels, "mean"], False)
    clean = own[own["kind"] == "clean"]
    caption = _of_severities(model, drawn, single, clean)
    picture = _drawn("severities", "Severities", caption, grid, drawn)
    title = f"{drawn.metric} of {model} by condition and severity"
    return Chart("severities", title, caption, picture, behind(clean, shown))


def _row_name(row: Any) -> str:
    return f"mean over {row.suite}" if row.scope in (Scope.SUITE, Scope.SEVERITY) else row.short


def _step_name(row: Any) -> str:
    return "mean" if math.isnan(row.severity) else f"{row.severity:.0f}"


def conditions(drawn: Drawn) -> Chart | None:
    """The value of the first models under each condition, or the mean over its severities.

    None where there is a single condition.
    """
    models = drawn.models[:MODELS]
    rows = with_samples(measured(drawn.overall[drawn.overall["model"].isin(models)]), "condition")
    whole = rows["scope"].isin([*WHOLE, Scope.NAME])
    shown = rows[whole | (rows["severity"].isna() & (rows["scope"] == Scope.CONDITION))]
    if shown["label"].nunique() < 2 or shown["value"].isna().all():
        return None
    order: dict[str, int] = {"clean": 0, **dict.fromkeys(WHOLE, 1)}
    rank = [order.get(row.kind, order.get(row.scope, 2)) for row in records(shown)]
    shown = shown.assign(order=rank).sort_values("order", kind="stable")
    labels = [*dict.fromkeys(shown["short"])]
    cells = {(row.short, row.model): row for row in records(shown)}
    grid = _Map(cells, labels[:MOST], models, True)
    caption = _of_conditions(drawn, shown, len(labels) - MOST)
    picture = _drawn("conditions", "Conditions", caption, grid, drawn)
    title = f"{drawn.metric} by condition"
    return Chart("conditions", title, caption, picture, behind(shown))


def _drawn(name: str, title: str, caption: str, grid: _Map, drawn: Drawn) -> str:
    """The map's picture."""
    left = column(grid.rows, 9.5, NAMES) + 6
    width = min(46.0, (svg.WIDTH - left) / len(grid.columns))
    head = 12.0
    if grid.turned:
        head = 10 + column(grid.columns, 9.5, left + 20)
    shade = _shades(grid.cells.values(), drawn.higher_is_better)
    parts = [*_heads(grid, left, width, head), _hatch(name)]
    for place, label in enumerate(fitted_apart(grid.rows, left - 6, 9.5)):
        top = head + 6 + TALL * place
        parts.append(svg.text(left - 5, top + TALL / 2 + 3, label, "small", "end"))
        for at, key in enumerate(grid.columns):
            row = grid.cells.get((grid.rows[place], key))
            parts.append(_cell(row, shade, (left + at * width, top, width), name))
    bottom = head + 8 + TALL * len(grid.rows)
    notes = [*_reasons(grid.cells.values())]
    for line, words in enumerate(notes):
        parts.append(svg.text(0, bottom + 12 + 12 * line, words, "small faint"))
    return svg.picture(name, title, caption, bottom + 8 + 12 * len(notes), *parts)


def _heads(grid: _Map, left: float, width: float, head: float) -> Iterator[str]:
    size = left + 20 if grid.turned else width
    for at, words in enumerate(fitted_apart(grid.columns, size, 9.5)):
        x = left + (at + 0.5) * width
        if grid.turned:
            yield svg.text(x - 3, head, words, "small", "end", TURN)
        else:
            yield svg.text(x, head, words, "small faint", "middle")


def _hatch(name: str) -> str:
    line = svg.line((0, 5), (5, 0), "rule")
    return svg.element(
        "pattern", line, id=f"{name}-hatch", width=5, height=5, patternUnits="userSpaceOnUse"
    )


def _cell(
    row: Any, shade: Callable[[float], int], at: tuple[float, float, float], name: str
) -> str:
    x, top, width = at
    middle, size = x + width / 2, (width - 1, TALL - 1)
    if row is None or math.isnan(row.value):
        hatched = svg.element(
            "rect", x=x, y=top, width=size[0], height=size[1], fill=f"url(#{name}-hatch)"
        )
        why = "not measured" if row is None else cell(row)
        code = svg.text(middle, top + TALL / 2 + 3, _code(row), "tiny", "middle")
        return svg.group(hatched, code, told=why)
    step = shade(row.value)
    on = "on-dark" if step < DARK else "on-bright"
    parts = [svg.box(x, top, *size, f"s{step}")]
    half = max(row.ci_high - row.value, row.value - row.ci_low)
    bare = math.isnan(half)
    parts.append(
        svg.text(middle, top + (14 if bare else 10), number(row.value), f"small {on}", "middle")
    )
    if not bare:
        parts.append(svg.text(middle, top + 18.5, f"±{number(half)}", f"tiny {on}", "middle"))
    return svg.group(*parts, told=f"{row.model}, {row.condition}: {told(row)}")


def _code(row: Any) -> str:
    if row is None or is_empty(row.note) or row.note[0].code != Code.INCOMPLETE:
        return MARK
    return cell(row)


def _reasons(rows: Any) -> Iterator[str]:
    """What the codes of missing cells mean, a line each."""
    lacking = [row for row in rows if math.isnan(row.value)]
    if any(_code(row).startswith(PART) for row in lacking):
        yield f"{PART} part of the set: how many of its conditions were measured"
    reasons = dict.fromkeys(
        phrase(row.note[0]) for row in lacking if row.note and _code(row) == MARK
    )
    for reason in reasons:
        yield fitted(f"{MARK} {reason}", svg.WIDTH, 9.5)


def _shades(rows: Any, better: bool) -> Callable[[float], int]:
    """The step of a value between 0 and the largest: the best is the brightest."""
    known = [0.0, *(row.value for row in rows if not math.isnan(row.value))]
    scale = Scale(min(known), max(max(known), min(known) + 1e-12), 0.0, 1.0)

    def step(value: float) -> int:
        share = scale.at(value) if better else 1 - scale.at(value)
        return min(STEPS - 1, int(share * STEPS))

    return step


def _of_severities(model: str, drawn: Drawn, single: pd.DataFrame, clean: pd.DataFrame) -> str:
    ordered = drawn.best_first(single.dropna(subset="value"))
    worst = records(ordered)[-1]
    before = f" On clean inputs it gets {said(records(clean)[0])}." if len(clean) else ""
    return f"{model} is worst under {worst.label}: {drawn.metric} {said(worst)}.{before} " + _how(
        drawn
    )


def _of_conditions(drawn: Drawn, shown: pd.DataFrame, rows: int) -> str:
    own = shown[(shown["model"] == drawn.models[0]) & shown["value"].notna()]
    altered = drawn.best_first(own[(own["kind"] != "clean") & ~own["scope"].isin(WHOLE)])
    words = []
    if len(altered):
        worst = records(altered)[-1]
        words.append(f"{drawn.models[0]} is worst under {worst.label}: {said(worst)}.")
    words.append(_how(drawn))
    if (left := len(drawn.models) - MODELS) > 0:
        words.append(f"Not drawn: {more(left, 'model')}.")
    if rows > 0:
        words.append(f"In the table alone: {more(rows, 'condition')}.")
    return " ".join(words)


def _how(drawn: Drawn) -> str:
    lower = "" if drawn.higher_is_better else " (lower numbers)"
    ends = "" if drawn.elsewhere else "; ± is the longer side of the 95 % interval"
    return f"Brighter is better{lower}{ends}."
