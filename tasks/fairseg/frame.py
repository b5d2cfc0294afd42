"""The statistics of a condition as fairlearn's `MetricFrame`, for who works with that."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchsuite.errors import BadData, NotAvailable, near


def metric_frame(
    statistics: pd.DataFrame, attributes: str | Sequence[str], columns: Sequence[str] = ("dice",)
) -> Any:
    """A MetricFrame of the means of `columns` by attribute, or by several crossed ones.

    `statistics` is one condition's table (`read_statistics(run).tables["clean"]`). Samples whose
    attribute is unknown are in no group, and count in `overall`, as on a board.
    Raises BadData for a column that is not there, NotAvailable without fairlearn.
    """
    try:
        from fairlearn.metrics import MetricFrame
    except ModuleNotFoundError as error:
        raise NotAvailable("a MetricFrame needs fairlearn: pip install fairlearn") from error
    names = [attributes] if isinstance(attributes, str) else list(attributes)
    for name in (*names, *columns):
        if name not in statistics:
            known = [str(column) for column in statistics.columns]
            raise BadData(f"statistics: no column '{name}'{near(name, known)}")
    values = statistics[list(columns)].reset_index(drop=True)
    # MetricFrame drops rows whose feature is missing from the groups, not from the overall value
    features = statistics[names].reset_index(drop=True).replace("", None)
    return MetricFrame(
        metrics=dict.fromkeys(columns, _mean),
        y_true=values[columns[0]],
        y_pred=values[columns[0]],
        sensitive_features=features,
        sample_params={column: {"values": values[column]} for column in columns},
    )


def _mean(y_true: Any, y_pred: Any, values: Any) -> float:
    return float(pd.Series(values).mean())
