"""Scenes of coloured shapes: what they hold, how they look, and what they are called.

A scene has two kinds of object, A and B. Each has a shape, a colour, a size and a count, and A may
stand in a relation to B.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .groups import Image

SIDE = 64
"""Pixels of an image's side."""
COLOURS = {
    "red": (214, 48, 49),
    "green": (46, 160, 67),
    "blue": (45, 98, 218),
    "yellow": (240, 205, 40),
    "purple": (140, 60, 180),
    "white": (240, 240, 240),
}
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
SIZES = {"": 8.0, "small": 5.5, "large": 12.0}
"""Half the width of an object in pixels; a caption does not name the size ''."""
CROWDED = 5.5
"""The same where objects are counted."""
COUNTS = ("", "one", "two", "three", "four")
RELATIONS = {"left of": (-1, 0), "right of": (1, 0), "above": (0, -1), "below": (0, 1)}
"""Where A is, seen from B: steps to the right and down."""
MARGIN = 1.5
"""Pixels between objects, and between an object and the edge, at least."""


Distances: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """The objects of one kind. size and count are '' and 0 where the caption does not say them."""

    shape: str
    colour: str
    size: str = ""
    count: int = 0


@dataclass(frozen=True)
class Scene:
    """Two kinds of object; `relation` is '' where the caption says `and`."""

    a: Kind
    b: Kind
    relation: str = ""


def caption(scene: Scene) -> str:
    """`a large red circle and a small blue square`, `two red circles left of a blue square`."""
    return f"{_noun(scene.a)} {scene.relation or 'and'} {_noun(scene.b)}"


def _noun(kind: Kind) -> str:
    words = [COUNTS[kind.count] or "a", kind.size, kind.colour, kind.shape]
    plural = "es" if kind.shape == "cross" else "s"
    return " ".join(word for word in words if word) + (plural if kind.count > 1 else "")


def words() -> list[str]:
    """Every word that a caption may have, sorted."""
    plurals = [f"{shape}{'es' if shape == 'cross' else 's'}" for shape in SHAPES]
    said = ["a", "and", *COLOURS, *SHAPES, *plurals, *SIZES, *COUNTS]
    return sorted({word for text in (*said, *RELATIONS) for word in text.split()})


def render(scene: Scene, generator: np.random.Generator) -> Image:
    """uint8 RGB (64, 64, 3): the objects at random places on a grey ground with some noise."""
    ground = generator.uniform(30, 110)
    image = np.full((SIDE, SIDE, 3), ground) + generator.normal(0, 6, (SIDE, SIDE, 1))
    for kind, (x, y), radius in _placed(scene, generator):
        shade = generator.uniform(0.85, 1.0)
        cover = _cover(kind.shape, x, y, radius)[:, :, None]
        image = image * (1 - cover) + cover * shade * np.array(COLOURS[kind.colour])
    return np.asarray(np.clip(np.rint(image), 0, 255), dtype=np.uint8)


def _placed(
    scene: Scene, generator: np.random.Generator
) -> Iterator[tuple[Kind, tuple[float, float], float]]:
    kinds = [kind for kind in (scene.a, scene.b) for _ in range(max(kind.count, 1))]
    crowded = scene.a.count or scene.b.count
    radii = [CROWDED if crowded else SIZES[kind.size] for kind in kinds]
    while True:
        places = [_place(radius, generator) for radius in radii]
        if _apart(places, radii) and _related(scene.relation, places):
            yield from zip(kinds, places, radii, strict=True)
            return


def _place(radius: float, generator: np.random.Generator) -> tuple[float, float]:
    low, high = radius + MARGIN, SIDE - radius - MARGIN
    return float(generator.uniform(low, high)), float(generator.uniform(low, high))


def _apart(places: list[tuple[float, float]], radii: list[float]) -> bool:
    return all(
        max(abs(places[i][0] - places[j][0]), abs(places[i][1] - places[j][1]))
        >= radii[i] + radii[j] + MARGIN
        for i in range(len(places))
        for j in range(i)
    )


def _related(relation: str, places: list[tuple[float, float]]) -> bool:
    # The step that is named is the larger one by half, so that nobody can call it another.
    if not relation:
        return True
    (ax, ay), (bx, by) = places
    right, down = RELATIONS[relation]
    along, across = (ax - bx) * right + (ay - by) * down, (ax - bx) * down + (ay - by) * right
    return along > 1.5 * abs(across)


def _cover(shape: str, x: float, y: float, radius: float) -> NDArray[np.float64]:
    """How much of each pixel the object covers, in [0, 1]: its edge is a pixel wide."""
    rows, columns = np.ogrid[0:SIDE, 0:SIDE]
    right, down = columns + 0.5 - x, rows + 0.5 - y
    return np.clip(_INSIDE[shape](np.abs(right), down, radius) + 0.5, 0, 1)


def _cross(dx: Distances, dy: Distances, r: float) -> Distances:
    bars = np.minimum(0.35 * r - dx, r - np.abs(dy)), np.minimum(r - dx, 0.35 * r - np.abs(dy))
    return np.maximum(*bars)


_INSIDE: dict[str, Callable[[Distances, Distances, float], Distances]] = {
    "circle": lambda dx, dy, r: r - np.hypot(dx, dy),
    "square": lambda dx, dy, r: 0.9 * r - np.maximum(dx, np.abs(dy)),
    "diamond": lambda dx, dy, r: (1.15 * r - dx - np.abs(dy)) / np.sqrt(2),
    "cross": _cross,
    "triangle": lambda dx, dy, r: np.minimum(0.85 * r - dy, (r + dy) * 0.5 - dx * 0.95),
}
"""How far inside of a shape a pixel is, in pixels: from its distance across, and down."""


def swapped(scene: Scene, what: str) -> Scene:
    """The scene with `what` (colour, size or count) of its two kinds exchanged."""
    a, b = scene.a, scene.b
    exchanged = {what: getattr(b, what)}, {what: getattr(a, what)}
    return replace(scene, a=replace(a, **exchanged[0]), b=replace(b, **exchanged[1]))
