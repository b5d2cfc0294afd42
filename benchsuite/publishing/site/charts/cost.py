"""Quality against cost, where the runs say what their models cost."""

import math
from typing import Final

import pandas as pd

from benchsuite.errors import BadData
from benchsuite.files.text import number as number_of
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import scatter, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, records, said
from benchsuite.publishing.site.charts.measure import scale_of
from benchsuite.publishing.site.charts.scatter import Point

FACTOR: Final = "factor:cost"
"""The column of the table of runs with a model's cost: a number, of one unit on a board."""
LEAST: Final = 2
"""Models that make a picture."""


def cost(drawn: Drawn, runs: pd.DataFrame) -> Chart | None:
    """The value on clean inputs against the cost; None where under two runs say theirs."""
    known = _costs(runs)
    clean = drawn.clean.dropna(subset="value")
    clean = clean[clean["run_id"].isin(known)]
    if len(clean) < LEAST:
        return None
    points = [
        Point(row.model, (known[row.run_id], math.nan, math.nan), scatter.value_of(row))
        for row in records(clean)
    ]
    y = scale_of(scatter.every(points, "y"), 0, 1)
    x = scale_of([point.x[0] for point in points], 0, 1, log=True)
    first = records(clean)[0]
    cheapest = clean.iloc[min(range(len(points)), key=lambda i: points[i].x[0])]
    best = f"{first.model} is best, with {said(first)} at a cost of {known[first.run_id]:g}"
    other = f"{cheapest.model} is cheapest, with {said(cheapest)} at {known[cheapest.run_id]:g}"
    both = [best] if cheapest.run_id == first.run_id else [best, other]
    caption = f"{'; '.join(both)}. {drawn.intervals(clean)}"
    titles = ("cost, as the runs say it", drawn.axis)
    parts = scatter.scatter(points, scatter.scales_of_plot(x, y), titles, False)
    picture = svg.picture("cost", "Quality against cost", caption, scatter.TALL + 44, *parts)
    table = behind(clean)
    table.insert(1, "cost", table["run_id"].map(known))
    return Chart("cost", f"{drawn.metric} against cost", caption, picture, table)


def _costs(runs: pd.DataFrame) -> dict[str, float]:
    """The cost of each run that says it."""
    found = {}
    for run, told in zip(runs["run_id"], runs.get(FACTOR, []), strict=False):
        try:
            found[str(run)] = number_of("", FACTOR, str(told))
        except BadData:
            continue
    return found
