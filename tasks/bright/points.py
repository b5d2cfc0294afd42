"""A run as one point of a figure: its nDCG@10 on the clean queries, with its interval."""

from typing import Any

from benchsuite.cells import EVERYBODY, condition_cells
from benchsuite.estimation import Weights, interval
from benchsuite.statistics import Statistics

from .task import TASK


def headline(statistics: Statistics, replicates: int = 1000) -> dict[str, Any]:
    """`dataset`, `model`, and the headline as `ndcg@10`, `low`, `high`."""
    identity, clean = statistics.identity, statistics.tables["clean"]
    weights = Weights(int(identity["seed"]), str(identity["population"]), replicates)
    metric = TASK.metrics[0]
    estimate = condition_cells([clean], [metric], [EVERYBODY], weights)[EVERYBODY, metric.name]
    found = interval(estimate, lower=0.0, upper=1.0)
    return {
        "dataset": identity["dataset"],
        "model": identity["model"],
        metric.name: estimate.value,
        "low": found.low,
        "high": found.high,
    }
