"""A metric that is data is rebuilt from its record; one that holds a function is not."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import (
    ClusterMean,
    MacroMean,
    Mean,
    Metric,
    MetricRecord,
    Pooled,
    Ratio,
    metric_of_record,
    record_of_metric,
)
from benchsuite.estimation.metrics import Declared
from benchsuite.estimation.records import _PLAIN
from benchsuite.files.text import record_of

ends = st.tuples(st.floats(max_value=0, allow_nan=False), st.floats(min_value=0.5, allow_nan=False))
declared: dict[str, Any] = {
    "name": st.text(),
    "unit": st.text(),
    "higher_is_better": st.booleans(),
    "bounds": ends,
    "version": st.integers(1),
    "equity": st.booleans(),
    "detail": st.booleans(),
}
column, optional = st.text(min_size=1), st.text()
METRICS = st.one_of(
    st.builds(Mean, column=column, where=optional, **declared),
    st.builds(ClusterMean, column=column, where=optional, **declared),
    st.builds(MacroMean, column=column, stratum=column, where=optional, **declared),
    st.builds(Ratio, numerator=column, denominator=column, **declared),
)


def stored(record: MetricRecord) -> MetricRecord:
    """The record as a file gives it."""
    return record_of(MetricRecord, "m", json.loads(json.dumps(asdict(record), allow_nan=False)))


@given(METRICS)
def test_a_metric_that_is_data_is_rebuilt_from_a_file(metric: Metric) -> None:
    record = stored(record_of_metric(metric))
    made = metric_of_record(record)
    assert type(made) is type(metric)
    assert made == metric
    assert record.limits == metric.bounds


@pytest.mark.parametrize("kind", list(_PLAIN.values()), ids=lambda kind: kind.__name__)
def test_every_field_of_a_metric_is_stored(kind: type[Any]) -> None:
    other = {one.name: anew(one.default) for one in fields(Declared)}
    own = {one.name: one.name for one in fields(kind) if one.name not in other}
    whole = kind(**own, **other)
    assert metric_of_record(stored(record_of_metric(whole))) == whole
    for name, value in {**own, **other}.items():
        changed = replace(whole, **{name: anew(value)})
        assert record_of_metric(changed) != record_of_metric(whole), name


def anew(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return (0.0, math.inf) if value[0] else (0.5, 1.0)
    return value + type(value)(1)


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        ((-math.inf, math.inf), (None, None)), ((0, math.inf), (0, None)),
        ((-math.inf, 1.5), (None, 1.5)), ((0, 1), (0, 1)),
    ],
)  # fmt: skip
def test_a_bound_that_there_is_not_is_none_in_a_file(
    bounds: tuple[float, float], kept: tuple[float | None, float | None]
) -> None:
    record = stored(record_of_metric(Mean("m", "x", bounds=bounds)))
    assert record.bounds == kept
    assert record.limits == bounds


@dataclass(frozen=True)
class Squared(Mean):
    """A plugin's own kind of mean, which no record can tell."""


@pytest.mark.parametrize(
    "metric", [Pooled("AP", ("x",), lambda table, weights: weights.sum(axis=1)), Squared("m", "x")]
)
def test_a_metric_that_holds_code_has_to_come_from_its_task(metric: Metric) -> None:
    record = stored(record_of_metric(metric))
    assert (record.estimator, record.reads) == ("", {})
    assert metric_of_record(record) is None
