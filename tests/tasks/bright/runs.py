"""Statistics of a run that was never made, for reports."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchsuite.estimation import Metric, record_of_metric
from benchsuite.runs.manifest import Identity, Manifest
from benchsuite.runs.statistics import Statistics
from benchsuite_tasks.bright.metrics import METRICS


def statistics(
    tables: Mapping[str, pd.DataFrame],
    factors: Mapping[str, str],
    model: str = "m",
    metric: Metric = METRICS[0],
) -> Statistics:
    """The statistics of a run with these tables and factors, and one metric."""
    identity = Identity(
        task="bright", task_version=1, protocol="", metrics={metric.name: 1}, dataset="d",
        dataset_fingerprint="f", population="p", model=model, model_fingerprint="g", seed=0,
        batch_size=1, shard_size=1, threads=1,
    )  # fmt: skip
    manifest = Manifest(
        "r", identity, tuple(tables), (), (record_of_metric(metric),), factors=factors
    )
    return Statistics(Path("run"), manifest, tables, ("split",))
