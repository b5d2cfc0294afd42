"""Drawing a scene of `scenes-mini`: a background, objects from back to front, light.

All arithmetic is in float64. Processors differ in the last place, which is too small to change a
grey level.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Random = np.random.Generator

SIDE = 160
"""Height and width of an image in pixels."""
VISIBLE = 0.35
"""Share of every object that stays visible."""
ODD = 0.25
"""Share of the objects that may have any hue."""
GRAIN = 3.0
"""Standard deviation of the sensor's noise in grey levels."""
TRIES = 4
"""Places tried for an object before it is left out."""


@dataclass(frozen=True)
class Plan:
    """What is to be drawn: how many objects, their radii (least, greatest), and where."""

    objects: int
    radii: tuple[float, float]
    background: str
    lighting: str


@dataclass(frozen=True)
class Scene:
    """image uint8 (H, W, 3); masks bool (N, H, W), disjoint; labels: N classes from 1."""

    image: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Kind:
    """A class of objects: an outline and a texture.

    outline  (radius, angle) -> how far inside, in units of the object's radius
    texture  (u, v, random) -> the weight of the second colour, -1 to 1
    long     ratio of the axes, least and greatest
    hue      the usual hue, 0 to 1 around the circle
    """

    outline: Callable[[Floats, Floats], Floats]
    texture: Callable[[Floats, Floats, Random], Floats]
    long: tuple[float, float]
    hue: float


def _ellipse(radius: Floats, angle: Floats) -> Floats:
    return 1.0 - radius * (1.0 + 0.04 * np.sin(3 * angle))


def _rectangle(radius: Floats, angle: Floats) -> Floats:
    return 0.85 - radius * np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))


def _star(radius: Floats, angle: Floats) -> Floats:
    return 0.70 + 0.28 * np.cos(5 * angle) - radius


def _ring(radius: Floats, angle: Floats) -> Floats:
    return 0.27 - np.abs(radius - 0.72)


def _stripes(u: Floats, v: Floats, random: Random) -> Floats:
    return np.asarray(np.sin(random.uniform(7, 11) * u + random.uniform(0, 6)))


def _spots(u: Floats, v: Floats, random: Random) -> Floats:
    rate = random.uniform(6, 9)
    return np.asarray(np.tanh(4 * (np.cos(rate * u) * np.cos(rate * v) - 0.25)))


def _checks(u: Floats, v: Floats, random: Random) -> Floats:
    rate = random.uniform(6, 9)
    return np.asarray(np.tanh(6 * np.sin(rate * u) * np.sin(rate * v)))


def _planks(u: Floats, v: Floats, random: Random) -> Floats:
    rate = random.uniform(7, 10)
    return np.asarray(np.sin(rate * v + 1.5 * np.sin(random.uniform(2, 4) * u)))


def _speckles(u: Floats, v: Floats, random: Random) -> Floats:
    return np.asarray(np.clip(random.normal(0.0, 0.8, u.shape), -1, 1))


def _bands(u: Floats, v: Floats, random: Random) -> Floats:
    return np.asarray(np.tanh(3 * np.cos(random.integers(5, 8) * np.arctan2(v, u))))


KINDS = {
    "melon": Kind(_ellipse, _stripes, (1.0, 1.4), 2 / 6),
    "ladybird": Kind(_ellipse, _spots, (1.0, 1.4), 0 / 6),
    "tile": Kind(_rectangle, _checks, (1.0, 1.6), 4 / 6),
    "plank": Kind(_rectangle, _planks, (2.0, 3.2), 1 / 6),
    "starfish": Kind(_star, _speckles, (1.0, 1.2), 5 / 6),
    "ring": Kind(_ring, _bands, (1.0, 1.3), 3 / 6),
}
CLASSES = tuple(KINDS)
"""Names of the classes; labels count from 1."""


@dataclass(frozen=True)
class _Object:
    """A drawn object: where its patch begins, its coverage (h, w) in 0..1, its colours."""

    top: int
    left: int
    coverage: Floats
    colours: Floats

    @property
    def place(self) -> tuple[slice, slice]:
        height, width = self.coverage.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def draw(plan: Plan, random: Random) -> Scene:
    """The scene of `plan`. At least one object is drawn."""
    canvas = _background(plan.background, random)
    owner = np.zeros((SIDE, SIDE), dtype=np.int64)
    labels: list[int] = []
    areas = np.zeros(plan.objects + 1)
    for _ in range(plan.objects):
        label = int(random.integers(len(CLASSES)))
        for _ in range(TRIES):
            made = _object(KINDS[CLASSES[label]], random.uniform(*plan.radii), random)
            after = _covered(owner, made, len(labels) + 1)
            seen = np.bincount(after.ravel(), minlength=len(areas))[1 : len(labels) + 1]
            if (seen >= VISIBLE * areas[1 : len(labels) + 1]).all():
                owner = after
                labels.append(label + 1)
                areas[len(labels)] = (made.coverage >= 0.5).sum()
                _blend(canvas, made)
                break
    lit = canvas * _light(plan.lighting, random)[:, :, None]
    image = np.rint(np.clip(lit + random.normal(0, GRAIN, lit.shape), 0, 255)).astype(np.uint8)
    masks = owner[None] == np.arange(1, len(labels) + 1)[:, None, None]
    return Scene(image, masks, tuple(labels))


