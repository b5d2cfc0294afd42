"""A board in one line: every model's value on one axis."""

import math
from typing import Final

from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, records, said, told
from benchsuite.publishing.site.charts.marks import SIZE, ends_of
from benchsuite.publishing.site.charts.measure import scale_of
from benchsuite.publishing.words import number

TALL: Final = 34.0
MIDDLE: Final = 12.0
MOST: Final = 40
"""Models in the line."""


def spark(drawn: Drawn, name: str) -> Chart | None:
    """The models of the largest set as dots, with the best one's interval; None without a value.

    Those that the data cannot tell from the best have its colour. `name` is unique on a page.
    """
    clean = drawn.clean.dropna(subset="value")
    if clean.empty:
        return None
    best = records(clean)[0]
    shown = clean.head(MOST)
    scale = scale_of([*ends_of(shown.head(1)), *shown["value"]], 4, svg.WIDTH - 4)
    parts = [svg.line((0, MIDDLE), (svg.WIDTH, MIDDLE), "rule")]
    if not math.isnan(best.ci_low):
        ends = [(scale.at(end), MIDDLE) for end in (best.ci_low, best.ci_high)]
        parts.append(svg.line(ends[0], ends[1], "c0 wide"))
    for row in records(shown)[::-1]:
        first = row.rank_low == 1 or row.run_id == best.run_id
        classes = "hollow" if math.isnan(row.ci_low) else "dot"
        colour = "c0" if first else "faint"
        mark = svg.element(
            "circle", cx=scale.at(row.value), cy=MIDDLE, r=SIZE, class_=f"{colour} {classes}"
        )
        parts.append(svg.group(mark, told=f"{row.model}: {told(row)}"))
    for value in sorted({float(shown["value"].iloc[-1]), float(best.value)}):
        x = min(max(scale.at(value), 14), svg.WIDTH - 14)
        parts.append(svg.text(x, TALL - 6, number(value), "small faint", "middle"))
    caption = f"{best.model}: {drawn.metric} {said(best)}"
    title = f"{drawn.metric} of {len(shown)} models"
    return Chart(
        name, title, caption, svg.picture(name, title, caption, TALL, *parts), behind(shown)
    )
