"""Two runs of a million samples under many conditions: CPU time and memory of each stage.

`python -m tests.perf.large SAMPLESxCONDITIONS...` makes the statistics of two models, without a
dataset or a model, and prints a line for each size and stage. Each stage is a process of its own.
`python -m tests.perf.large 1000000x96` takes hours and 40 GB of disk.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchsuite.api.judged import equity, gate
from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Constant, Dataset, Sample, digest
from benchsuite.estimation import Weights
from benchsuite.estimation.cells import condition_cells
from benchsuite.runs.baselines import baseline_path
from benchsuite.runs.cells import table_of
from benchsuite.runs.evaluate import directory_of, manifest_of
from benchsuite.runs.find import find_runs
from benchsuite.runs.plan import Run
from benchsuite.runs.rows import ATTRIBUTES, attributes_bytes, frame
from benchsuite.runs.seal import Of
from benchsuite.runs.statistics import run_statistics, write_baseline
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import store_rows
from benchsuite.task import load_task, silent
from tests.perf.held import GROUPS, REPLICATES, Told, most, unaltered

STAGES: Final = ("make", "cells", "board", "compare", "gate", "equity", "baseline")
TASK, COLUMN = "answers", "avg@k"
UNIT: Final = 2**14
"""Samples of a unit: those of a run of a million samples are as large as that."""


def main(sizes: list[str]) -> None:
    """Measure every stage of every size."""
    print("samples x conditions, stage: CPU seconds, MB", flush=True)
    for size in sizes:
        with TemporaryDirectory() as folder:
            for stage in STAGES:
                words = [sys.executable, "-m", "tests.perf.large", stage, size, folder]
                env = {**os.environ, "OMP_NUM_THREADS": "1"}
                done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
                print(f"{size}, {stage}: {done.stdout.strip()}", flush=True)


def do(stage: str, size: str, folder: Path) -> None:
    """Do a stage; each reads what those before it have made."""
    samples, count = map(int, size.split("x"))
    every = [one.path for one in find_runs(folder)]
    if stage == "make":
        for shift in (0, 1):
            _make(folder, samples, count, shift)
    elif stage == "cells":
        for path in every:
            _cells(RunDirectory(path))
    elif stage == "board":
        leaderboard(folder)
    elif stage == "compare":
        compare(*map(open_board, every))
    elif stage == "gate":
        gate(*every)
    elif stage == "equity":
        equity(every[0])
    else:
        statistics = run_statistics(RunDirectory(every[0]))
        write_baseline(statistics, baseline_path(folder / "b", ("t", "d", "m")), [COLUMN])


def _make(folder: Path, samples: int, count: int, shift: int) -> None:
    """The statistics of a model, which answers at random, as a run that was measured."""
    conditions = [Condition("corruption", f"c{n}", 1, "none", "x", unaltered) for n in range(count)]
    few = tuple(Sample(f"s{n}", {}, None, {"simulated": f"g{n}"}) for n in range(GROUPS))
    dataset = Dataset("simulated", f"{samples:032}", Constant(few))
    task = load_task(TASK)
    run = Run(task, dataset, Told(f"told {shift}", (), shift), (CLEAN, *conditions)[:count])
    directory = directory_of(run, folder)
    directory.path.mkdir(parents=True)
    directory.write_manifest(manifest_of(run))
    for number, condition in enumerate(run.conditions):
        rng = np.random.default_rng([number, shift])
        for shard, start in enumerate(range(0, samples, UNIT)):
            table = _unit(range(start, min(start + UNIT, samples)), rng)
            ids = digest(table.column("sample_id").to_pylist())
            shards = -(-samples // UNIT)
            of = Of(run.identity.run_id, condition.full_name, shard, shards, ids)
            directory.write_unit(of, table)
    directory.write_status(state="complete")


def _unit(numbers: range, rng: np.random.Generator) -> pa.Table:
    names = [f"s{n:07}" for n in numbers]
    made = pd.DataFrame({"sample_id": names, "cluster": names, "error": ""})
    made["simulated"] = [f"g{n % GROUPS}" for n in numbers]
    made[COLUMN] = np.round(rng.random(len(names)), 2)
    table = pa.Table.from_pandas(made, preserve_index=False)
    return table.replace_schema_metadata({ATTRIBUTES: attributes_bytes(["simulated"])})


def _cells(directory: RunDirectory) -> None:
    """The cells as a run computes them, unit by unit, and its rows of a board."""
    manifest = directory.manifest
    metrics = [one for one in load_task(TASK).metrics if one.columns == (COLUMN,)]
    groups, cells = run_statistics(directory).groups(manifest.conditions[0]), {}
    for condition in manifest.conditions:
        weights = Weights(0, manifest.populations[condition], REPLICATES)
        paths = sorted((directory.path / "units").glob(f"*{condition.replace('/', '+')}/*"))
        tables = (frame(pq.read_table(path)) for path in paths)
        found = condition_cells(tables, metrics, groups, weights)
        cells |= {(condition, group, name): one for (group, name), one in found.items()}
    directory.write_cells(table_of(cells), "made")
    store_rows(directory, silent)


if __name__ == "__main__":
    if sys.argv[1] in STAGES:
        stage, size, place = sys.argv[1:]
        do(stage, size, Path(place))
        print(f"{time.process_time():.1f} s, {most() / 1e6:.0f} MB")
    else:
        main(sys.argv[1:])
