"""Samples that a model looks at together, and conditions under which it sees fewer at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchsuite.condition import Condition

MOST: Final = (5, 2, 1)
"""The most that are looked at together, from severity 1 on."""


@dataclass(frozen=True)
class Seat:
    """A sample's place, 0 to `size` - 1, in a group that a model looks at together.

    parts  how many parties the group is dealt to, one sample after the other
    """

    group: str
    place: int
    size: int
    parts: int = 1

    @property
    def party(self) -> str:
        """Names those of the group that are looked at together."""
        return f"{self.group} {self.place % self.parts}"


@dataclass(frozen=True)
class Fewer:
    """Deals groups to parties of as equal sizes as can be, of at most `most[severity - 1]`."""

    most: tuple[int, ...]

    def __call__(self, seat: Seat, severity: int, generator: np.random.Generator) -> Seat:
        """The seat in a group that is dealt."""
        return replace(seat, parts=-(-seat.size // self.most[severity - 1]))


def conditions(most: Sequence[int] = MOST, field: str = "seat") -> tuple[Condition, ...]:
    """`group/fewer/1` and so on: at most so many of a group are looked at together."""
    deal = Fewer(tuple(most))
    return tuple(
        Condition("group", "fewer", s, "group", field, deal, f"at most {n} seen together")
        for s, n in enumerate(most, start=1)
    )
