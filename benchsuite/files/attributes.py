"""Tables of attributes: a CSV with one row per sample, and the join of its rows to samples.

An attribute that is not known has no value: the sample is then in no group of the attribute. A row
and a sample meet by one name alone. Nothing is guessed, and nobody is left out in silence.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from benchsuite.dataset import RESERVED
from benchsuite.errors import BadData, WrongCall, one_of

from .names import alike, named
from .table import csv_rows

UNKNOWN: Final = (
    "", "-1", "na", "n/a", "n.a.", "nan", "-nan", "null", "None", "nat", r"\n", ".", "?",
    "#n/a", "#na", "#n/a n/a", "#nv", "#n/d", "#value!", "1.#ind", "-1.#ind", "1.#qnan",
    "-1.#qnan", "unknown", "unk", "undefined", "missing", "blank", "not known", "not available",
    "not applicable", "not reported", "not recorded", "not given", "not specified",
)  # fmt: skip
"""What people and programs write for a value that they do not know; capitals count as well.

So do brackets around it, as in `<NA>` and `(blank)`. Every error of a spreadsheet is `#VALUE!`.
Python's `None` counts as it is spelled: `none` is a word that people use for a category.
"""
UNLISTED: Final = ("refuse", "keep", "skip")
"""What becomes of a sample without a row: an error, a sample in no group, or no sample."""
MOST_OF_ONE: Final = 50
"""A text with more rows than that, on average, tells no person or thing apart from others."""
FEW: Final = 12
"""Up to so many different values are categories, whatever they look like."""

_ERROR = re.compile(r"#¡?[^\W\d][\w/]*[!?]")
"""An error of a spreadsheet, in any language: `#DIV/0!`, `#WERT!`, `#NOM?`."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_ENTITY = re.compile(
    r"(patient|subject|participant|person|donor|animal|mouse|case|study|exam|volume|video|slide)s?"
    r"[\s_.-]*(id|ids|no|nr|num|number|code|key|uid|name|hash)?",
    re.IGNORECASE,
)
"""What columns are called that say whose samples they are."""

Rows = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Marks:
    """What a cell holds whose value is not known: UNKNOWN and `missing`, but not `known`.

    A number is a mark in every spelling: 9999 is 9999.0, too. Raises WrongCall for no lists.
    """

    missing: Sequence[object] = ()
    known: Sequence[object] = ()

    def __post_init__(self) -> None:
        for option, words in (("missing", self.missing), ("known", self.known)):
            if isinstance(words, str) or not isinstance(words, Collection):
                raise WrongCall(f"dataset.{option}: expected a list ([9999]), found '{words}'")

    @cached_property
    def _words(self) -> frozenset[str]:
        unknown = {_mark(word) for word in (*UNKNOWN, *self.missing)}
        return frozenset(unknown - {_mark(word) for word in self.known})

    def unknown(self, value: str) -> bool:
        """Whether a cell says that its value is not known."""
        return _mark(value) in self._words

    def without_unknown(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """The attributes whose values are known, without blanks around them."""
        tidy = {name: _tidy(value) for name, value in attributes.items()}
        return {name: value for name, value in tidy.items() if not self.unknown(value)}


def _mark(value: object) -> str:
    text = _tidy(str(value))
    text = text.strip("<>()[]") or text
    if _NUMBER.fullmatch(text):
        return repr(float(text))
    text = _ERROR.sub("#value!", text)
    return text if text == "None" else text.casefold()


def _tidy(value: str) -> str:
    return unicodedata.normalize("NFC", value.strip())


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
                found.setdefault(_tidy(name), Counter())[value] += 1
        known = marks.without_unknown(row)
        rows[own] = {_tidy(name): known.get(name, "") for name in row} | {key: own}
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


def remarks(table: Table, names: Collection[str], clustered: bool, way: str = "") -> list[str]:
    """What a person should know of these attributes, and of columns that may be clusters.

    Marks that were taken as unknown, values that are spelled almost alike, and ids of patients that
    occur several times while every sample is a cluster of its own. `way` is how a person says what
    the cluster is; `dataset.cluster` if it is empty.
    """
    found, file = list[str](), table.path.name
    for name in names:
        if marks := table.marks.get(name):
            told = f"{sum(marks.values())} values count as unknown ({', '.join(marks)})"
            found.append(f"{file}: {name}: {told}; dataset.known=[...] keeps them")
        found += [
            f"{file}: {name}: {' and '.join(same)} look alike, and are different groups"
            for same in _look_alike(row.get(name, "") for row in table.rows.values())
        ]
    return found if clustered else [*found, *_repeated(table, way)]


def _look_alike(values: Iterable[str]) -> list[list[str]]:
    spelled: dict[str, dict[str, None]] = {}
    for value in values:
        spelled.setdefault(_mark(value).casefold(), {})[f"'{value}'"] = None
    return [list(same) for same in spelled.values() if len(same) > 1]


def _repeated(table: Table, way: str) -> list[str]:
    """A line for the first column that seems to say whose samples belong together."""
    for column in table.columns:
        known = [row[column] for row in table.rows.values() if row[column]]
        number = len(set(known))
        if number < len(known) and looks_like_ids(column, known):
            return [
                f"{table.path.name}: {column}: {len(known)} samples are of {number}, but every "
                "sample counts as independent: intervals are too narrow, and gates too sure; "
                f"{way or f'dataset.cluster={column}'} draws those of one {column} together"
            ]
    return []


def looks_like_ids(column: str, values: Sequence[str]) -> bool:
    """Whether values tell persons or things apart, of which several samples may be.

    So says the column's name; or there are many values, each with a digit in a text, none of them
    in a large share of the samples.
    """
    number = len(set(values))
    if _ENTITY.fullmatch(column.strip()):
        return number > 2
    texts = all(re.search(r"\d", v) and not _NUMBER.fullmatch(v) for v in set(values))
    return texts and number > FEW and len(values) <= MOST_OF_ONE * number
