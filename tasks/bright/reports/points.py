"""A run as one point of a figure: its headline on the clean queries, with its interval."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Weights, interval
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.runs.statistics import Statistics

REPLICATES = 1000
LABELS = {"ndcg@10": "nDCG@10", "ndcg@10-answered": "nDCG@10-answered"}


def weights(statistics: Statistics) -> Weights:
    """The weights of a run's bootstrap."""
    return Weights(statistics.identity.seed, statistics.identity.population, REPLICATES)


def clean_table(statistics: Statistics) -> pd.DataFrame:
    """The statistics of the clean queries. Raises BadData where the run has none."""
    if "clean" not in statistics.tables:
        raise BadData(f"{statistics.path}: expected the condition clean, found none")
    return statistics.tables["clean"]


def headline(statistics: Statistics) -> dict[str, Any]:
    """`dataset`, `model`, and the headline by its name, `low`, `high`."""
    identity, metric = statistics.identity, statistics.metrics[0]
    table = clean_table(statistics)
    cells = condition_cells([table], [metric], [EVERYBODY], weights(statistics))
    estimate = cells[EVERYBODY, metric.name]
    found = interval(estimate, lower=0.0, upper=1.0)
    return {
        "dataset": identity.dataset,
        "model": identity.model,
        metric.name: estimate.value,
        "low": found.low,
        "high": found.high,
    }


def some(runs: Sequence[Statistics]) -> Sequence[Statistics]:
    """The runs. Raises WrongCall where there are none."""
    if not runs:
        raise WrongCall("report: expected at least one RUN, found none")
    return runs


def headline_of(runs: Sequence[Statistics]) -> str:
    """The name of the headline that runs have in common. Raises BadData where they have several."""
    names = sorted({run.metrics[0].name for run in some(runs)})
    if len(names) != 1:
        raise BadData(
            f"{runs[-1].path}: expected runs with one dataset.unanswered, found the headlines "
            f"{' and '.join(names)}"
        )
    return names[0]


def label(metric: str) -> str:
    """A metric's name as figures have it."""
    return LABELS.get(metric, metric)
