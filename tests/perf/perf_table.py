"""The board of runs that have stored their rows, against computing the rows for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition
from benchsuite.estimation import Estimate, Mean
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.cells import table_of
from benchsuite.runs.find import run_directory
from benchsuite.runs.tidy import store_rows
from benchsuite.task import silent
from tests.perf import Ratio, cpu_seconds
from tests.toys import MEAN, add_noise, manifest

RUNS, METRICS, REPLICATES = 3, 14, 1000
ALTERED = tuple(
    Condition("corruption", name, severity, "noise", "x", add_noise)
    for name in ("hiss", "hum")
    for severity in range(1, 6)
)
SIZES = {("race",): 3, ("sex",): 2, ("language",): 3, ("status",): 6, ("race", "sex"): 6}
"""The number of groups by attributes: 20, and everybody."""


def measure() -> Iterator[Ratio]:
    """A board of runs that store their rows, as it is read and as it would be computed."""
    with TemporaryDirectory() as folder:
        made = [_run(Path(folder), number) for number in range(RUNS)]
        peer = sum(cpu_seconds(lambda run=run: store_rows(run, silent), 1) for run in made)
        rows = len(leaderboard(folder))
        ours = cpu_seconds(lambda: leaderboard(folder))
    name = f"board of {RUNS} runs, {rows:,} rows, R = {REPLICATES}"
    yield Ratio(name, "what its runs have computed once", ours, peer, 4)
    yield Ratio(name, "2 s", ours, 2.0, 1)


def _run(root: Path, number: int):
    rng = np.random.default_rng(number)
    metrics = tuple(
        Mean(f"score {k}", "hit", bounds=(0, 1), equity=k % 2 == 0) for k in range(METRICS)
    )
    task = replace(MEAN, metrics=metrics, conditions=ALTERED)
    known = manifest(task, [c.full_name for c in (CLEAN, *ALTERED)], model=f"m{number}")
    groups = [
        Group(axis, (str(k), *axis[1:])) for axis, count in SIZES.items() for k in range(count)
    ]
    cells = {
        (condition, group, metric.name): Estimate(
            rng.normal(0.8, 0.02), rng.normal(0, 0.02, REPLICATES), 90, 90
        )
        for condition in known.conditions
        for group in (EVERYBODY, *groups)
        for metric in metrics
    }
    directory = run_directory(root, task.name, "numbers", f"m{number}", known.run_id)
    directory.write_manifest(known)
    directory.write_cells(table_of(cells), "made")
    return directory
