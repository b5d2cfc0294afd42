"""Axes: light lines of a grid with their numbers, lines that matter, and what an axis is called."""

from benchsuite.publishing.site.charts import svg
from benchsuite.publishing.site.charts.measure import Scale, fitted, width_of

NUMBERS = 9.5
"""Height of the letters of class `small`."""


def below(scale: Scale, top: float, bottom: float, title: str, most: int = 4) -> str:
    """The grid of a scale along x, its numbers below it, and its title below them."""
    parts = []
    for value, told in scale.ticks(most):
        x = scale.at(value)
        parts += [
            svg.line((x, top), (x, bottom), "rule"),
            svg.text(x, bottom + 11, told, "small faint", "middle"),
        ]
    title = fitted(title, svg.WIDTH, NUMBERS)
    middle = (scale.start + scale.end) / 2
    half = width_of(title, NUMBERS) / 2
    x = max(min(middle, svg.WIDTH - half), half)
    return "".join([*parts, svg.text(x, bottom + 23, title, "small faint", "middle")])


def beside(scale: Scale, left: float, right: float, numbers: bool = True, most: int = 4) -> str:
    """The grid of a scale along y, with its numbers at the left."""
    parts = []
    for value, told in scale.ticks(most):
        y = scale.at(value)
        parts.append(svg.line((left, y), (right, y), "rule"))
        if numbers:
            parts.append(svg.text(left - 3, y + 3, told, "small faint", "end"))
    return "".join(parts)


def marked(scale: Scale, value: float, top: float, bottom: float, told: str) -> str:
    """A line across a scale along x at a value that matters, with its name above it."""
    x = scale.at(value)
    half = width_of(told, NUMBERS) / 2
    at = max(min(x, svg.WIDTH - half), half)
    return svg.line((x, top), (x, bottom), "mark", "3 2") + svg.text(
        at, top - 3, told, "small faint", "middle"
    )
