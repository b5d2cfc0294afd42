"""Rows that say which item they are about, in any order."""

from collections.abc import Iterable
from typing import Any, TypeVar

from benchsuite.errors import BadData

Row = TypeVar("Row")


def by_index(rows: Iterable[tuple[Any, Row]], number: int) -> list[Row]:
    """Rows in the order of their index: each from 0 to `number` - 1 once.

    Raises BadData for another index, one that occurs twice, and one that no row has.
    """
    found: dict[int, Row] = {}
    for index, row in rows:
        if type(index) is not int or not 0 <= index < number:
            raise BadData(f"expected an index from 0 to {number - 1}, found {index!r}")
        if index in found:
            raise BadData(f"expected each index once, found {index} twice")
        found[index] = row
    if missing := sorted({*range(number)} - {*found}):
        raise BadData(f"expected {number} rows, found none with index {missing[0]}")
    return [found[index] for index in range(number)]
