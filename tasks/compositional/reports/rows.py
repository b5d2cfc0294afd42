"""Rows of a report, as a table of numbers and as one to read."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from benchsuite.estimation import Estimate, Weights, interval
from benchsuite.estimation.cells import Group, condition_cells
from benchsuite.runs.statistics import Statistics


@dataclass(frozen=True)
class Shown:
    """A value in shares of 1 and its 95 % interval; an interval of another kind has no value."""

    low: float
    high: float
    value: float | None = None


Row: TypeAlias = Mapping[str, str | int | float | Shown]


def shown(estimate: Estimate) -> Shown:
    """An estimate with its interval."""
    found = interval(estimate)
    return Shown(found.low, found.high, estimate.value)


def cells(
    run: Statistics, condition: str, groups: Sequence[Group], replicates: int
) -> dict[tuple[Group, str], Estimate]:
    """The run's estimates under a condition, by group and metric."""
    weights = Weights(run.manifest.identity.seed, run.manifest.populations[condition], replicates)
    return condition_cells([run.tables[condition]], run.metrics, groups, weights)


def as_numbers(rows: Sequence[Row]) -> pd.DataFrame:
    """The rows in shares of 1: `name`, `name_low` and `name_high` of each interval."""
    return _table(rows, _numbers)


def in_points(rows: Sequence[Row]) -> pd.DataFrame:
    """The rows in percentage points with one decimal, a value and its interval in one cell."""
    return _table(rows, lambda name, value: {name: _points(value)})


def _table(rows: Sequence[Row], parts: Callable[[str, Any], Mapping[str, Any]]) -> pd.DataFrame:
    made: list[dict[str, Any]] = []
    for row in rows:
        made.append({})
        for name, value in row.items():
            made[-1] |= parts(name, value)
    return pd.DataFrame(made)


def _numbers(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Shown):
        return {name: value}
    ends = {f"{name}_low": value.low, f"{name}_high": value.high}
    return ends if value.value is None else {name: value.value, **ends}


def _points(value: Any) -> str:
    if isinstance(value, Shown):
        ends = "" if math.isnan(value.low) else f"[{100 * value.low:.1f}, {100 * value.high:.1f}]"
        return ends if value.value is None else f"{_points(value.value)} {ends}".rstrip()
    if not isinstance(value, float):
        return str(value)
    return "" if math.isnan(value) else f"{100 * value:.1f}"
