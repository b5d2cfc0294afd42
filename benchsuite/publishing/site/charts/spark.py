"""A board in one line: every model's value on one axis."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, records, said, told
from benchsuite.publishing.site.charts.marks import SIZE, ends_of
from benchsuite.publishing.site.charts.measure import Scale, apart, scale_of, width_of
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
    shown = clean.head(MOST)
    best, last = records(shown)[0], records(shown)[-1]
    alone = [0.0] if len(shown) == 1 else []
    scale = scale_of([*ends_of(shown.head(1)), *shown["value"], *alone], 4, svg.WIDTH - 4)
    parts = [
        svg.line((0, MIDDLE), (svg.WIDTH, MIDDLE), "rule"),
        _interval(best, scale),
        *(_dot(row, scale, best.run_id) for row in records(shown)[::-1]),
        *_numbers([*dict.fromkeys([last.value, best.value])], scale),
    ]
    caption = f"{best.model}: {drawn.metric} {said(best)}"
    title = f"{drawn.metric} of {len(shown)} model{'' if len(shown) == 1 else 's'}"
    picture = svg.picture(name, title, caption, TALL, *parts)
    return Chart(name, title, caption, picture, behind(shown))


def _interval(best: Any, scale: Scale) -> str:
    if math.isnan(best.ci_low):
        return ""
    low, high = ((scale.at(end), MIDDLE) for end in (best.ci_low, best.ci_high))
    return svg.line(low, high, "c0 wide")


def _dot(row: Any, scale: Scale, best: str) -> str:
    colour = "c0" if row.rank_low == 1 or row.run_id == best else "faint"
    kind = "hollow" if math.isnan(row.ci_low) else "dot"
    at = {"cx": scale.at(row.value), "cy": MIDDLE}
    mark = svg.element("circle", **at, r=SIZE, class_=f"{colour} {kind}")
    return svg.group(mark, told=f"{row.model}: {told(row)}")


def _numbers(values: Sequence[float], scale: Scale) -> Iterator[str]:
    half = max(width_of(number(value), 9.5) for value in values) / 2
    ends = [scale.at(value) for value in values]
    for value, x in zip(values, apart(ends, 2 * half + 4, half, svg.WIDTH - half), strict=True):
        yield svg.text(x, TALL - 6, number(value), "small faint", "middle")
