"""The table of attributes of a directory: a CSV with a row a sample."""

import csv
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchsuite.dataset import digest
from benchsuite.errors import BadData, near

UNKNOWN = ("", "-1", "-1.0", "na", "n/a", "nan", "null", "unknown", "not reported")
"""What stands for a value that is not known, also in capitals: in no group of the attribute."""
MOST_GROUPS = 12
"""A column with more values than that is no attribute unless it is asked for by name."""

Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Columns:
    """Which columns of a table are what.

    id       the samples' ids
    cluster  what is drawn together; each sample by itself where it is empty
    groups   the attributes; by default every other column of 2 to 12 values, two samples a value
    halves   columns of numbers that become attributes of two halves, split at the clusters' median
    """

    id: str = "id"
    cluster: str = ""
    groups: Sequence[str] = ()
    halves: Sequence[str] = ()


def read_rows(path: Path, columns: Columns) -> dict[str, dict[str, str]]:
    """The rows by id.

    Raises BadData, with the line, for a column that is missing, and an id that is missing or
    occurs twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            _check_header(path, header, columns)
            lines = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: expected a CSV in UTF-8, found: {error}") from error
    found: dict[str, dict[str, str]] = {}
    for number, row in lines:
        if None in row or None in row.values():
            raise BadData(f"{path}:{number}: expected {len(header)} values, found another number")
        key = row[columns.id].strip()
        if not key:
            raise BadData(f"{path}:{number}: {columns.id}: expected an id, found nothing")
        if key in found:
            raise BadData(f"{path}:{number}: {columns.id}: '{key}' occurs twice")
        found[key] = {name: value.strip() for name, value in row.items()}
    if not found:
        raise BadData(f"{path}: expected at least one row, found none")
    return found


def _check_header(path: Path, header: Sequence[str], columns: Columns) -> None:
    wanted = [columns.id, columns.cluster, *columns.groups, *columns.halves]
    for name in filter(None, wanted):
        if name not in header:
            raise BadData(f"{path}: expected a column '{name}', found none{near(name, header)}")


def _unknown(value: str) -> bool:
    return value.casefold() in UNKNOWN


def clusters(rows: Rows, columns: Columns) -> dict[str, str]:
    """The cluster of each sample.

    Raises BadData where it is unknown: which samples belong together is then not known.
    """
    if not columns.cluster:
        return {key: key for key in rows}
    found = {key: row[columns.cluster] for key, row in rows.items()}
    for key, cluster in found.items():
        if _unknown(cluster):
            raise BadData(f"attributes.csv: '{key}': {columns.cluster}: expected the cluster that "
                          f"the sample belongs to, found '{cluster}'")  # fmt: skip
    return found


def attributes(rows: Rows, columns: Columns) -> dict[str, dict[str, str]]:
    """The known attributes of each sample.

    Raises BadData where a column of `halves` holds something that is not a finite number.
    """
    names = columns.groups or _group_columns(rows, columns)
    found = {
        key: {name: row[name] for name in names if not _unknown(row[name])}
        for key, row in rows.items()
    }
    for name in columns.halves:
        for key, half in _half(rows, columns, name).items():
            found[key][f"{name}_half"] = half
    return found


def _group_columns(rows: Rows, columns: Columns) -> list[str]:
    header = next(iter(rows.values()))
    own = {columns.id, columns.cluster, *columns.halves, "split"}
    every = rows.values()
    values = {name: {row[name] for row in every if not _unknown(row[name])} for name in header}
    most = min(MOST_GROUPS, len(rows) // 2)
    return [name for name in header if name not in own and 2 <= len(values[name]) <= most]


def _half(rows: Rows, columns: Columns, name: str) -> dict[str, str]:
    numbers = {
        key: _number(row[name], f"attributes.csv: '{key}': {name}")
        for key, row in rows.items()
        if not _unknown(row[name])
    }
    if not numbers:
        raise BadData(f"attributes.csv: {name}: expected a number in some row, found none")
    of = clusters(rows, columns)
    middle = statistics.median({of[key]: number for key, number in numbers.items()}.values())
    label = f"{middle:g}"
    return {
        key: f"under {label}" if number < middle else f"{label} and over"
        for key, number in numbers.items()
    }


def _number(value: str, where: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadData(f"{where}: expected a number, found '{value}'")
    return number


def folds(rows: Rows, columns: Columns, wanted: str) -> dict[str, str]:
    """The fold of each sample: a number of folds, or the column whose values are the folds.

    Clusters are dealt out in the order of a hash, within the groups of the attribute that has the
    smallest group of at least as many clusters as there are folds: the same for every model.
    Raises BadData for more folds than clusters, and for a column that is not there, has one value,
    or none or several for a cluster.
    """
    of = clusters(rows, columns)
    if not wanted.isdigit():
        _check_header(Path("folds"), list(next(iter(rows.values()))), Columns(id=wanted))
        return _named_folds({key: row[wanted] for key, row in rows.items()}, of, wanted)
    if int(wanted) < 2:
        raise BadData(f"folds: expected 2 or more, or a column, found {wanted}")
    most = len(set(of.values()))
    if int(wanted) > most:
        raise BadData(f"folds: expected at most one a cluster, {most}, found {wanted}")
    strata = _rarest(attributes(rows, columns), of, int(wanted))
    order = sorted(set(of.values()), key=lambda c: (strata.get(c, ""), digest(["fold", c])))
    place = {cluster: str(i % int(wanted)) for i, cluster in enumerate(order)}
    return {key: place[cluster] for key, cluster in of.items()}


def _named_folds(given: Mapping[str, str], of: Mapping[str, str], column: str) -> dict[str, str]:
    whole: dict[str, str] = {}
    for key, fold in given.items():
        if _unknown(fold):
            raise BadData(f"folds: '{key}': expected its {column}, found '{fold}'")
        if whole.setdefault(of[key], fold) != fold:
            raise BadData(f"folds: cluster '{of[key]}': expected one {column}, found "
                          f"'{whole[of[key]]}' and '{fold}'")  # fmt: skip
    if len(set(whole.values())) < 2:
        raise BadData(f"folds: {column}: expected two values or more, found one")
    return dict(given)


def _rarest(
    values: Mapping[str, Mapping[str, str]], of: Mapping[str, str], least: int
) -> dict[str, str]:
    """The value by cluster of the attribute with the smallest group of `least` clusters or more."""
    by_name: dict[str, dict[str, str]] = {}
    for key, known in values.items():
        for name, value in known.items():
            by_name.setdefault(name, {})[of[key]] = value
    # of two with equally small groups, the one with fewer groups
    sizes = {name: _smallest(list(given.values())) for name, given in sorted(by_name.items())}
    large = {name: size for name, size in sizes.items() if size[0] >= least}
    return by_name[min(large, key=lambda name: large[name])] if large else {}


def _smallest(values: Sequence[str]) -> tuple[int, int]:
    """The size of the smallest group, and the number of groups."""
    return min(values.count(value) for value in set(values)), len(set(values))
