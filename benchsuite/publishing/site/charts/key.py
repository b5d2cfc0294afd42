"""The key of a picture whose series share their rows: the look and the name of each."""

from collections.abc import Sequence

from benchsuite.publishing.site.charts import marks, svg
from benchsuite.publishing.site.charts.marks import Look
from benchsuite.publishing.site.charts.measure import fitted

LINE = 14.0
"""The height of a line of a key."""


def key(series: Sequence[tuple[Look, str]], top: float) -> list[str]:
    """A line for each series, from `top` on."""
    parts = []
    for place, (look, words) in enumerate(series):
        y = top + LINE * (place + 0.5)
        parts.append(svg.line((0, y), (18, y), f"{look.colour} line"))
        parts.append(marks.dot(9, y, look))
        parts.append(svg.text(24, y + 3.5, fitted(words, svg.WIDTH - 24, 9.5), "small"))
    return parts
