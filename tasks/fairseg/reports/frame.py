"""The statistics of a condition as fairlearn's `MetricFrame`.

    benchsuite report fairlearn RUN... 'attributes=[race,gender]'

fairlearn takes no missing features: samples whose attribute is unknown are left out. So its
`overall` is that of the others, while a board's is that of everybody.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchsuite.errors import BadData, near, needing
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report


def fairlearn_report(
    runs: Sequence[Statistics],
    progress: Progress,
    attributes: Sequence[str] = ("race",),
    columns: Sequence[str] = ("dice",),
    condition: str = "clean",
) -> Report:
    """Two tables of fairlearn for each run: means by group, and their difference and ratio.

    Raises BadData for a condition, attribute or column that a run lacks.
    """
    groups, disparity = [], []
    for run in runs:
        if condition not in run.tables:
            raise BadData(f"{run.path}: no condition '{condition}'{near(condition, run.tables)}")
        frame = metric_frame(run.tables[condition], attributes, columns)
        summary = {"overall": frame.overall, "difference": frame.difference(),
                   "ratio": frame.ratio()}  # fmt: skip
        named = {"dataset": run.identity.dataset, "model": run.identity.model}
        groups.append(frame.by_group.reset_index().assign(**named))
        disparity.append(pd.DataFrame(summary).rename_axis("metric").reset_index().assign(**named))
    found = {"by_group": groups, "disparity": disparity}
    return Report({name: pd.concat(t, ignore_index=True) for name, t in found.items() if t})


def metric_frame(
    statistics: pd.DataFrame, attributes: str | Sequence[str], columns: Sequence[str] = ("dice",)
) -> Any:
    """A MetricFrame of the means of `columns` by attribute, or by several crossed ones.

    `statistics` is one condition's table (`read_statistics(run).tables["clean"]`).
    Raises BadData for a column that is not there, NotAvailable without fairlearn.
    """
    with needing("a MetricFrame", "benchsuite[fairseg]"):
        from fairlearn.metrics import MetricFrame  # type: ignore[import-untyped, unused-ignore]
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
