"""The text of a cell as a number, and the unit of a metric's numbers: a share, or percent."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from benchsuite.files.marks import UNKNOWN

PERCENT, SHARE = "percent", "share"
UNITS: Final = (PERCENT, SHARE)
DASHES: Final = ("-", "--", "---", "–", "—", "−", "/", "✗", "tbd")
"""What stands in a cell without a number, beside UNKNOWN."""
_DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)"
_CELL = re.compile(
    rf"(?P<value>[-+]?{_DIGITS}(?:e[-+]?\d{{1,3}})?) ?(?P<percent>%)? ?"
    rf"(?:(?:±|\+/-|\+-) ?(?P<spread>{_DIGITS}) ?%?)? ?"
    r"(?P<mark>[*†‡§¶#↑↓°✓]{0,9}|[a-z]) ?(?P<beside>(?:[(\[][^)\]]*[)\]] ?)*)[*†‡§¶]{0,9}",
    re.IGNORECASE | re.ASCII,
)
"""Where several blanks are one: what may be left out between repetitions is found in one way."""
_UNIT = re.compile(r"[(\[]? ?(%|[×x] ?100|percent) ?[)\]]?", re.IGNORECASE)
_ARROW = re.compile(r"[(\[]? ?[↑↓⬆⬇] ?[)\]]?")


@dataclass(frozen=True)
class Cell:
    """The number of a cell as it is written, and what stands with it.

    spread  what follows ±; nothing says by itself what it is
    beside  what stands in brackets
    """

    value: str
    percent: bool = False
    spread: str = ""
    beside: str = ""


def is_blank(text: str) -> bool:
    """Whether a cell says that there is no number."""
    word = text.strip().casefold()
    return word in UNKNOWN or word in DASHES


def cell_of(text: str) -> Cell | None:
    """The number that a cell holds; None where it holds something else, such as `<0.1` or `0,5`."""
    found = _CELL.fullmatch(" ".join(text.replace("−", "-").split()))
    if found is None or not math.isfinite(float(found["value"])):
        return None
    return Cell(
        found["value"],
        bool(found["percent"]),
        found["spread"] or "",
        (found["beside"] or "").strip(),
    )


def unit_of(text: str) -> tuple[str, str]:
    """The text of a header without unit and arrow, and `percent` if it says so."""
    without = " ".join(_ARROW.sub(" ", " ".join(text.split())).split())
    found = _UNIT.search(without)
    return " ".join(_UNIT.sub(" ", without).split()), PERCENT if found else ""


def exceeds(values: Sequence[str], bounds: tuple[float, float]) -> bool:
    """Whether numbers of a metric between these bounds must be percent: one is beyond a bound."""
    low, high = bounds
    return any(not low <= float(value) <= high for value in values)


def as_share(value: str, unit: str) -> float:
    """A number as a share, by the digits that are written: 34.1 % is .341."""
    return float(Decimal(value) / 100) if unit == PERCENT else float(value)
