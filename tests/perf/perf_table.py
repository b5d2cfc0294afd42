"""The board of runs that have stored their rows, against computing the rows for it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchsuite.boards.table import leaderboard
from benchsuite.condition import Condition
from benchsuite.estimation import Mean
from benchsuite.estimation.cells import Group
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import store_rows
from benchsuite.task import silent
from tests.perf import Ratio, cpu_seconds
from tests.perf.made import REPLICATES, run_of_cells
from tests.toys import add_noise

RUNS, METRICS = 3, 14
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


def _run(root: Path, number: int) -> RunDirectory:
    metrics = [Mean(f"score {k}", "hit", bounds=(0, 1), equity=k % 2 == 0) for k in range(METRICS)]
    groups = [
        Group(axis, (str(k), *axis[1:])) for axis, count in SIZES.items() for k in range(count)
    ]
    return run_of_cells(root, f"m{number}", ALTERED, metrics, groups)
