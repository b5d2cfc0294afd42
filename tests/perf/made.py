"""Runs of random cells, for measurements of what is computed from cells."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchsuite.condition import CLEAN, Condition
from benchsuite.estimation import Estimate, Mean
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.cells import table_of
from benchsuite.runs.find import run_directory
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, manifest

REPLICATES = 1000


def run_of_cells(
    root: Path,
    model: str,
    altered: Sequence[Condition],
    metrics: Sequence[Mean],
    groups: Sequence[Group],
) -> RunDirectory:
    """A run with a random cell for each condition, group and metric; the bytes follow the model."""
    rng = np.random.default_rng(list(model.encode()))
    task = replace(MEAN, metrics=tuple(metrics), conditions=tuple(altered))
    known = manifest(task, [c.full_name for c in (CLEAN, *altered)], model=model)
    cells = {
        (condition, group, metric.name): Estimate(
            rng.normal(0.8, 0.02), rng.normal(0, 0.02, REPLICATES), 90, 90
        )
        for condition in known.conditions
        for group in (EVERYBODY, *groups)
        for metric in metrics
    }
    directory = run_directory(root, task.name, "numbers", model, known.run_id)
    directory.write_manifest(known)
    directory.write_cells(table_of(cells), "made")
    return directory
