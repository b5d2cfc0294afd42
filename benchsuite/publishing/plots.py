"""The figures that every task has, from its tidy table: points and curves with their intervals.

The headline of each dataset is drawn. A point is a value, a line or band its 95 % interval, a
hollow point a number that was published elsewhere. A withheld interval is not drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.boards.board import MEASURED
from benchsuite.condition import CLEAN
from benchsuite.files.write import slug, write_bytes
from benchsuite.publishing.figures import MARKERS, image_bytes, in_figure, pyplot
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.views import Names, headline_first
from benchsuite.publishing.words import label
from benchsuite.runs.forms import Form, Scope

MOST: Final = 20
"""Models in a figure, and labels in a panel."""
HIGHEST: Final = 100.0
"""Inches of a figure."""
BESIDE: Final = 4
"""Panels in a row."""
LEADING: Final = ("severities", "conditions", "groups", "models")
"""The figures of a dataset, from the one that says most about robustness."""
LETTERS: Final = 90
"""Small letters beside each other in a legend."""
ROW, LINE = 0.24, 0.2
"""Inches of a row of points, and of a line of the legend."""


def draw(table: pd.DataFrame, folder: Path, names: Names) -> list[Path]:
    """Write the figures of a task's tidy table, and return their paths; none without a value.

    `<dataset>-models.png`       the headline of each model on clean inputs
    `<dataset>-severities.png`   the headline against the severity, a panel for each name
    `<dataset>-conditions.png`   the headline under each domain, each condition that has a single
                                 severity, and the mean of each set
    `<dataset>-groups.png`       the headline of each group on clean inputs, a panel an attribute
    `<dataset>-gaps.png`         the gap of each attribute, beside the gap that chance gives
    """
    found = []
    for dataset, name, make in makers(table, names):
        path = folder / f"{slug(dataset)}-{name}.png"
        write_bytes(path, image_bytes(make()))
        found.append(path)
    return found


def makers(table: pd.DataFrame, names: Names) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """The figures of a task's tidy table: dataset, name as in `draw`, and what draws it.

    Only those that are asked for are drawn: a notebook shows every figure that is open.
    """
    for dataset, rows in table.groupby("dataset", sort=True):
        for name, make in _makers(rows, names).items():
            yield str(dataset), name, make


def leading(table: pd.DataFrame, names: Names, ending: str = "png") -> bytes | None:
    """The figure that says most about a dataset, as an image; None where no row has a value.

    That is the headline against the severity, else under each condition, in each group, or clean.
    Of several datasets, it is the first one's.
    """
    makers = _makers(table[table["dataset"] == table["dataset"].iloc[0]], names)
    made = (image_bytes(makers[name](), ending) for name in LEADING if name in makers)
    return next(made, None)


def _makers(table: pd.DataFrame, names: Names) -> dict[str, Callable[[], Any]]:
    """What makes each figure of a dataset, by the figure's name."""
    metric = headline_first(table)[0]
    own = table.assign(label=label(table, names))
    own = own[(own["metric"] == metric) & own["value"].notna()]
    every = _series(own)
    series = every[:MOST]
    title = _sized(in_figure(str(table["dataset"].iloc[0])), everybody(own))
    title += _cut(len(every), " models")

    def titled(name: str, make: Callable[[], Any]) -> Any:
        figure = make()
        figure.suptitle(title, fontsize="medium")
        if name != "models":
            _legend(figure, series)
        return figure

    return {name: partial(titled, name, make) for name, make in _figures(own, series, metric)}


