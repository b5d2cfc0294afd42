"""Rows of statistics: what `measure` returned, checked, as one table per unit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from benchsuite.dataset import RESERVED, Sample
from benchsuite.errors import BadData, NameTaken
from benchsuite.runs.manifest import Order
from benchsuite.task import Task

ATTRIBUTES: Final = b"benchsuite.attributes"


def checked_row(task: Task, sample: Sample, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row that `measure` returned for a sample.

    Raises BadData if it has a column of the suite, or lacks one that a metric reads; NameTaken if
    it has one that is called as an attribute. A statistic that is missing must be NaN or None.
    """
    for name in row:
        if name in RESERVED:
            raise BadData(f"column '{name}': expected a name of its own, found the suite's")
        if name in sample.attributes:
            raise NameTaken(f"attribute '{name}' of sample '{sample.id}': task {task.name} measures"
                            " a column of this name; rename the attribute")  # fmt: skip
    for metric in task.metrics:
        if absent := [c for c in metric.columns if c not in {*RESERVED, *sample.attributes, *row}]:
            found = ", ".join(row) or "nothing"
            raise BadData(f"expected '{absent[0]}' (metric {metric.name}), found {found}")
    return dict(row)


def statistics_table(samples: Sequence[Sample], rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Statistics as a table: sample_id, cluster, error, the attributes, the task's columns."""
    attributes = sorted({name for sample in samples for name in sample.attributes})
    records = [
        {
            "sample_id": sample.id,
            "cluster": sample.cluster_id,
            "error": "",
            **{name: sample.attributes.get(name, "") for name in attributes},
            **row,
        }
        for sample, row in zip(samples, rows, strict=True)
    ]
    # from_pylist takes the columns of the first row alone, and a failed row has none.
    columns = list(dict.fromkeys(name for record in records for name in record))
    table = pa.table({name: [record.get(name) for record in records] for name in columns})
    return table.replace_schema_metadata({ATTRIBUTES: attributes_bytes(attributes)})


def attributes_bytes(names: Sequence[str]) -> bytes:
    """The names of attribute columns, as the metadata of a table holds them."""
    return json.dumps(names).encode()


def in_order(table: pa.Table, order: Order) -> pa.Table:
    """The rows by cluster and sample id; `order` is the one in which they were measured."""
    if order == "sorted":
        return table
    return table.sort_by([("cluster", "ascending"), ("sample_id", "ascending")])


def is_whole(table: pa.Table | None) -> bool:
    """Whether there are statistics, and no sample of them failed."""
    return table is not None and not any(table.column("error").to_pylist())


def measured_rows(table: pa.Table | None) -> dict[str, dict[str, Any]]:
    """What was measured, by sample id, without the samples that failed."""
    if table is None:
        return {}
    own = {*RESERVED, *attribute_names(table)}
    return {
        row["sample_id"]: {name: value for name, value in row.items() if name not in own}
        for row in table.to_pylist()
        if not row["error"]
    }


def attribute_names(table: pa.Table) -> list[str]:
    """The names of the attribute columns of a table of statistics."""
    names: list[str] = json.loads((table.schema.metadata or {}).get(ATTRIBUTES, b"[]"))
    return names


def frame(table: pa.Table) -> pd.DataFrame:
    """A table of statistics as pandas sees it; the column `error` stays."""
    made: pd.DataFrame = table.to_pandas()
    return made
