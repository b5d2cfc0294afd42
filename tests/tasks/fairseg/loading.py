"""How the tests load a directory, and change its table."""

import csv
from pathlib import Path

import numpy as np

from benchsuite.errors import BadData
from benchsuite.estimation import Weights
from benchsuite_tasks.fairseg.datasets.masks import masks

from .conftest import write_csv


def computed(metric, table):
    """The estimate of everybody."""
    everybody = np.ones((len(table), 1), dtype=bool)
    weights = Weights(0, "d", 0)
    return metric.finish(metric.accumulate(table, weights, everybody), weights)


def loaded(root: Path, **options):
    """The dataset, as a run that skips no sample takes it."""
    made = masks(str(root), cluster="patient", **{"groups": ["race"], **options})
    if made.faults:
        raise BadData(made.faults[0])
    return made


def changed(root: Path, change) -> None:
    """The table of attributes with a change to its rows."""
    with (root / "attributes.csv").open() as file:
        rows = list(csv.DictReader(file))
    change(rows)
    write_csv(root / "attributes.csv", rows)
