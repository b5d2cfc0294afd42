"""A row of what is shown: a share of runs, and what it has to be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

ANY = (0.0, 1.0)
"""No promise: the row is for comparison."""


@dataclass(frozen=True)
class Row:
    """A share of runs.

    promised  (low, high) for the true share; what is measured may miss it by the binomial error
    width     mean width of the interval, NaN where there is none
    """

    what: str
    case: str
    share: float
    runs: int
    promised: tuple[float, float] = ANY
    width: float = math.nan

    @property
    def error(self) -> float:
        """Binomial standard error, were the share the nearest that is promised."""
        nearest = min(max(self.share, self.promised[0]), self.promised[1])
        bounded = min(max(nearest, 0.5 / self.runs), 1 - 0.5 / self.runs)
        return math.sqrt(bounded * (1 - bounded) / self.runs)

    @property
    def kept(self) -> bool:
        """Whether the share is within three standard errors of the promise."""
        low, high = self.promised
        return low - 3 * self.error <= self.share <= high + 3 * self.error


Rows = Iterator[Row]


def share(truths: Iterable[bool]) -> float:
    return float(np.mean([bool(truth) for truth in truths]))


def mean(values: Iterable[float]) -> float:
    """The mean of what is not NaN; NaN where nothing is left."""
    kept = [value for value in values if not math.isnan(value)]
    return float(np.mean(kept)) if kept else math.nan


def table(rows: Iterable[Row]) -> str:
    head = "| what | case | share | ± | promised | width | kept |"
    lines = [head, "| --- | --- | ---: | ---: | --- | ---: | --- |"]
    return "\n".join([*lines, *map(_line, rows)]) + "\n"


def _line(row: Row) -> str:
    low, high = row.promised
    promised = "" if row.promised == ANY else f"{low:.3g}–{high:.3g}"
    kept = "" if row.promised == ANY else ("yes" if row.kept else "**no**")
    width = "" if math.isnan(row.width) else f"{row.width:.3f}"
    numbers = f"{row.share:.3f} | {row.error:.3f}"
    return f"| {row.what} | {row.case} | {numbers} | {promised} | {width} | {kept} |"
