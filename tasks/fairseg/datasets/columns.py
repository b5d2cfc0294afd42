"""What the columns of a table of attributes mean: clusters, attributes and folds."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchsuite.dataset import digest
from benchsuite.errors import BadData, near
from benchsuite.files.text import number

MOST_GROUPS = 12
"""A column with more values is no attribute unless it is asked for by name."""

Rows = Mapping[str, Mapping[str, str]]
"""The rows of a table by id; a value that is not known is empty."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table are what.

    id       the samples' ids
    cluster  what is drawn together; if it is empty, each sample is a cluster
    groups   the attributes; by default every other column of 2 to 12 values, two samples a value
    halves   columns of numbers that become attributes of two halves, split at the clusters' median
    """

    id: str = "id"
    cluster: str = ""
    groups: Sequence[str] = ()
    halves: Sequence[str] = ()

    @property
    def named(self) -> list[str]:
        """The columns that a table must have."""
        return [*filter(None, [self.id, self.cluster]), *self.groups, *self.halves]


def clusters(rows: Rows, columns: Columns) -> dict[str, str]:
    """The cluster of each sample.

    Raises BadData if one is unknown: which samples belong together is then not known.
    """
    if not columns.cluster:
        return {key: key for key in rows}
    found = {key: row[columns.cluster] for key, row in rows.items()}
    for key, cluster in found.items():
        if not cluster:
            raise BadData(f"attributes.csv: '{key}': {columns.cluster}: expected the cluster that "
                          "the sample belongs to, found none")  # fmt: skip
    return found


def attributes(rows: Rows, columns: Columns) -> dict[str, dict[str, str]]:
    """The known attributes of each sample.

    Raises BadData if a column of `halves` holds something else than finite numbers.
    """
    names = columns.groups or _group_columns(rows, columns)
    found = {key: {name: row[name] for name in names if row[name]} for key, row in rows.items()}
    for name in columns.halves:
        for key, half in _half(rows, columns, name).items():
            found[key][f"{name}_half"] = half
    return found


def _group_columns(rows: Rows, columns: Columns) -> list[str]:
    header = next(iter(rows.values()))
    own = {columns.id, columns.cluster, *columns.halves, "split"}
    every = rows.values()
    values = {name: {row[name] for row in every if row[name]} for name in header}
    most = min(MOST_GROUPS, len(rows) // 2)
    return [name for name in header if name not in own and 2 <= len(values[name]) <= most]


def _half(rows: Rows, columns: Columns, name: str) -> dict[str, str]:
    numbers = {
        key: number(f"attributes.csv: '{key}'", name, row[name])
        for key, row in rows.items()
        if row[name]
    }
    if not numbers:
        raise BadData(f"attributes.csv: {name}: expected a number in some row, found none")
    of = clusters(rows, columns)
    middle = statistics.median({of[key]: value for key, value in numbers.items()}.values())
    label = f"{middle:g}"
    return {
        key: f"under {label}" if value < middle else f"{label} and over"
        for key, value in numbers.items()
    }


def folds(rows: Rows, columns: Columns, wanted: str) -> dict[str, str]:
    """The fold of each sample: a number of folds, or the column whose values are the folds.

    Clusters are dealt out in the order of a hash, the same for every model. They are dealt within
    the groups of one attribute: that with the smallest group of at least as many clusters as folds.
    Raises BadData for more folds than clusters, and for a column that is missing, has a single
    value, or has none or several for a cluster.
    """
    of = clusters(rows, columns)
    if not wanted.isdecimal():
        header = list(next(iter(rows.values())))
        if wanted not in header:
            raise BadData(f"folds: expected a column '{wanted}', found none{near(wanted, header)}")
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
        if not fold:
            raise BadData(f"folds: '{key}': expected its {column}, found none")
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
