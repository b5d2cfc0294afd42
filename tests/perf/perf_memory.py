"""What a stage of a run holds at most: of 100,000 samples against 1,000.

Each stage is a process of its own. Tasks whose statistics are lists that no sum replaces are not
here: what a detection or an image takes of memory is stated instead. `tests.perf.large` measures
many more samples and conditions.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd

from benchsuite.estimation import Metric
from benchsuite.estimation.kept import Packed
from benchsuite.task import load_task, task_names
from tests.perf import Ratio
from tests.perf.held import STAGES, rows_of

FEW, MANY = 1_000, 100_000
ALLOWED: Final = 1.2
"""How much more than the few samples the many may take."""
ALL_STAGES: Final = "fairseg"
"""The task of which each stage is measured; of the others, the run with its cells, and the gate."""
LISTS: Final = {"instance_segmentation": ("detection", "scores", 60), "cosal": ("image", "", 1100)}
"""Tasks whose metrics keep lists: what takes memory, the column that has one for each of them (none
is a sample), and the bytes that one may take."""


def measure() -> Iterator[Ratio]:
    """The stages of each task, and the bytes of what has to be kept."""
    for name in sorted(task_names()):
        if name in LISTS:
            yield _bytes_of_one(name)
        else:
            yield from _of_task(name, STAGES if name == ALL_STAGES else ("run", "gate"))


def _bytes_of_one(name: str) -> Ratio:
    """What the headline keeps of one detection or image of the small dataset."""
    (what, column, most), task = LISTS[name], load_task(name)
    rows, _ = rows_of(task)
    size = kept_bytes(task.metrics[0], pd.DataFrame(rows))
    count = sum(len(row[column]) for row in rows) if column else len(rows)
    told = f"memory: {name}, bytes per {what}"
    return Ratio(told, f"at most {most}", size / count / 1000, most / 1000, 1, "B")


def kept_bytes(metric: Metric, table: pd.DataFrame) -> int:
    """The bytes of the columns that a metric keeps."""
    ids = [str(n) for n in range(len(table))]
    everybody = np.ones((len(table), 1), np.bool_)
    packed = Packed(table.assign(sample_id=ids, cluster=ids))
    (kept,) = packed.records(metric.columns, everybody).tables
    return sum(kept.column(name).nbytes for name in metric.columns)


def _of_task(name: str, stages: tuple[str, ...]) -> Iterator[Ratio]:
    with TemporaryDirectory() as folder:
        for stage in stages:
            few, many = (_held(stage, name, size, Path(folder)) for size in (FEW, MANY))
            what = f"memory: {name}, {stage}, {MANY:,} samples"
            yield Ratio(what, f"{FEW:,} samples", many / 1e9, few / 1e9, 1 / ALLOWED, "MB")


def _held(stage: str, name: str, samples: int, folder: Path) -> int:
    """The bytes that a process held at most."""
    words = [sys.executable, "-m", "tests.perf.held", stage, name, str(samples)]
    done = subprocess.run(
        [*words, str(folder / str(samples))], capture_output=True, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return int(done.stdout.split()[-1])
