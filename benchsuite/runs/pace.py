"""How fast a run was: what its files tell of time and size, for the plan of another one.

Times are those at which files were written. No number of a board depends on them, and a copy of a
run that keeps no times tells no pace.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

from benchsuite.runs.places import is_plain_file
from benchsuite.runs.store import RunDirectory

LEAST_UNITS = 3
"""Fewer units tell no pace."""


@dataclass(frozen=True)
class Pace:
    """What a run took.

    seconds   for a sample to be perturbed, predicted and measured, by all workers together
    cells     seconds for the cells and rows of a condition
    size      bytes on disk of a sample's statistics;   overhead  of a condition's cells and rows
    memory    bytes at most of all its processes; None where the run did not tell
    source    the run
    """

    seconds: float
    cells: float
    size: float
    overhead: float
    memory: int | None
    source: Path


def pace_of(run: RunDirectory) -> Pace | None:
    """The pace of a run; None where its files do not tell it.

    A sample's time is the median over units of the time since the unit before, so that a pause
    moves it little. A run that is not complete tells nothing of its cells: they count as nothing.
    """
    units = sorted(filter(is_plain_file, run.at("units").glob("*/*.parquet")), key=_written)
    if len(units) < LEAST_UNITS:
        return None
    samples = [pq.read_metadata(unit).num_rows for unit in units]
    gaps = [later - earlier for earlier, later in pairwise(map(_written, units))]
    seconds = median(gap / n for gap, n in zip(gaps, samples[1:], strict=True) if n)
    if seconds <= 0:
        return None
    cells, conditions = (
        [*filter(is_plain_file, run.path.glob("*.parquet"))],
        len(run.manifest.conditions),
    )
    last = max(map(_written, [units[-1], *cells]))
    return Pace(
        seconds=seconds,
        cells=(last - _written(units[-1])) / conditions,
        size=_bytes(units) / sum(samples),
        overhead=_bytes(cells) / conditions,
        memory=run.status.get("memory"),
        source=run.path,
    )


def peak_memory(workers: int) -> int | None:
    """Bytes that this process and as many workers had at most; None where nobody counts them."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    own, others = (
        resource.getrusage(who).ru_maxrss * unit
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + (workers * others if workers > 1 else 0)


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
