"""The log of a folder of baselines: who moved which baseline, when, why, and what it was before.

It is a file of JSON lines. A line is added by `baseline accept`, and none is ever changed.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.estimation import Metric, Weights, interval
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.files.text import json_lines, record_of, refuse
from benchsuite.files.write import write_bytes
from benchsuite.runs.manifest import Identity, Manifest, comparable
from benchsuite.runs.statistics import Statistics
from benchsuite.runs.tables import parts

LOG: Final = "accepted.jsonl"
SCHEMA: Final = 1
SEED, REPLICATES = 0, 1000
"""What intervals of baselines are drawn with, as those of a gate by default."""
DIGITS: Final = 6
"""Significant digits of a number in the log; the statistics have all of them."""

Key = tuple[str, str, str]
"""Task, dataset and model: one baseline of a folder."""


@dataclass(frozen=True)
class Number:
    """A metric of all samples under one condition; None where there is no number.

    low, high  the 95 % interval;   error  the standard error
    """

    metric: str
    condition: str
    value: float | None
    low: float | None
    high: float | None
    error: float | None
    n: int
    clusters: int


@dataclass(frozen=True)
class Told:
    """What a person says of an acceptance, and where it was made.

    at       the time in UTC, `2026-11-28T20:15:00Z`
    commit   the commit that was checked out; empty outside of git
    changed  whether files of that commit, other than baselines, had been changed since
    """

    by: str
    at: str
    reason: str
    commit: str = ""
    changed: bool = False


@dataclass(frozen=True)
class Accepted:
    """One line of the log: a baseline moved.

    run_id  of the run that it is now
    file    the SHA-256 of its file, and `before` that of the one that it replaced; empty for none
    alike   a hash of what makes two runs comparable: values of two hashes are of different things
    old, new  the gated metrics before and after
    """

    task: str
    dataset: str
    model: str
    told: Told
    run_id: str
    file: str
    alike: str
    new: tuple[Number, ...]
    before: str = ""
    old: tuple[Number, ...] = ()
    schema: int = SCHEMA

    @property
    def key(self) -> Key:
        """The baseline that moved."""
        return self.task, self.dataset, self.model


def alike(manifest: Manifest) -> str:
    """A hash of what makes two runs comparable."""
    return digest(comparable(manifest, 0))[:16]


def key_of(identity: Identity) -> Key:
    """The baseline of a run."""
    return identity.task, identity.dataset, identity.model


def read_log(folder: Path) -> list[Accepted]:
    """The lines of a folder's log, the oldest first; none without a log.

    Raises BadData for a line that is damaged, or of another version of benchsuite.
    """
    path = folder / LOG
    if not path.exists():
        return []
    found = []
    for where, row in json_lines(path):
        if row.get("schema") != SCHEMA:
            schema = json.dumps(row.get("schema"))
            raise BadData(
                f"{where}: expected schema {SCHEMA}, found {schema}: another version of benchsuite"
                " wrote it"
            )
        found.append(_checked(where, record_of(Accepted, where, row)))
    return found


def _checked(where: str, one: Accepted) -> Accepted:
    """The line, whose hashes name files and which has numbers. Raises BadData for another."""
    if not one.new:
        raise BadData(f"{where}: new: expected at least one number, found none")
    for name, value in (("file", one.file), ("before", one.before or one.file)):
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            refuse(f"{where}: {name}", "a SHA-256 of 64 hex digits", value)
    return one


def add(folder: Path, accepted: Accepted) -> None:
    """Add a line to the log; those before it keep their bytes. The caller holds the folder."""
    path = folder / LOG
    before = path.read_bytes() if path.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    line = json.dumps(asdict(accepted), ensure_ascii=False, separators=(", ", ": "))
    write_bytes(path, before + line.encode() + b"\n")


def last_of(log: Iterable[Accepted], key: Key) -> Accepted | None:
    """The last line on a baseline; None where it was never accepted."""
    return next((one for one in reversed([*log]) if one.key == key), None)


def numbers_of(statistics: Statistics, metrics: Sequence[Metric]) -> tuple[Number, ...]:
    """The metrics of all samples under every condition, with their intervals."""
    return tuple(
        _number(statistics, condition, metric)
        for metric in metrics
        for condition in statistics.tables
    )


def _number(statistics: Statistics, condition: str, metric: Metric) -> Number:
    weights = Weights(SEED, statistics.manifest.populations[condition], REPLICATES)
    table = statistics.tables[condition]
    cells = condition_cells(parts(table), [metric], [EVERYBODY], weights)
    found = cells[EVERYBODY, metric.name]
    low, high = metric.bounds
    ends = interval(found, lower=low, upper=high)
    value, first, last, error = map(_rounded, (found.value, ends.low, ends.high, found.sd))
    return Number(metric.name, condition, value, first, last, error, found.n, found.clusters)


def _rounded(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
