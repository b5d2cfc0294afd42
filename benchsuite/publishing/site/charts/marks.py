"""What stands for a number in a picture: a dot with its interval, in the look of its series."""

import math
from dataclasses import dataclass
from typing import Any, Final

from benchsuite.publishing.site.charts import svg
from benchsuite.publishing.site.charts.drawn import is_doubted
from benchsuite.publishing.site.charts.measure import Scale

SERIES: Final = 8
"""Series that look different."""
DASHES: Final = ("", "6 2", "2 2", "8 2 2 2", "4 3", "1 2.5", "10 3", "6 2 1 2 1 2")
SHAPES: Final = ("circle", "square", "diamond", "up", "down", "circle", "square", "diamond")
DOUBTED: Final = "2 1.5"
"""The dashes of an interval that is not to be trusted."""
SIZE: Final = 2.9
"""Half the height of a dot."""


@dataclass(frozen=True)
class Look:
    """How a series looks: its class, the dashes of its line, the shape of its dots."""

    colour: str
    dash: str
    shape: str


LOOKS: Final = tuple(Look(f"c{i}", DASHES[i], SHAPES[i]) for i in range(SERIES))
PLAIN: Final = LOOKS[0]
"""The look of a picture with a single series."""


def dot(x: float, y: float, look: Look = PLAIN, hollow: bool = False) -> str:
    """The dot of a series; a hollow one has no interval."""
    classes = f"{look.colour} {'hollow' if hollow else 'dot'}"
    if look.shape == "circle":
        return svg.element("circle", cx=x, cy=y, r=SIZE, class_=classes)
    corners = {
        "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "diamond": [(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
        "up": [(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
        "down": [(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
    }[look.shape]
    points = " ".join(f"{x + SIZE * dx:.1f},{y + SIZE * dy:.1f}" for dx, dy in corners)
    return svg.element("polygon", points=points, class_=classes)


def estimate(row: Any, scale: Scale, y: float, look: Look = PLAIN) -> str:
    """The value of a row of the tidy table along x, with its intervals; '' without a value.

    The interval of a recipe, new trainings included, is the thin line around the thick one.
    """
    if math.isnan(row.value):
        return ""
    dash = DOUBTED if is_doubted(row.note) else ""
    parts = [
        _ends(row.ci_recipe_low, row.ci_recipe_high, scale, y, f"{look.colour} thin"),
        _ends(row.ci_low, row.ci_high, scale, y, f"{look.colour} line", dash),
        dot(scale.at(row.value), y, look, math.isnan(row.ci_low)),
    ]
    return "".join(parts)


def _ends(low: float, high: float, scale: Scale, y: float, classes: str, dash: str = "") -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return svg.line((scale.at(low), y), (scale.at(high), y), classes, dash)


def ends_of(rows: Any) -> list[float]:
    """Every number that a picture of these rows shows along its scale."""
    columns = ["value", "ci_low", "ci_high", "ci_recipe_low", "ci_recipe_high"]
    return [float(value) for value in rows[columns].to_numpy().ravel()]
