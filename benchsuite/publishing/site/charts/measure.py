"""Where things are in a picture: scales, ticks, widths of letters, labels that do not overlap."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from benchsuite.publishing.escape import line

LETTERS: Final = {
    **dict.fromkeys("iljI.,:;|!' ", 0.32),
    **dict.fromkeys('ftr()[]{}/\\-"*°', 0.4),
    **dict.fromkeys("+=<>×±", 0.84),
    **dict.fromkeys("mwMW@%—…", 0.98),
}
"""Widths in heights of the letters; generous ones, since a page chooses its own font."""
HEADS: Final = (0.5, 0.7, 0.3, 0.85, 0.15, 1.0, 0.0)
"""Shares of a shortened text that its beginning has, in the order in which they are tried."""
CAPITAL, LETTER, WIDE = 0.74, 0.64, 1.1

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances of ticks, times a power of ten."""
SHORTEST: Final = 1e-3
"""How long a scale is at least, and in shares of its largest value."""
AROUND: Final = 0.04
"""The share of a scale that is left free at either end."""

LOG: Final = 20.0
"""How many times the smallest value the largest one is on a scale of logarithms, at least."""


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` as places from `start` to `end`; with `log`, their logarithms."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value."""
        told = math.log10(value) if self.log else value
        share = (told - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 4) -> list[tuple[float, str]]:
        """Round values with their texts, at most so many."""
        if self.log:
            return [(value, f"{value:g}") for value in self._powers(most)]
        step = _step((self.high - self.low) / most)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        places = [i * step + 0.0 for i in range(first, last + 1)]
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        digits += round(step * 10**digits, 6) % 1 != 0
        return [(place, f"{place:.{digits}f}") for place in places]

    def _powers(self, most: int) -> list[float]:
        """Powers of ten, and their doubles and halves where they are few."""
        powers = range(math.floor(self.low), math.floor(self.high) + 1)
        every = [times * 10.0**power for power in powers for times in (1, 2, 5)]
        inside = [value for value in every if self.low <= math.log10(value) <= self.high]
        whole = [value for value in inside if math.log10(value) % 1 == 0]
        return inside if len(inside) <= most + 2 else whole


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def scale_of(
    values: Iterable[float], start: float, end: float, zero: float = 0.0, log: bool = False
) -> Scale:
    """A scale that shows these values with some room.

    It begins at 0 where the smallest value is at most the share `zero` of the largest. With `log`,
    it is one of logarithms where the largest is at least LOG times the smallest.
    """
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    log = log and low > 0 and high / low >= LOG
    if log:
        low, high = math.log10(low), math.log10(high)
    from_zero = 0 <= low <= zero * high
    low = 0.0 if from_zero else low
    around = AROUND * max(high - low, abs(high) * SHORTEST, SHORTEST)
    return Scale(low if from_zero else low - around, high + around, start, end, log)


def width_of(text: str, size: float) -> float:
    """About how wide a text is in letters of this size, its control characters spelled out."""
    return size * sum(map(_width, line(text)))


def _width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x1F000:
        return WIDE
    return LETTERS.get(letter, CAPITAL if letter.isupper() else LETTER)


def column(texts: Iterable[str], size: float, most: float) -> float:
    """How wide a column of these texts is, at most `most`."""
    return min(most, max((width_of(text, size) for text in texts), default=0.0))


def fitted(text: str, width: float, size: float, head: float = 0.5) -> str:
    """The text, at most so wide: else its beginning and its end with an ellipsis between them.

    `head` is the beginning's share of what is kept.
    """
    text = line(text)
    kept = len(text)
    while kept and width_of(_shortened(text, kept, head), size) > width:
        kept -= 1
    return _shortened(text, kept, head)


def fitted_apart(texts: Sequence[str], width: float, size: float) -> list[str]:
    """Different texts, each at most so wide, shortened so that they still differ where they can."""
    ways = ([fitted(text, width, size, head) for text in texts] for head in HEADS)
    return max(ways, key=lambda found: len({*found}))


def _shortened(text: str, kept: int, head: float) -> str:
    if kept == len(text):
        return text
    first = round(kept * head)
    return f"{text[:first]}…{text[len(text) - (kept - first) :]}"


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The places moved so that they are `gap` apart within `low` to `high`, in the same order.

    Places that are too close move evenly to both sides. Where there is no room, they are closer.
    """
    gap = min(gap, (high - low) / max(1, len(places) - 1))
    order = sorted(range(len(places)), key=lambda i: places[i])
    touching: list[tuple[float, int]] = []  # the middle of places that touch, and their number
    for i in order:
        middle, count = places[i], 1
        while touching and middle - touching[-1][0] < gap * (count + touching[-1][1]) / 2:
            before, several = touching.pop()
            middle = (before * several + middle * count) / (several + count)
            count += several
        touching.append((middle, count))
    moved = [middle + gap * (k - (n - 1) / 2) for middle, n in touching for k in range(n)]
    inside = dict(zip(order, _inside(moved, gap, low, high), strict=True))
    return [inside[i] for i in range(len(places))]


def _inside(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending places pushed up from the low end, then down from the high one."""
    up: list[float] = []
    for place in places:
        up.append(max(place, up[-1] + gap if up else low))
    down: list[float] = []
    for place in reversed(up):
        down.append(min(place, down[-1] - gap if down else high))
    return down[::-1]
