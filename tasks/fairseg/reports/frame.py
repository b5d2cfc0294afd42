"""The statistics of a condition as fairlearn's `MetricFrame`, for who works with that."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchsuite.errors import BadData, NotAvailable, near


def metric_frame(
    statistics: pd.DataFrame, attributes: str | Sequence[str], columns: Sequence[str] = ("dice",)
) -> Any:
    """A MetricFrame of the means of `columns` by attribute, or by several crossed ones.

    `statistics` is one condition's table (`read_statistics(run).tables["clean"]`). fairlearn takes
    no missing features: samples whose attribute is unknown are left out, and its `overall` is that
    of the others, where a board's is that of everybody.
    Raises BadData for a column that is not there, NotAvailable without fairlearn.
    """
    try:
        from fairlearn.metrics import MetricFrame  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError as error:
        raise NotAvailable("a MetricFrame needs fairlearn: pip install fairlearn") from error
    names = [attributes] if isinstance(attributes, str) else list(attributes)
    for name in (*names, *columns):
        if name not in statistics:
            known = [str(column) for column in statistics.columns]
            raise BadData(f"statistics: no column '{name}'{near(name, known)}")
    rows = statistics[(statistics[names] != "").all(axis=1)].reset_index(drop=True)
    values, features = rows[list(columns)], rows[names]
    return MetricFrame(
        metrics=dict.fromkeys(columns, _mean),
        y_true=values[columns[0]],
        y_pred=values[columns[0]],
        sensitive_features=features,
        sample_params={column: {"values": values[column]} for column in columns},
    )


def _mean(y_true: Any, y_pred: Any, values: Any) -> float:
    return float(pd.Series(values).mean())
