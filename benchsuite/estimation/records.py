"""What a metric says of itself, as a record that a file can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final

from .ceilings import falls_short
from .metrics import ClusterMean, Declared, Mean, Metric, Parted, Ratio
from .strata import MacroMean
from .tails import ClusterTailMean, TailMean

_PLAIN: Final[dict[str, type[Any]]] = {
    "mean": Mean,
    "cluster mean": ClusterMean,
    "macro mean": MacroMean,
    "ratio": Ratio,
    "tail mean": TailMean,
    "cluster tail mean": ClusterTailMean,
}
"""The metrics that are data alone: the columns that they read say what they are."""


@dataclass(frozen=True)
class MetricRecord:
    """A metric as data.

    bounds     lowest and highest value; None where there is none
    estimator  one of those that are data, `mean`, `ratio`; '' for one that holds a function
    reads      the estimator's columns by role: {"column": "dice", "where": "present"}
    added_by   the package that adds it to a task of others; '' for a metric of the task itself
    part       what its parts are called, which are groups without a gap: `class`; '' for none
    """

    name: str
    unit: str
    higher_is_better: bool
    bounds: tuple[float | None, float | None]
    version: int
    equity: bool
    equity_alpha: float = 1.0
    detail: bool = False
    estimator: str = ""
    reads: Mapping[str, str] = field(default_factory=dict)
    added_by: str = ""
    part: str = ""

    @property
    def origin(self) -> tuple[str, int]:
        """The package that adds it, and its version."""
        return self.added_by, self.version

    @property
    def of_tail(self) -> bool:
        """Whether it averages the worst tenth alone."""
        return issubclass(_PLAIN.get(self.estimator, object), TailMean)

    @property
    def limits(self) -> tuple[float, float]:
        """The bounds, infinite where there is none."""
        low, high = self.bounds
        return (-math.inf if low is None else low, math.inf if high is None else high)

    def falls_short(self, ceiling: float) -> bool:
        """Whether a perfect model that gets this falls short of the best; not where it is NaN."""
        return falls_short(ceiling, self.limits, self.higher_is_better)


def record_of_metric(metric: Metric) -> MetricRecord:
    """The record of a metric."""
    known = {kind: name for name, kind in _PLAIN.items()}
    estimator = known.get(type(metric), "")
    low, high = (bound if math.isfinite(bound) else None for bound in metric.bounds)
    return MetricRecord(
        name=metric.name,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        bounds=(low, high),
        version=metric.version,
        equity=metric.equity,
        equity_alpha=metric.equity_alpha,
        detail=metric.detail,
        estimator=estimator,
        reads=_columns(metric) if estimator else {},
        part=metric.part if isinstance(metric, Parted) else "",
    )


def metric_of_record(record: MetricRecord) -> Metric | None:
    """The metric of a record; None for one that holds a function, which a task has to give."""
    kind = _PLAIN.get(record.estimator)
    if kind is None:
        return None
    made: Metric = kind(
        name=record.name,
        **record.reads,
        unit=record.unit,
        higher_is_better=record.higher_is_better,
        bounds=record.limits,
        version=record.version,
        equity=record.equity,
        equity_alpha=record.equity_alpha,
        detail=record.detail,
    )
    return made


def _columns(metric: Any) -> dict[str, str]:
    declared = {one.name for one in fields(Declared)}
    own = [one for one in fields(metric) if one.name not in {*declared, "name"}]
    values = {one.name: getattr(metric, one.name) for one in own}
    optional = {one.name for one in own if one.default is not MISSING}
    return {name: value for name, value in values.items() if value or name not in optional}
