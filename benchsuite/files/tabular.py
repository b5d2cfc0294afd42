"""A table as a dataset: each row is a sample, with a vector, groups, and a place in a stream.

Numbers are scaled to [0, 1] by the least and the largest of the table. Each value of a category is
a 0 or 1, and so is each group. A group of numbers, such as an age, is the bin in which they lie.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData, WrongCall, one_of

from .marks import Marks
from .table import csv_rows
from .text import number

Array = NDArray[np.float64]
Located = tuple[str, Mapping[str, str]]
"""A row: its place (file and line), and its texts by column."""


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for.

    numbers, kinds  columns of numbers and of categories: what is predicted from
    groups          columns that are attributes: what is predicted from, too
    bins            the groups of an attribute that is a number, and where each begins:
                    {"age": {"young": 0, "old": 50}}
    crossed         the attributes whose intersections are groups
    sorts           the keys of orders of arrival: numbers, or attributes whose largest group comes
                    first

    Raises WrongCall where there is nothing to predict from, or a name is none of those columns.
    """

    numbers: Sequence[str] = ()
    kinds: Sequence[str] = ()
    groups: Sequence[str] = ()
    bins: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    crossed: Sequence[str] = ()
    sorts: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            raise WrongCall("dataset.numbers, kinds, groups: expected a column, found none")
        for name in self.crossed:
            one_of("dataset.crossed", name, self.groups)
        for name in self.sorts:
            one_of("dataset.sorts", name, dict.fromkeys([*self.numbers, *self.groups]))

    @property
    def columns(self) -> set[str]:
        """Every column that is read."""
        return {*self.numbers, *self.kinds, *self.groups}


def table(
    path: str,
    target: str,
    name: str = "table",
    files: Sequence[str] = (),
    header: Sequence[str] = (),
    classes: Mapping[str, float] | None = None,
    numbers: Sequence[str] = (),
    kinds: Sequence[str] = (),
    groups: Sequence[str] = (),
    bins: Mapping[str, Mapping[str, float]] | None = None,
    crossed: Sequence[str] = (),
    sorts: Sequence[str] = (),
    kept: Mapping[str, Sequence[str | float]] | None = None,
    within: Mapping[str, Sequence[float]] | None = None,
    arrives: str = "",
) -> Dataset:
    """A CSV file as a dataset; `Roles` explains its columns. Truths are scaled to [0, 1].

    path     the file; or its folder, where `files` are the names that the file may have there,
             packed by gzip or not
    header   the columns of a file without a header
    target   the column that is predicted: a number, or one of the texts of `classes`
    kept     the rows that count have one of these texts in the column: {"score": ["Low", "High"]}
    within   they have a number in the column, from the first to the second: {"days": [-30, 30]}
    arrives  the column by whose text they arrive, such as 2013-08-14; else they do as they stand
    Raises BadData, with the row, where a column is missing or a value is no number.
    """
    roles = Roles(numbers, kinds, groups, bins or {}, crossed, sorts)
    asked = {target, *roles.columns, *(kept or {}), *(within or {}), *filter(None, [arrives])}
    rows = csv_rows(file := _file(path, files), asked, header)
    rows = [one for one in rows if _counts(one, kept or {}, within or {})]
    if not rows:
        raise BadData(f"{file}: dataset.kept, within: expected a row that counts, found none")
    if arrives:
        rows.sort(key=lambda one: one[1][arrives])
    texts = {text: str(value) for text, value in (classes or {}).items()}
    told = [(where, {target: texts.get(row[target], row[target])}) for where, row in rows]
    return tabular(name, rows, roles, scaled(told, target).tolist())


def tabular(
    name: str, rows: Sequence[Located], roles: Roles, truths: Sequence[Any], note: str = ""
) -> Dataset:
    """The rows as samples whose ids are their numbers; it shares the names of the `features`.

    Inputs: `x` float64 (d,), `groups` ("sex=female", …), and `arrival`, a tuple of the share of the
    rows before it and the keys of `sorts`. An unknown group is in none of them.
    Raises BadData, with the row, for a value that should be a number and is none.
    """
    attributes = [_attributes(row, roles) for row in rows]
    found = {one: scaled(rows, one) for one in roles.numbers}
    texts = {key: [row[key] for _, row in rows] for key in roles.kinds}
    texts |= {key: [one[key] for one in attributes] for key in roles.groups}
    for key, column in texts.items():
        found |= _one_hot(key, column)
    keys = [_key(found[one] if one in found else texts[one]) for one in roles.sorts]
    x = np.column_stack([*found.values()])
    arrivals = np.column_stack([np.arange(len(rows)) / len(rows), *keys])
    samples = [
        Sample(
            id=f"{place + 1:06d}",
            inputs={
                "x": x[place],
                "groups": tuple(f"{key}={value}" for key, value in groups.items() if value),
                "arrival": tuple(arrivals[place].tolist()),
            },
            truth=truths[place],
            attributes=groups,
        )
        for place, groups in enumerate(attributes)
    ]
    made = in_memory(name, samples, {"features": tuple(found)}, note=note)
    return replace(made, crossed=(tuple(roles.crossed),) if roles.crossed else ())


def scaled(rows: Sequence[Located], column: str) -> Array:
    """A column of numbers (N,), scaled to [0, 1]; 0 where all are equal.

    Raises BadData, with the row, for a value that is no finite number.
    """
    values = np.array([number(where, column, row[column]) for where, row in rows])
    least, most = values.min(), values.max()
    return np.asarray((values - least) / ((most - least) or 1.0))


def _file(path: str, names: Sequence[str]) -> Path:
    places = [Path(path, f"{name}{packed}") for name in names for packed in ("", ".gz")]
    return next((one for one in (Path(path), *places) if one.is_file()), (*places, Path(path))[0])


def _counts(
    located: Located,
    kept: Mapping[str, Sequence[str | float]],
    within: Mapping[str, Sequence[float]],
) -> bool:
    where, row = located
    if any(row[key] not in map(str, texts) for key, texts in kept.items()):
        return False
    marks = Marks(known=[-1])  # which is a number here
    return all(
        not marks.unknown(row[key]) and least <= number(where, key, row[key]) <= most
        for key, (least, most) in within.items()
    )


def _attributes(located: Located, roles: Roles) -> dict[str, str]:
    (where, row), marks = located, Marks()
    return {
        name: "" if marks.unknown(row[name]) else _bin(where, name, row[name], roles)
        for name in roles.groups
    }


def _bin(where: str, name: str, text: str, roles: Roles) -> str:
    """The group of a value: itself, or the bin that begins last below the number that it is."""
    if name not in roles.bins:
        return text
    value = number(where, name, text)
    below = {begin: one for one, begin in roles.bins[name].items() if begin <= value}
    return below[max(below)] if below else ""


def _one_hot(name: str, column: Sequence[str]) -> dict[str, Array]:
    values = np.array(column)
    return {f"{name}={one}": (values == one) * 1.0 for one in sorted({*column} - {""})}


def _key(column: Array | Sequence[str]) -> Array:
    """What a column is sorted by: its numbers, or the sizes of groups, the largest first."""
    if isinstance(column, np.ndarray):
        return column
    sizes = Counter(column)
    return np.array([-sizes[one] for one in column], np.float64)