def _object(kind: Kind, radius: float, random: Random) -> _Object:
    x, y = random.uniform(0.3 * radius, SIDE - 0.3 * radius, 2)
    turn, long = random.uniform(0, 2 * np.pi), np.sqrt(random.uniform(*kind.long))
    reach = int(1.3 * radius * long) + 2
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    rows = np.arange(top, min(SIDE, int(y) + reach + 1))[:, None] - y
    columns = np.arange(left, min(SIDE, int(x) + reach + 1))[None, :] - x
    u = (columns * np.cos(turn) + rows * np.sin(turn)) / (radius * long)
    v = (rows * np.cos(turn) - columns * np.sin(turn)) * long / radius
    inside = kind.outline(np.hypot(u, v), np.arctan2(v, u))
    coverage = np.clip(0.5 + inside * radius, 0.0, 1.0)
    shade = 1.0 - 0.25 * (columns + rows) / reach
    first, second = _colours(kind.hue, random)
    weight = 0.5 + 0.5 * kind.texture(u, v, random)[:, :, None]
    return _Object(top, left, coverage, (first + (second - first) * weight) * shade[:, :, None])


def _colours(usual: float, random: Random) -> tuple[Floats, Floats]:
    """An object's colour, of the usual hue or of any, and a paler or darker one for its texture."""
    hue = random.uniform() if random.random() < ODD else usual + random.normal(0, 0.05)
    pure = np.clip(np.abs((6 * hue + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    first = random.uniform(120, 235) * (1 - random.uniform(0.5, 0.95) * (1 - pure))
    strength = random.uniform(0.35, 0.75)
    second = first * (1 - strength) if random.random() < 0.5 else first + (255 - first) * strength
    return first, second


def _covered(owner: NDArray[np.int64], made: _Object, number: int) -> NDArray[np.int64]:
    after = owner.copy()
    after[made.place][made.coverage >= 0.5] = number
    return after


def _blend(canvas: Floats, made: _Object) -> None:
    patch, weight = canvas[made.place], made.coverage[:, :, None]
    patch += weight * (made.colours - patch)


def smooth(cells: int, random: Random) -> Floats:
    """Smooth noise (SIDE, SIDE) in about -1..1, with `cells` independent values along a side."""
    grid = random.uniform(-1, 1, (cells + 3, cells + 3))
    size = SIDE * (cells + 3) // cells
    grown = cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown[size - SIDE :, size - SIDE :], dtype=np.float64)


def _background(kind: str, random: Random) -> Floats:
    """A canvas (SIDE, SIDE, 3) in 0..255."""
    weights = {"smooth": (25.0, 8.0, 0.0), "grain": (12.0, 16.0, 28.0), "weave": (10.0, 6.0, 4.0)}
    relief = sum(
        weight * smooth(cells, random)
        for weight, cells in zip(weights[kind], (3, 12, 48), strict=True)
    )
    if kind == "weave":
        relief = relief + random.uniform(12, 30) * _weave(random)
    # Duller than the objects.
    colour = random.uniform(50, 200) + random.uniform(-18, 18, 3)
    tint = random.uniform(0.8, 1.2, 3)
    canvas: Floats = colour + np.asarray(relief)[:, :, None] * tint
    return canvas


def _weave(random: Random) -> Floats:
    # Of the same frequencies as the objects' textures.
    turn, rate = random.uniform(0, np.pi), random.uniform(0.3, 0.9)
    rows, columns = np.arange(SIDE)[:, None], np.arange(SIDE)[None, :]
    u = rate * (columns * np.cos(turn) + rows * np.sin(turn))
    v = rate * (rows * np.cos(turn) - columns * np.sin(turn))
    return np.asarray(np.tanh(3 * np.sin(u) * np.sin(v)) if random.random() < 0.5 else np.sin(u))


def _light(kind: str, random: Random) -> Floats:
    """The light's strength at each pixel: even, weak, or falling off to one side."""
    if kind == "side":
        turn = random.uniform(0, 2 * np.pi)
        line = np.linspace(-1, 1, SIDE)
        across = line[None, :] * np.cos(turn) + line[:, None] * np.sin(turn)
        return np.asarray(0.7 + 0.35 * across)
    least, most = (0.85, 1.1) if kind == "day" else (0.3, 0.5)
    return np.full((SIDE, SIDE), random.uniform(least, most))
