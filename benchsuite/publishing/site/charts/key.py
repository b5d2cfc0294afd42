"""The key of a picture whose series share their rows: the look and the name of each."""

from collections.abc import Sequence

from benchsuite.publishing.site.charts import marks, svg
from benchsuite.publishing.site.charts.marks import LOOKS
from benchsuite.publishing.site.charts.measure import fitted, width_of

LINE = 14.0
"""The height of a line of a key."""


def key(names: Sequence[str], beside: Sequence[str], bare: bool = False) -> list[str]:
    """A line for each series, at the top of a picture: its name, and what stands `beside` it.

    Those of `bare` numbers have no intervals.
    """
    parts = []
    for place, (look, name, rest) in enumerate(zip(LOOKS, names, beside, strict=False)):
        words = fitted(name, svg.WIDTH - 24 - width_of(rest, 9.5), 9.5) + rest
        y = LINE * (place + 0.5)
        if not bare:
            parts.append(svg.line((0, y), (18, y), f"{look.colour} line"))
        parts.append(marks.dot(9, y, look, bare))
        parts.append(svg.text(24, y + 3.5, words, "small"))
    return parts
