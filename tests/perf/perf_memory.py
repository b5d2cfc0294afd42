"""What a stage of a run holds at most: of 100,000 samples against 1,000.

Each stage is a process of its own. Average precision is not here: it keeps its match records.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchsuite.estimation.metrics import Parted
from benchsuite.task import load_task, task_names
from tests.perf import Ratio
from tests.perf.held import STAGES

FEW, MANY = 1_000, 100_000
ALLOWED: Final = 1.2
"""How much more than the few samples the many may take."""
ALL_STAGES: Final = "fairseg"
"""The task of which each stage is measured; of the others, the run and its cells."""


def measure() -> Iterator[Ratio]:
    """Each stage of one task, and the run of each task whose perfect model has rows of numbers."""
    for name in sorted(task_names()):
        if load_task(name).perfect and not _keeps_records(name):
            yield from _of_task(name, STAGES if name == ALL_STAGES else STAGES[:1])


def _keeps_records(name: str) -> bool:
    return any(isinstance(metric, Parted) for metric in load_task(name).metrics)


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
