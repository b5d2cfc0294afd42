"""A cell of a page's table: a number with its interval, or a code that says why there is none."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from benchsuite.estimation import DISTRUST, Code, Notes
from benchsuite.estimation.wording import phrase, worded
from benchsuite.publishing.words import MARKS, NOTHING, cell

CODES: Final = {
    Code.EMPTY: ("n=0", "no sample of this kind"),
    Code.INCOMPLETE: ("part", "a part of the set was measured; no mean of a part is given"),
    Code.MISSING: ("missing", "some samples have no value"),
    Code.NO_VALUE: ("missing", "some samples have no value"),
    Code.TOO_FEW_CLUSTERS: ("few", "too few clusters"),
    Code.NO_INTERVAL: ("few", "too few clusters"),
    Code.FAILED: ("failed", "the metric failed"),
    Code.SINGLE_GROUP: ("single", "the attribute has a single group"),
    Code.NO_DENOMINATOR: ("÷0", "the denominator is 0"),
    Code.NO_RATIO: ("÷0", "the denominator is 0"),
    Code.NEGATIVE: ("< 0", "only for scores of 0 or more"),
    Code.NO_OBJECT: ("n=0", "no sample of this kind"),
}
"""What a cell without a value shows, and what that means, by the first note."""
OTHER: Final = ("none", "no value; the cell says why")
ABSENT: Final = (NOTHING, "not measured, or not published")
WITHHELD: Final = "withheld: too few clusters for an interval"


@dataclass(frozen=True)
class Cell:
    """What a table shows in one place.

    text     the number with its interval; a code where there is none
    value    what columns are sorted by; None where there is no number
    reason   why there is none, or what lessens the trust in it; may be empty
    meaning  what the code says, for the legend; empty for a number
    doubted  whether the interval is not to be trusted
    strong   whether it stands out among its neighbours
    """

    text: str
    value: float | None = None
    reason: str = ""
    meaning: str = ""
    doubted: bool = False
    strong: bool = False


def cell_of(row: Any) -> Cell:
    """The cell of a row of the tidy table."""
    if math.isnan(row.value):
        return _without_value(row.note)
    doubts = [one for one in row.note if one.code in DISTRUST]
    return Cell(cell(row), row.value, worded(tuple(doubts)), doubted=bool(doubts))


def absent() -> Cell:
    """The cell of a row that is not there."""
    code, meaning = ABSENT
    return Cell(code, reason=meaning, meaning=meaning)


def small(row: Any) -> Cell:
    """The cell of a group; one of too few clusters for an interval is withheld, with its size."""
    if row.interval == "withheld" and not math.isnan(row.value):
        told = worded(row.note) or WITHHELD
        return Cell(f"n={row.n:.0f}", reason=f"withheld: {told}", meaning=WITHHELD)
    return cell_of(row)


def _without_value(notes: Notes) -> Cell:
    code, meaning = CODES.get(notes[0].code, OTHER) if notes else CODES[Code.EMPTY]
    if notes and notes[0].code == Code.INCOMPLETE:
        code = f"{code} {notes[0].arguments[0]}/{notes[0].arguments[1]}"
    return Cell(code, reason=phrase(notes[0]) if notes else meaning, meaning=meaning)


def legend_of(cells: Iterable[Cell]) -> list[tuple[str, str]]:
    """What the codes and marks of cells mean, each once."""
    found: dict[str, str] = {}
    texts: list[str] = []
    for one in cells:
        texts.append(one.text)
        if one.meaning:
            found.setdefault(one.meaning, one.text)
    codes = [(code, meaning) for meaning, code in found.items()]
    shown = " ".join(texts)
    return [*codes, *((sign, told) for sign, told in MARKS.items() if sign in shown)]
