"""The obvious way to a sample's own score and influence: a table of one row, and one without it."""

import numpy as np
import pandas as pd

from benchsuite.estimation import Metric, Weights
from benchsuite.estimation.influence import influences, scores

NOBODY = Weights(0, "", 0)


def value(metric: Metric, table: pd.DataFrame) -> float:
    """The metric of a table."""
    everybody = np.ones((len(table), 1), bool)
    return metric.finish(metric.accumulate(table, NOBODY, everybody), NOBODY)[0].value


def held_against_the_obvious(metric: Metric, table: pd.DataFrame) -> None:
    """Fail unless the scores and influences of a table with index 0 … N-1 are the obvious ones."""
    rows, whole = range(len(table)), value(metric, table)
    alone = [value(metric, table.iloc[[i]]) for i in rows]
    moved = [whole - value(metric, table.drop(index=i)) for i in rows]
    everybody = np.ones(len(table), bool)
    np.testing.assert_allclose(scores(metric, table), alone, atol=1e-12)
    np.testing.assert_allclose(influences(metric, table, everybody), moved, atol=1e-12)
