"""How the cost of a board grows with samples, conditions, groups and models, as exponents.

The cost of two or three sizes, each the median of three, is a line on logarithmic axes; its slope
is the exponent. The table shows it in place of a time, against the exponent that is promised.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchsuite.boards.table import leaderboard
from benchsuite.condition import Condition
from benchsuite.estimation import Mean, Weights
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import store_rows
from benchsuite.task import silent
from tests.perf import Ratio, cpu_seconds
from tests.perf.made import REPLICATES, run_of_cells
from tests.toys import add_noise


def measure() -> Iterator[Ratio]:
    """The exponents, each with what it may be at most."""
    yield _grows("cells of a condition, with samples", _cells, (20_000, 80_000), 1.1)
    yield _grows("rows of a run, with conditions", lambda n: _rows(n, 6), (4, 8, 16), 1.2)
    yield _grows("rows of a run, with groups: pairs", lambda n: _rows(3, n), (6, 12, 24), 2.4)
    yield _grows("board, with models: pairs", _board, (4, 8, 16), 2.0)


def _grows(
    what: str, work: Callable[[int], Callable[[], object]], sizes: Sequence[int], most: float
) -> Ratio:
    work(sizes[0])()  # loads what the first call of a process loads
    costs = [median(cpu_seconds(work(size), 1) for _ in range(3)) for size in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
    told = " → ".join(f"{size:,}" for size in sizes)
    return Ratio(f"exponent: {what} {told}", f"at most {most}", slope / 1000, most / 1000, 1, "")


def _cells(samples: int) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    ids = [f"s{i}" for i in range(samples)]
    groups = [Group(("g",), (f"{k}",)) for k in range(10)]
    table = pd.DataFrame({
        "sample_id": ids, "cluster": ids, "x": rng.normal(size=samples),
        "g": rng.integers(10, size=samples).astype(str),
    })  # fmt: skip
    metrics = [Mean("x", column="x")]
    axis = [EVERYBODY, *groups]
    condition_cells([table], metrics, axis, Weights(0, "compiles", REPLICATES))
    return lambda: condition_cells([table], metrics, axis, Weights(1, "counts", REPLICATES))


def _rows(conditions: int, groups: int) -> Callable[[], object]:
    folder = TemporaryDirectory()
    made = _run(Path(folder.name), "m", conditions, groups)

    def store() -> None:
        store_rows(made, silent)
        folder.cleanup()

    return store


def _board(models: int) -> Callable[[], object]:
    folder = TemporaryDirectory()
    for number in range(models):
        store_rows(_run(Path(folder.name), f"m{number}", 4, 4), silent)

    def show() -> None:
        leaderboard(folder.name)
        folder.cleanup()

    return show


def _run(root: Path, model: str, conditions: int, groups: int) -> RunDirectory:
    """A run of one metric with equity, under so many conditions, in so many groups."""
    altered = [
        Condition("corruption", f"hiss{number}", 1, "noise", "x", add_noise)
        for number in range(conditions)
    ]
    metric = Mean("score", "hit", bounds=(0, 1), equity=True)
    axis = [Group(("race",), (f"{k}",)) for k in range(groups)]
    return run_of_cells(root, model, altered, [metric], axis)
