"""A folder of baselines: one file per task, dataset and model, those of before, and the log.

    <folder>/
        accepted.jsonl                                  see `runs.log`
        <task>/<dataset>/<model>.parquet           what a gate judges against
        past/<task>/<dataset>/<model>-<sha>.parquet  what it was before, for `history`

`accept` alone moves a baseline. A file that is not the one that the log names last was moved by
something else, and no gate takes it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Metric
from benchsuite.files.write import slug, write_bytes
from benchsuite.runs.lock import hold
from benchsuite.runs.log import (
    LOG,
    Accepted,
    Key,
    Number,
    Told,
    add,
    alike,
    key_of,
    last_of,
    numbers_of,
    read_log,
)
from benchsuite.runs.seal import fitting, sha256
from benchsuite.runs.statistics import Statistics, baseline_bytes, read_statistics, write_baseline
from benchsuite.runs.store import MANIFEST

PAST: Final = "past"
HELD: Final = ".held"
"""The folder of the lock; git does not look into it."""
WAITS: Final = 60.0
"""Seconds that an acceptance waits for another one."""


def baseline_path(folder: Path, key: Key) -> Path:
    """Where the baseline of that task, dataset and model lies in a folder of baselines."""
    *above, model = map(slug, key)
    return folder.joinpath(*above, f"{model}.parquet")


def pair_up(baseline: Path, runs: Sequence[Statistics]) -> list[tuple[Statistics, Statistics]]:
    """Each run beside its baseline: the one file or run, or the file of its name in a folder.

    A run may be named by the folder of its model.

    Raises BadData where a baseline is missing or unreadable, or the folder's log names another.
    """
    a_run = (baseline / MANIFEST).exists() or any(baseline.glob(f"*/{MANIFEST}"))
    if baseline.is_file() or a_run:
        if len(runs) != 1:
            raise BadData(f"{baseline}: one baseline for {len(runs)} runs; give a folder of them")
        if baseline.is_file():
            _check_accepted(baseline.resolve().parents[2:3], baseline)
        return [(read_statistics(baseline), runs[0])]
    paths = [baseline_path(baseline, key_of(run.identity)) for run in runs]
    for path in paths:
        _check_accepted([baseline], path)
    return [(read_statistics(path), run) for path, run in zip(paths, runs, strict=True)]


def _check_accepted(folders: Iterable[Path], path: Path) -> None:
    """Raise BadData for a file that is not the one that the log of its folder names last."""
    for folder in folders:
        named = {baseline_path(folder, one.key).resolve(): one for one in read_log(folder)}
        last = named.get(path.resolve())
        if last and path.exists() and not is_accepted(path, last):
            raise BadData(
                f"{path}: expected the file that {folder / LOG} names last, found another: "
                "something else than `benchsuite baseline accept` moved it"
            )


def is_accepted(path: Path, last: Accepted) -> bool:
    """Whether the file of a baseline is the one that was accepted last."""
    return path.exists() and sha256(path.read_bytes()) == last.file


def write_first(folder: Path, statistics: Statistics) -> Path:
    """Write the baseline of a run where there is none yet; returns its path.

    It keeps every column that a metric reads. Raises WrongCall where there is another one.
    """
    key = key_of(statistics.identity)
    path, columns = baseline_path(folder, key), statistics.columns
    other = path.exists() and path.read_bytes() != baseline_bytes(statistics, columns)
    if other or last_of(read_log(folder), key):
        raise WrongCall(
            f"{path}: there is a baseline; `benchsuite baseline accept {statistics.path} "
            f"--baselines {folder} --reason WHY` moves it"
        )
    if not path.exists():
        write_baseline(statistics, path, columns)
    return path


def accept(
    folder: Path, statistics: Statistics, metrics: Sequence[Metric], told: Told
) -> Accepted | None:
    """Make a run the baseline of its task, dataset and model; returns the new line of the log.

    The file keeps the columns that `metrics` read, the log their values before and after. None
    where the run is the baseline already. Two processes never lose each other's lines: one waits.
    A process that is killed leaves a file that the log does not name, which no gate takes; the
    same call then finishes. Raises BadData for a damaged log, and for a condition without a column,
    Held, CannotWrite.
    """
    columns = {column for metric in metrics for column in metric.columns}
    _check_columns(statistics, columns)
    data, new = baseline_bytes(statistics, columns), numbers_of(statistics, metrics)
    key, file = key_of(statistics.identity), sha256(data)
    path = baseline_path(folder, key)
    with hold(folder / HELD, WAITS):
        write_bytes(folder / HELD / ".gitignore", b"*\n")
        last = last_of(read_log(folder), key)
        if last and is_accepted(path, last) and last.file == file:
            return None
        before, old = _kept(folder, key, last, file)
        write_bytes(path, data)
        run = statistics.manifest.run_id, file, alike(statistics.manifest)
        made = Accepted(*key, told, *run, new, before, old)
        add(folder, made)
    return made


def _check_columns(statistics: Statistics, columns: Iterable[str]) -> None:
    """Raise BadData for a condition without a column: nothing could be judged against it."""
    for condition, table in statistics.tables.items():
        if absent := sorted({*columns} - {*table}):
            raise BadData(
                f"{statistics.path}: {condition}: expected the column {absent[0]}, found none"
            )


def _kept(
    folder: Path, key: Key, last: Accepted | None, file: str
) -> tuple[str, tuple[Number, ...]]:
    """The baseline that `file` is about to replace, kept among those of before: hash and values."""
    path = baseline_path(folder, key)
    data = path.read_bytes() if path.exists() else b""
    now = sha256(data) if data else ""
    if last and now == last.file:
        write_bytes(_past_path(folder, key, now), data)
    if last:
        return last.file, last.new
    if now in ("", file):  # of this call, when it was cut off before
        return "", ()
    with suppress(BadData):  # of an earlier version, or damaged: it has no values
        statistics = read_statistics(path)
        write_bytes(_past_path(folder, key, now), data)
        return now, numbers_of(statistics, statistics.metrics[:1])
    return now, ()


@dataclass(frozen=True, eq=False)
class Kept:
    """A baseline as it was at one time; `statistics` is None where nobody kept the file."""

    accepted: Accepted
    statistics: Statistics | None


def every_kept(folder: Path) -> dict[Key, list[Kept]]:
    """All that the baselines of a folder have been, the oldest first, from its log.

    What a baseline was before its first line has no date. Statistics that this version of
    benchsuite cannot read count as not kept; the log has their values.
    """
    found: dict[Key, list[Kept]] = {}
    for one in read_log(folder):
        mine = found.setdefault(one.key, [])
        if not mine and one.before:
            mine.append(_before_the_log(folder, one))
        mine.append(Kept(one, _statistics_of(folder, one.key, one.file)))
    return found


def _before_the_log(folder: Path, first: Accepted) -> Kept:
    statistics = _statistics_of(folder, first.key, first.before)
    known = "" if statistics is None else alike(statistics.manifest)
    told = Told("", "", "before the log")
    return Kept(Accepted(*first.key, told, "", first.before, known, first.old), statistics)


def _statistics_of(folder: Path, key: Key, file: str) -> Statistics | None:
    """The statistics of the file with that SHA-256: the baseline of today, or one of before."""
    with suppress(BadData):
        path, past = baseline_path(folder, key), _past_path(folder, key, file)
        if path.exists() and sha256(path.read_bytes()) == file:
            return read_statistics(path)
        if fitting(past) is not None:
            return read_statistics(past)
    return None


def _past_path(folder: Path, key: Key, file: str) -> Path:
    now = baseline_path(folder / PAST, key)
    return now.with_name(f"{now.stem}-{file[:16]}.parquet")


def baselines_of(folder: Path) -> list[Path]:
    """The files of a folder's baselines, in the order of their paths."""
    return sorted(folder.glob("*/*/*.parquet"))