@dataclass(frozen=True)
class _Series:
    """One model's rows of one source, and how they look."""

    model: str
    elsewhere: bool
    colour: str
    marker: str

    @property
    def name(self) -> str:
        told = in_figure(self.model)
        return f"{told} (published)" if self.elsewhere else told

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of this series."""
        return rows[
            (rows["model"] == self.model) & ((rows["source"] != MEASURED) == self.elsewhere)
        ]

    def points(self, axes: Any, rows: pd.DataFrame, at: Sequence[float]) -> None:
        """The values along x with their intervals, at these places along y."""
        value = rows["value"].to_numpy(np.float64)
        ends = [
            np.clip(end, 0, None) for end in (value - _end(rows, "low"), _end(rows, "high") - value)
        ]
        axes.errorbar(
            value, at, xerr=ends, ls="none", ms=4, lw=1, marker=self.marker, color=self.colour,
            mfc="none" if self.elsewhere else None,
        )  # fmt: skip


def _series(rows: pd.DataFrame) -> list[_Series]:
    """The models, the best first; those of one name that were published elsewhere are apart."""
    clean = of_form(everybody(rows), Form.VALUE)
    clean = clean[clean["kind"] == "clean"].sort_values("rank", kind="stable")
    order = pd.concat([clean, rows])
    keys = dict.fromkeys(zip(order["model"], order["source"] != MEASURED, strict=True))
    return [
        _Series(str(model), bool(elsewhere), f"C{i % 7}", MARKERS[i // 7 % len(MARKERS)])
        for i, (model, elsewhere) in enumerate(keys)
    ]


def _figures(
    rows: pd.DataFrame, series: Sequence[_Series], metric: str
) -> Iterator[tuple[str, Callable[[], Any]]]:
    rows = rows[rows["model"].isin({one.model for one in series})]
    overall = of_form(everybody(rows), Form.VALUE)
    clean = overall[overall["kind"] == "clean"]
    if len(clean):
        order = [one.model for one in series]
        clean = clean.sort_values("model", key=lambda names: names.map(order.index), kind="stable")
        yield "models", partial(_dots, {"": clean}, series, metric, "model")
    single = overall[(overall["scope"] == Scope.CONDITION) & overall["severity"].notna()]
    several = single[single.groupby(["kind", "name"])["severity"].transform("nunique") > 1]
    if curves := [*dict.fromkeys(zip(several["kind"], several["name"], strict=True))]:
        yield "severities", partial(_curves, overall, curves, series, metric)
    told = overall.drop(several.index)
    told = told[~told["scope"].isin([Scope.FAMILY, Scope.ODD, Scope.SEVERITY])]
    if told["label"].nunique() > 1:
        yield "conditions", partial(_dots, {"": told}, series, metric, "label")
    groups = rows[(rows["attribute"] != "") & (rows["kind"] == "clean")]
    values = of_form(groups, Form.VALUE)
    values = values[values.groupby("attribute")["group"].transform("nunique") > 1]
    if len(values):
        parts = dict(iter(values.groupby("attribute")))
        panels = {str(k): _with_sizes(v) for k, v in parts.items()}
        yield "groups", partial(_dots, panels, series, metric, "group")
    gaps = of_form(groups, Form.GAP)
    if len(gaps):
        null = of_form(groups, Form.NULL95)
        yield "gaps", partial(_gaps, gaps, null, series, metric)


def _cut(count: int, what: str = "") -> str:
    """What a title says of models or labels that do not fit."""
    return f", the first {MOST} of {count}{what}" if count > MOST else ""


def _sized(text: str, rows: pd.DataFrame) -> str:
    n, clusters = (pd.to_numeric(rows[column]).max() for column in ("n", "clusters"))
    if pd.isna(n):
        return text
    drawn = "" if clusters == n else f", {clusters:.0f} clusters"
    return f"{text} (n={n:.0f}{drawn})"


def _with_sizes(rows: pd.DataFrame) -> pd.DataFrame:
    sizes = {group: _sized(str(group), part) for group, part in rows.groupby("group")}
    return rows.assign(group=rows["group"].map(sizes))


def _dots(
    panels: dict[str, pd.DataFrame], series: Sequence[_Series], metric: str, column: str
) -> Any:
    """Panels below each other; each has a row of points for every value of `column`."""
    labels = {title: list(dict.fromkeys(rows[column]))[:MOST] for title, rows in panels.items()}
    each = ROW * (1 + len(series) / 3) if column != "model" else ROW
    heights = [0.5 + each * len(rows) for rows in labels.values()]
    height = min(HIGHEST, 1.0 + sum(heights) + LINE * _lines(series))
    figure, axes = pyplot().subplots(
        len(panels), 1, squeeze=False, sharex=True, layout="constrained", figsize=(7, height),
        height_ratios=heights,
    )  # fmt: skip
    for axis, (title, rows) in zip(axes[:, 0], panels.items(), strict=True):
        places = {name: place for place, name in enumerate(labels[title])}
        for one, shift in zip(series, _shifts(len(series), column == "model"), strict=True):
            mine = one.of(rows[rows[column].isin(places)])
            one.points(axis, mine, [places[name] + shift for name in mine[column]])
        _rows_of(axis, labels[title], title + _cut(rows[column].nunique()))
    axes[-1, 0].set_xlabel(f"{metric}, with 95 % intervals")
    return figure


def _rows_of(axis: Any, labels: Sequence[object], title: str) -> None:
    told = [in_figure(str(name)) for name in labels]
    axis.set_yticks(range(len(labels)), told, fontsize="small")
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.set_title(in_figure(title), fontsize="small", loc="left")
    axis.grid(axis="x", alpha=0.3)


def _shifts(count: int, alone: bool) -> NDArray[np.float64]:
    most = 0.0 if alone else 0.35 * (count - 1) / count
    return np.linspace(-most, most, count)


def _curves(
    rows: pd.DataFrame, names: Sequence[tuple[str, str]], series: Sequence[_Series], metric: str
) -> Any:
    """A panel for each name: a line for each model, from clean on."""
    columns = min(BESIDE, len(names))
    lines = -(-len(names) // columns)
    figure, axes = pyplot().subplots(
        lines, columns, squeeze=False, sharex=True, sharey=True, layout="constrained",
        figsize=(max(6, 1 + 2.4 * columns), 1.0 + 2.2 * lines + LINE * _lines(series)),
    )  # fmt: skip
    for axis in axes.flat[len(names) :]:
        axis.remove()
    for axis in axes.flat[max(0, len(names) - columns) : len(names)]:
        axis.set_xlabel("severity", fontsize="small")
    clean = rows[rows["kind"] == "clean"].assign(severity=0)
    single = rows[rows["scope"] == Scope.CONDITION]
    for axis, (kind, name) in zip(axes.flat, names, strict=False):
        here = pd.concat([clean, single[(single["kind"] == kind) & (single["name"] == name)]])
        for one in series:
            _line(axis, one.of(here).sort_values("severity", kind="stable"), one)
        axis.set_title(in_figure(f"{kind}/{name}"), fontsize="small")
        steps = sorted({0, *here["severity"].astype(int)})
        axis.set_xticks(steps, [str(step or CLEAN) for step in steps])
        axis.tick_params(labelbottom=True, labelsize="small")
        axis.grid(alpha=0.3)
    figure.supylabel(f"{metric}, with 95 % intervals", fontsize="medium")
    return figure


def _line(axis: Any, rows: pd.DataFrame, one: _Series) -> None:
    at = rows["severity"].to_numpy(np.float64)
    axis.plot(at, rows["value"], color=one.colour, marker=one.marker, ms=3, lw=1)
    axis.fill_between(at, _end(rows, "low"), _end(rows, "high"), color=one.colour, alpha=0.15, lw=0)


def _gaps(gaps: pd.DataFrame, null: pd.DataFrame, series: Sequence[_Series], metric: str) -> Any:
    """A row for each attribute: the gap of every model, and a bar up to what chance alone gives."""
    figure = _dots({"": gaps}, series, metric, "attribute")
    (axis,) = figure.axes
    places = {name: i for i, name in enumerate(dict.fromkeys(gaps["attribute"]))}
    for one, shift in zip(series, _shifts(len(series), False), strict=True):
        mine = one.of(null)
        at = [places[name] + shift for name in mine["attribute"]]
        axis.barh(at, mine["value"], height=0.6 / len(series), color="0.85", zorder=0)
    axis.set_xlim(left=0)
    axis.set_title("grey: 95 % of fair models stay under it", fontsize="small", loc="left")
    axis.set_xlabel(f"gap in {metric}, with 95 % intervals")
    return figure


def _end(rows: pd.DataFrame, which: str) -> NDArray[np.float64]:
    return rows[f"ci_{which}"].to_numpy(np.float64, na_value=np.nan)


def _columns(series: Sequence[_Series]) -> int:
    return max(1, min(len(series), LETTERS // (max(len(one.name) for one in series) + 6)))


def _lines(series: Sequence[_Series]) -> int:
    return -(-len(series) // _columns(series))


def _legend(figure: Any, series: Sequence[_Series]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=one.colour, marker=one.marker, ms=4, lw=1, label=one.name,
               mfc="none" if one.elsewhere else None)
        for one in series
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="outside lower center", ncols=_columns(series), fontsize="small"
    )
