"""Groups behind the metrics: also of a curve, whose rows have lists of unequal length."""

import numpy as np
import pandas as pd
import pytest

from benchsuite_tasks.compositional.metrics import METRICS
from tests.estimation.alone import held_against_the_obvious

COLUMNS = {column for metric in METRICS for column in metric.columns} - {"curve"}


def made() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    table = pd.DataFrame({name: rng.integers(0, 2, 60).astype(float) for name in sorted(COLUMNS)})
    curves = [rng.integers(0, 2, rng.integers(0, 12)).astype(float) for _ in range(60)]
    names = {
        "sample_id": [f"g{i:02d}" for i in range(60)],
        "cluster": [f"c{i // 3}" for i in range(60)],
    }
    return table.assign(curve=curves, **names)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_group_has_the_metric_of_itself_alone_and_moves_that_of_all(metric):
    held_against_the_obvious(metric, made())
