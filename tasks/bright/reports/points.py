"""A run as one point of a figure: its headline on the clean queries, with its interval."""

from collections.abc import Sequence
from typing import Any

from benchsuite.errors import BadData
from benchsuite.estimation import Weights, interval
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.runs.statistics import Statistics

REPLICATES = 1000


def weights(statistics: Statistics) -> Weights:
    """The weights of a run's bootstrap."""
    identity = statistics.identity
    return Weights(int(identity["seed"]), str(identity["population"]), REPLICATES)


def headline(statistics: Statistics) -> dict[str, Any]:
    """`dataset`, `model`, and the headline by its name, `low`, `high`."""
    identity, clean = statistics.identity, statistics.tables["clean"]
    metric = statistics.task.metrics[0]
    cells = condition_cells([clean], [metric], [EVERYBODY], weights(statistics))
    estimate = cells[EVERYBODY, metric.name]
    found = interval(estimate, lower=0.0, upper=1.0)
    return {
        "dataset": identity["dataset"],
        "model": identity["model"],
        metric.name: estimate.value,
        "low": found.low,
        "high": found.high,
    }


def headline_of(runs: Sequence[Statistics]) -> str:
    """The name of the headline that runs have in common. Raises BadData where they have several."""
    names = sorted({run.task.metrics[0].name for run in runs})
    if len(names) != 1:
        raise BadData(
            f"{runs[-1].path}: expected runs with one dataset.unanswered, found the headlines "
            f"{' and '.join(names)}"
        )
    return names[0]
