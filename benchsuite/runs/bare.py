"""The rows of numbers published elsewhere, which have no replicates."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchsuite.estimation import Estimate, join_notes, of_standard_error
from benchsuite.runs.cells import Cell
from benchsuite.runs.forms import Form, Key
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.tidy import TidyRow, incomplete_rows, row_of


def bare_rows(
    manifest: Manifest, estimates: Mapping[Key, Estimate], errors: Mapping[Cell, float]
) -> list[TidyRow]:
    """The rows of a board without replicates: a gap always has an interval, so there is none.

    errors  the standard errors that were published; only these numbers have an interval
    """
    values = list(_value_rows(manifest, estimates, errors))
    whole = {(row.condition, row.metric) for row in values if not row.attribute}
    lacking = incomplete_rows(manifest)
    return [*values, *(row for row in lacking if (row.condition, row.metric) not in whole)]


def _value_rows(
    manifest: Manifest, estimates: Mapping[Key, Estimate], errors: Mapping[Cell, float]
) -> Iterator[TidyRow]:
    metrics = {metric.name: metric for metric in manifest.metrics}
    for key, estimate in estimates.items():
        metric, about = metrics[key.metric], (key.condition, key.group, key.metric)
        rest: dict[str, Any] = {"note": estimate.notes}
        if key.form == Form.VALUE and about in errors:
            found = of_standard_error(estimate, errors[about], metric.limits)
            rest = {"ci_low": found.low, "ci_high": found.high, "interval": found.method}
            rest["note"] = join_notes([estimate.notes, found.notes])
        n = estimate.n or None
        yield row_of(key, estimate.value, metric.higher_is_better, coverage=1.0, n=n, **rest)
