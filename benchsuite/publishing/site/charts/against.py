"""Clean against altered: what a model keeps of its score when its inputs change."""

import math
from collections.abc import Sequence
from typing import Final

import pandas as pd

from benchsuite.files.write import slug
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import scatter, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, records, widest
from benchsuite.publishing.site.charts.measure import scale_of
from benchsuite.publishing.site.charts.scatter import Point
from benchsuite.publishing.words import number
from benchsuite.runs.forms import Form, Scope

LEAST: Final = 2
"""Models that make a picture."""


def against(drawn: Drawn) -> list[Chart]:
    """A picture for each whole suite and each domain; without a suite, for each name."""
    clean = drawn.clean.dropna(subset="value").drop_duplicates("model").set_index("model")
    rows = drawn.overall.dropna(subset="value")
    rows = rows[rows["model"].isin(clean.index) & (rows["kind"] != "clean")]
    single = rows[(rows["scope"] == Scope.CONDITION) & rows["severity"].isna()]
    found = pd.concat([widest(rows), single])
    return [
        _of(drawn, clean, part)
        for _, part in found.groupby("condition", sort=False)
        if part["model"].nunique() >= LEAST
    ]


def _of(drawn: Drawn, clean: pd.DataFrame, rows: pd.DataFrame) -> Chart:
    condition, words = str(rows["condition"].iloc[0]), str(rows["label"].iloc[0])
    over = of_form(everybody(drawn.rows), Form.EFFECTIVE)
    over = over[over["condition"] == condition]
    residuals = dict(zip(over["model"], over["value"], strict=True))
    points = [
        Point(
            row.model,
            scatter.value_of(clean.loc[row.model]),
            scatter.value_of(row),
            row.value - residuals.get(row.model, math.nan),
        )
        for row in records(drawn.best_first(rows))
    ]
    x, y = (scale_of(scatter.every(points, side), 0, 1) for side in ("x", "y"))
    titles = (f"{drawn.axis}, clean", f"{drawn.metric}, {words}")
    caption = _caption(drawn, points, words, bool(scatter.diagonal(x, y)), bool(residuals))
    parts = scatter.scatter(points, scatter.scales_of_plot(x, y), titles, True)
    name = f"against-{slug(condition)}"
    picture = svg.picture(name, f"Clean against {words}", caption, scatter.TALL + 44, *parts)
    shown = pd.concat([clean.loc[[p.name for p in points]].reset_index(), rows, over])
    return Chart(name, f"{drawn.metric}: clean against {words}", caption, picture, behind(shown))


def _caption(drawn: Drawn, points: Sequence[Point], words: str, same: bool, line: bool) -> str:
    best = points[0]
    told = [
        f"{best.name} is best under {words}: {number(best.y[0])}, and {number(best.x[0])} on "
        "clean inputs.",
        drawn.intervals(drawn.clean, "Crosses"),
    ]
    if same:
        told.append("On the dashed line nothing is lost.")
    if line:
        told.append(
            "A bar begins where the line of the other models foretells the score: its length is "
            "the effective robustness."
        )
    return " ".join(told)
