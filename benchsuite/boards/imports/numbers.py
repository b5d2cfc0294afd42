"""Numbers that others published, as their files have them: in their words, not yet in ours."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from benchsuite.condition import CLEAN

UNBOUNDED = (-math.inf, math.inf)
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Number:
    """One number of others.

    where             its place: the file, and the row or key
    names             of its dataset at the source, the most general first: task, split, subset
    attribute, group  the group of its samples, where it is not of everybody
    source            who published it: the citation that a board shows
    protocol          how it was obtained, where numbers of another way must not be ranked with it
    stderr            the standard error that was published with it
    n                 its number of samples
    higher_is_better, bounds  what the source says of its metric
    """

    where: str
    model: str
    dataset: str
    metric: str
    value: float
    source: str
    names: tuple[str, ...] = ()
    condition: str = CLEAN.full_name
    attribute: str = ""
    group: str = ""
    protocol: str = ""
    stderr: float | None = None
    n: int | None = None
    higher_is_better: bool | None = None
    bounds: tuple[float, float] = UNBOUNDED


@dataclass(frozen=True)
class LeftOut:
    """Something that is in a file and not among the numbers, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Found:
    """What a file holds: its numbers, what is left out, and remarks on how it was read."""

    numbers: tuple[Number, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()


def gathered(items: Iterable[Number | LeftOut], remarks: tuple[str, ...] = ()) -> Found:
    """The numbers of a file, and what it leaves out, from both in the order of the file."""
    every = list(items)
    numbers = tuple(one for one in every if isinstance(one, Number))
    return Found(numbers, tuple(one for one in every if isinstance(one, LeftOut)), remarks)


def joined(several: Iterable[Found]) -> Found:
    """What several files hold; a remark that is the same for all stands once."""
    every = list(several)
    return Found(
        tuple(number for one in every for number in one.numbers),
        tuple(out for one in every for out in one.left_out),
        tuple(dict.fromkeys(line for one in every for line in one.remarks)),
    )
