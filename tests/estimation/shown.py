"""A row of what is shown: a share of runs, and what it has to be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

MARKS = ("<!-- simulations -->\n", "<!-- end -->\n")
"""Between them, a page holds the table."""

ANY = (0.0, 1.0)
"""No promise: the row is for comparison."""


@dataclass(frozen=True)
class Row:
    """A share of runs.

    promised  (low, high) for the true share
    width     mean width of the interval, NaN where there is none
    was       the share before the rule of today, as text; '' where nobody measured it
    """

    what: str
    case: str
    share: float
    runs: int
    promised: tuple[float, float] = ANY
    width: float = math.nan
    was: str = ""

    @property
    def error(self) -> float:
        """Binomial standard error, were the share the nearest that is promised."""
        nearest = min(max(self.share, self.promised[0]), self.promised[1])
        bounded = min(max(nearest, 0.5 / self.runs), 1 - 0.5 / self.runs)
        return math.sqrt(bounded * (1 - bounded) / self.runs)

    @property
    def kept(self) -> bool:
        """Whether the promise holds for the share that was measured."""
        low, high = self.promised
        return low <= self.share <= high

    @property
    def consistent(self) -> bool:
        """Whether the share is within three standard errors of the promise.

        A promise that is just kept is missed by half of all simulations, and by this much never.
        """
        low, high = self.promised
        return low - 3 * self.error <= self.share <= high + 3 * self.error

    @property
    def word(self) -> str:
        """`kept`, `within error` or `not kept`; '' without a promise."""
        if self.promised == ANY:
            return ""
        return "kept" if self.kept else "within error" if self.consistent else "**not kept**"


Rows = Iterator[Row]


def share(truths: Iterable[bool]) -> float:
    return float(np.mean([bool(truth) for truth in truths]))


def mean(values: Iterable[float]) -> float:
    """The mean of what is not NaN; NaN where nothing is left."""
    kept = [value for value in values if not math.isnan(value)]
    return float(np.mean(kept)) if kept else math.nan


def table(rows: Iterable[Row]) -> str:
    head = "| what | case | was | share | ± | promised | width | the promise is |"
    lines = [head, "| --- | --- | ---: | ---: | ---: | --- | ---: | --- |"]
    return "\n".join([*lines, *map(_line, rows)]) + "\n"


def _line(row: Row) -> str:
    low, high = row.promised
    promised = "" if row.promised == ANY else f"{low:.3g}–{high:.3g}"
    width = "" if math.isnan(row.width) else f"{row.width:.3f}"
    numbers = f"{row.was} | {row.share:.3f} | {row.error:.3f}"
    return f"| {row.what} | {row.case} | {numbers} | {promised} | {width} | {row.word} |"


def with_table(page: str, text: str, marks: tuple[str, str] = MARKS) -> str:
    """The page with the text between two marks. Raises ValueError where it has none."""
    before, begin, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not end:
        raise ValueError(f"expected the marks {marks[0].strip()} and {marks[1].strip()}")
    return f"{before}{begin}{text}{end}{after}"
