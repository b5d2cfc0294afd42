"""Tables of attributes: a CSV with one row per sample, and the join of its rows to samples.

An attribute that is not known has no value: the sample is then in no group of the attribute. A row
and a sample meet by one name alone. Nothing is guessed, and nobody is left out in silence.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchsuite.dataset import RESERVED
from benchsuite.errors import BadData, one_of

from .marks import Marks
from .names import alike, named
from .table import csv_rows

UNLISTED: Final = ("refuse", "keep", "skip")
"""What becomes of a sample without a row: an error, a sample in no group, or no sample."""
Rows = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Table:
    """A table of attributes.

    key     the column of ids
    rows    by id: the values of all columns, '' where unknown
    places  `file:line` of each row
    marks   how often each mark but the empty cell stands in a column
    """

    path: Path
    key: str
    rows: Rows
    places: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns beside that of the ids."""
        return [name for name in next(iter(self.rows.values()), {}) if name != self.key]


def read_attributes(
    path: Path, key: str, columns: Sequence[str] = (), marks: Marks | None = None
) -> Table:
    """The table in a CSV file, its ids in the column `key`.

    Raises BadData, with the line, if the file has no row, lacks one of `columns`, or a row has no
    id, another row's id, or too few or too many values.
    """
    marks, rows, places = marks or Marks(), Rows(), dict[str, str]()
    found: dict[str, Counter[str]] = {}
    for where, row in csv_rows(path, (key, *columns)):
        own = row[key]
        if not own:
            raise BadData(f"{where}: {key}: expected an id, found nothing")
        if own in rows:
            raise BadData(f"{where}: {key}: '{own}' occurs twice")
        for name, value in row.items():
            if value and marks.unknown(value):
                found.setdefault(name, Counter())[value] += 1
        known = marks.without_unknown(row)
        rows[own] = {name: known.get(name, "") for name in row} | {key: own}
        places[own] = where
    return Table(path, key, rows, places, found)


@dataclass(frozen=True)
class Join:
    """Which row is of which sample.

    rows  the id of each sample's row;   bare  the samples without one
    idle  the ids of the rows that are of no sample
    """

    table: Table
    rows: Mapping[str, str]
    bare: tuple[str, ...]
    idle: tuple[str, ...]

    def notes(self) -> list[str]:
        """What a person should know of the samples and rows that do not meet."""
        found = []
        if self.bare:
            of = len(self.bare) + len(self.rows)
            found.append(f"{self.table.path.name}: {len(self.bare)} of {of} images have no row, "
                         f"such as '{self.bare[0]}'")  # fmt: skip
        if self.idle:
            found.append(f"{self.table.path.name}: {len(self.idle)} of {len(self.table.rows)} rows "
                         f"are of no image, such as '{self.idle[0]}'")  # fmt: skip
        return found


def joined(table: Table, samples: Mapping[str, Sequence[str]], unlisted: str = "refuse") -> Join:
    """The join of rows to `samples`, which gives the names of each sample, the best first.

    Raises BadData for a row that could be of two samples, two rows that are of one, and a sample
    without a row unless `unlisted` is `keep` or `skip`. Rows of no sample are legitimate: a table
    may be of more than one split. Where no row meets a sample, the table is another's.
    """
    one_of("dataset.unlisted", unlisted, UNLISTED)
    rows: dict[str, str] = {}
    meant = named(table.rows, samples)
    for key, members in meant.items():
        if len(members) > 1:
            several = f"{len(members)} images ({', '.join(members[:3])})"
            raise BadData(f"{table.places[key]}: {table.key}: '{key}' is the name of {several}; "
                          "write their folders, too")  # fmt: skip
        for member in members:
            if other := rows.get(member):
                raise BadData(f"{table.places[key]}: {table.key}: '{key}' and '{other}' are both "
                              f"of the image '{member}'")  # fmt: skip
            rows[member] = key
    join = Join(
        table=table,
        rows=rows,
        bare=tuple(member for member in samples if member not in rows),
        idle=tuple(key for key, members in meant.items() if not members),
    )
    if join.bare and (unlisted == "refuse" or not rows):
        raise BadData(_lacking(join))
    return join


def _lacking(join: Join) -> str:
    name, table, number = join.bare[0], join.table, len(join.bare) + len(join.rows)
    cause = f" (rows of no image: {', '.join(join.idle[:3])})" if join.idle else ""
    if likely := [key for key in join.idle if alike(key, name)]:
        cause = f" (there is '{likely[0]}': folders, suffix, capitals and leading zeros count)"
    advice = "; dataset.unlisted=keep or skip goes on without it" if join.rows else ""
    return (
        f"{table.path}: {table.key}: expected a row for '{name}', found none; "
        f"{len(join.bare)} of {number} images have none{cause}{advice}"
    )


GROUPS: Final = ", or name the columns that are attributes: dataset.groups=[...]"


def check_names(
    where: str | Path, names: Iterable[str], taken: Collection[str], advice: str = GROUPS
) -> None:
    """Raise BadData for an attribute with the name of a column that the suite needs."""
    for name in names:
        if name in RESERVED or name in taken:
            raise BadData(f"{where}: attribute '{name}': the suite has a column of this name; "
                          f"rename it{advice}")  # fmt: skip
