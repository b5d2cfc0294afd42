"""Points with an interval on either side, each named beside it where there is room."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from benchsuite.publishing.site.charts import axes, svg
from benchsuite.publishing.site.charts.marks import SIZE
from benchsuite.publishing.site.charts.measure import Scale, fitted, fitted_apart, width_of

LEFT: Final = 36.0
TALL: Final = 230.0
LETTERS: Final = 9.5
CROWD: Final = 16
"""Points that are a crowd, if there are more."""
LONGEST: Final = 120.0
"""The most room of a name."""


@dataclass(frozen=True)
class Point:
    """A model's two numbers with their intervals, NaN where unknown.

    `told` is the y that a line foretells, NaN without one.
    """

    name: str
    x: tuple[float, float, float]
    y: tuple[float, float, float]
    told: float = math.nan


class Box(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two rectangles overlap."""
        return (
            self.left < other.right and other.left < self.right
            and self.top < other.bottom and other.top < self.bottom
        )  # fmt: skip


def scatter(
    points: Sequence[Point], scales: tuple[Scale, Scale], titles: tuple[str, str], same: bool
) -> Iterator[str]:
    """The elements of a plot of TALL units below its title; `same` draws the line y = x."""
    x, y = scales
    yield svg.text(0, 10, fitted(titles[1], svg.WIDTH, LETTERS), "small faint")
    yield axes.beside(y, x.start, x.end)
    yield axes.below(x, y.end, y.start, titles[0], 5)
    if ends := diagonal(x, y) if same else ():
        start, end = ((x.at(value), y.at(value)) for value in ends)
        yield svg.line(start, end, "mark", "3 2")
    look = "c0 thin" if len(points) <= CROWD else "c0 pale"
    for point in reversed(points):
        yield svg.group(*_marks(point, x, y, look), told=_told(point))
    yield from _names(points, x, y)


def diagonal(x: Scale, y: Scale) -> tuple[float, ...]:
    """Between which values a plot shows the line y = x; empty where it does not."""
    low, high = max(x.low, y.low), min(x.high, y.high)
    return (low, high) if low < high else ()


def scales_of_plot(x: Scale, y: Scale) -> tuple[Scale, Scale]:
    """The scales where a plot has them."""
    return (
        Scale(x.low, x.high, LEFT, svg.WIDTH - 8, x.log),
        Scale(y.low, y.high, 16 + TALL, 16),
    )


def _marks(point: Point, x: Scale, y: Scale, look: str) -> Iterator[str]:
    at = (x.at(point.x[0]), y.at(point.y[0]))
    if not math.isnan(point.x[1]):
        yield svg.line((x.at(point.x[1]), at[1]), (x.at(point.x[2]), at[1]), look)
    if not math.isnan(point.y[1]):
        yield svg.line((at[0], y.at(point.y[1])), (at[0], y.at(point.y[2])), look)
    if not math.isnan(point.told):
        yield svg.line((at[0], y.at(point.told)), at, "c1 line")
    hollow = math.isnan(point.y[1])
    yield svg.element(
        "circle", cx=at[0], cy=at[1], r=SIZE, class_="c0 hollow" if hollow else "c0 dot"
    )


def _told(point: Point) -> str:
    return f"{point.name}: {_ends(point.x)} and {_ends(point.y)}"


def _ends(value: Sequence[float]) -> str:
    ends = "" if math.isnan(value[1]) else f" [{value[1]:.3f}, {value[2]:.3f}]"
    return f"{value[0]:.3f}{ends}"


def _names(points: Sequence[Point], x: Scale, y: Scale) -> Iterator[str]:
    """The names beside the points, the first ones first; one without room is not written.

    In a crowd no name stands on an interval; else it does where it has no other place.
    """
    taken = [_around(x.at(p.x[0]), y.at(p.y[0])) for p in points]
    lines = [box for point in points for box in _lines(point, x, y)]
    names = fitted_apart([point.name for point in points], LONGEST, LETTERS)
    for point, words in zip(points, names, strict=True):
        at = (x.at(point.x[0]), y.at(point.y[0]))
        inside = [
            box for box in _places(at, width_of(words, LETTERS))
            if x.start <= box.left and box.right <= svg.WIDTH
            and y.end <= box.top and box.bottom <= y.start
        ]  # fmt: skip
        free = [box for box in inside if not any(map(box.meets, taken))]
        clear = [box for box in free if not any(map(box.meets, lines))]
        for box in (clear or (free if len(points) <= CROWD else []))[:1]:
            taken.append(box)
            yield svg.text(box.left + 1, box.bottom - 2.5, words, "small")


def _lines(point: Point, x: Scale, y: Scale) -> Iterator[Box]:
    """Where the intervals of a point are."""
    if not math.isnan(point.x[1]):
        yield Box(x.at(point.x[1]), y.at(point.y[0]), x.at(point.x[2]), y.at(point.y[0]))
    if not math.isnan(point.y[1]):
        yield Box(x.at(point.x[0]), y.at(point.y[2]), x.at(point.x[0]), y.at(point.y[1]))
    if not math.isnan(point.told):
        ends = sorted((y.at(point.told), y.at(point.y[0])))
        yield Box(x.at(point.x[0]), ends[0], x.at(point.x[0]), ends[1])


def _around(x: float, y: float) -> Box:
    return Box(x - SIZE, y - SIZE, x + SIZE, y + SIZE)


def _places(at: tuple[float, float], width: float) -> Iterator[Box]:
    """Where a name may stand: right, left, above or below its point, from the best place on."""
    x, y = at
    wide, tall = width + 2, LETTERS + 1.5
    for left, top in [
        (x + 5, y - tall / 2), (x - 5 - wide, y - tall / 2), (x + 3, y - tall - 3),
        (x + 3, y + 3), (x - 3 - wide, y - tall - 3), (x - 3 - wide, y + 3),
        (x - wide / 2, y - tall - 5), (x - wide / 2, y + 5),
    ]:  # fmt: skip
        yield Box(left, top, left + wide, top + tall)


def value_of(row: Any) -> tuple[float, float, float]:
    """A row's value and the ends of its interval."""
    return float(row.value), float(row.ci_low), float(row.ci_high)


def every(points: Sequence[Point], side: str) -> list[float]:
    """All numbers on a side, `x` or `y`, with what a line foretells."""
    found = [number for point in points for number in getattr(point, side)]
    return found + ([point.told for point in points] if side == "y" else [])
