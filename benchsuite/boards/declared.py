"""A task that is not installed, as a CSV of published numbers declares it: names and metrics."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchsuite.dataset import Sample
from benchsuite.errors import BadData, NotAvailable
from benchsuite.estimation import Mean
from benchsuite.files.text import number
from benchsuite.task import Located, Task

DIRECTIONS: Final = {"yes": True, "no": False}
"""The values of the column `higher_is_better`."""


def declared_task(name: str, rows: Sequence[Located]) -> Task:
    """The task whose metrics these rows say: `higher_is_better`, and `low` and `high` if bounded.

    Its conditions are clean alone. Raises BadData, with file and line, where a row does not say
    whether more is better, or two rows say otherwise of one metric.
    """
    found: dict[str, Mean] = {}
    for where, row in rows:
        metric = _metric(where, row)
        first = found.setdefault(metric.name, metric)
        if first != metric:
            raise BadData(f"{where}: metric {metric.name}: expected the direction and bounds of "
                          "the rows above, found others")  # fmt: skip
    return Task(
        name=name, version=0, summary="numbers that others published", measure=_nothing,
        metrics=tuple(found.values()), datasets={}, models={},
    )  # fmt: skip


def _metric(where: str, row: Mapping[str, str]) -> Mean:
    told, name = row.get("higher_is_better", ""), row["metric"]
    if told not in DIRECTIONS:
        expected = f"task {row.get('task')} is not installed: expected yes or no"
        raise BadData(f"{where}: higher_is_better: {expected}, found '{told}'")
    low, high = (
        number(where, key, row[key]) if row.get(key) else default
        for key, default in (("low", -math.inf), ("high", math.inf))
    )
    return Mean(name, name, higher_is_better=DIRECTIONS[told], bounds=(low, high))


def _nothing(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> Mapping[str, Any]:
    raise NotAvailable(f"sample {sample.id}: expected a task that is installed, found its name")
