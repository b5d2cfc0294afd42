"""A stage of a run of simulated samples, in a process of its own: prints the most bytes it held.

`python -m tests.perf.held STAGE TASK SAMPLES FOLDER`. A simulated sample has nothing but an id, its
groups and a number. Its row is one that the task measures of a perfect model on its small dataset,
or one of random numbers where a task knows no perfect model. So what is counted is what benchsuite
holds, and not what a dataset does.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchsuite.api.judged import equity, gate
from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Constant, Dataset, Inputs, Sample
from benchsuite.model import State
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import find_runs
from benchsuite.runs.pace import peak_memory
from benchsuite.runs.plan import Run
from benchsuite.task import Reported, Task, load_task

STAGES: Final = ("run", "board", "compare", "gate", "equity")
GROUPS, ROWS, UNIT = 20, 50, 500
"""Groups of the samples, different rows of statistics, and samples in a unit."""
REPLICATES: Final = 1000
LISTS: Final = {"f": (256, np.float32), "features": (12, np.float64)}
TEXTS: Final = ("set", "source")
"""Columns of tasks without a perfect model that hold lists, as long as this, and texts."""


Rows = tuple[tuple[Mapping[str, Any], ...], Sequence[Mapping[str, str]]]


def unaltered(value: Any, severity: int, generator: Any) -> Any:
    """The value: rows are known before, so no condition needs to alter anything."""
    return value


CONDITIONS: Final = (CLEAN, Condition("corruption", "none", 1, "none", "number", unaltered))


@dataclass(frozen=True)
class Told:
    """A model that tells rows of statistics, those of the sample that is `shift` further on."""

    name: str
    rows: tuple[Mapping[str, Any], ...]
    shift: int

    @property
    def fingerprint(self) -> str:
        return self.name

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Reported]:
        """The row of each sample, by its number."""
        places = (self.shift + one.fields["number"] for one in inputs)
        return [Reported(self.rows[place % len(self.rows)]) for place in places]


def runs(name: str, samples: int) -> list[Run]:
    """Two models' runs of so many simulated samples of a task."""
    task = load_task(name)
    rows, attributes = rows_of(task)
    who = [
        {**attributes[n % len(attributes)], "simulated": f"g{n % GROUPS}"}
        for n in range(len(attributes) * GROUPS)
    ]
    made = tuple(Sample(f"s{n:07}", {"number": n}, None, who[n % len(who)]) for n in range(samples))
    dataset = Dataset("simulated", f"{samples:032}", Constant(made))
    told = replace(task, perfect=None, chance=lambda data: {}, conditions=CONDITIONS, arrival=None)
    models = (Told(f"told {shift}", rows, shift) for shift in (0, 1))
    return [Run(told, dataset, model, CONDITIONS, shard_size=UNIT) for model in models]


def rows_of(task: Task) -> Rows:
    """Different rows of statistics of a task, and the attributes of their samples."""
    return _of_perfect(task) if task.perfect else (_random(task), [{}])


def _read(task: Task) -> list[str]:
    """The columns that the task's metrics read."""
    return sorted({column for metric in task.metrics for column in metric.columns})


def _of_perfect(task: Task) -> Rows:
    """Those of a perfect model."""
    assert task.perfect is not None
    small, read = next(iter(task.datasets.values()))(), _read(task)
    seen = small.samples()[:ROWS]
    measured = (task.measure(one, task.perfect(one, small.shared), small.shared) for one in seen)
    rows = tuple({name: row[name] for name in read if name in row} for row in measured)
    return rows, [one.attributes for one in seen]


def _random(task: Task) -> tuple[Mapping[str, Any], ...]:
    """Rows of random numbers."""
    rng = np.random.default_rng(0)
    return tuple({name: _drawn(name, rng) for name in _read(task)} for _ in range(ROWS))


def _drawn(name: str, rng: np.random.Generator) -> Any:
    if name in TEXTS:
        return f"{name} {rng.integers(3)}"
    if name in LISTS:
        length, kind = LISTS[name]
        return rng.random(length).astype(kind)
    return float(rng.random())


def do(stage: str, name: str, samples: int, folder: Path) -> None:
    """Do a stage; `run` makes what the others read."""
    if stage == "run":
        for run in runs(name, samples):
            evaluate(run, folder, replicates=REPLICATES)
        return
    if stage == "board":
        leaderboard(folder)
        return
    a, b = (one.path for one in find_runs(folder))
    if stage == "compare":
        compare(open_board(a), open_board(b))
    elif stage == "gate":
        gate(a, b)
    else:
        equity(a)


def most() -> int:
    """Bytes; `getrusage` would count those of the process that started this one, too."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = (line.split() for line in status.read_text().splitlines())
        return next(1024 * int(line[1]) for line in lines if line[0] == "VmHWM:")
    return peak_memory(1) or 0


if __name__ == "__main__":
    stage, name, samples, folder = sys.argv[1:]
    do(stage, name, int(samples), Path(folder))
    print(most())
