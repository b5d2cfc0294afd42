"""Tables of statistics by condition, which are read when they are asked for.

A run of a million samples has more rows than memory under a hundred conditions, and a gate looks at
one condition after the other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

KEPT: Final = 2**16
"""Rows of tables that are kept: a gate asks for those of a small run again and again."""
PART: Final = 2**14
"""Rows of a part of a table."""


def parts(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """A table in the order of clusters, in parts of PART rows and what is left of a cluster."""
    clusters, start = table["cluster"].to_numpy(dtype=object), 0
    while len(table) - start > PART:
        others = np.flatnonzero(clusters[start + PART :] != clusters[start + PART - 1])
        stop = start + PART + int(others[0]) if len(others) else len(table)
        yield table.iloc[start:stop]
        start = stop
    if start < len(table) or not start:
        yield table.iloc[start:]


class Tables(Mapping[str, pd.DataFrame]):
    """The tables that `read` makes. The last one is kept, and those before up to KEPT rows."""

    def __init__(self, conditions: Sequence[str], read: Callable[[str], pd.DataFrame]) -> None:
        self._conditions, self._read = tuple(conditions), read
        self._kept: dict[str, pd.DataFrame] = {}

    def __getitem__(self, condition: str) -> pd.DataFrame:
        if condition not in self._conditions:
            raise KeyError(condition)
        table = self._kept.pop(condition, None)
        if table is None:
            self._make_room()
            table = self._read(condition)
        self._kept[condition] = table
        return table

    def __contains__(self, condition: object) -> bool:
        return condition in self._conditions  # a mapping would read it

    def __iter__(self) -> Iterator[str]:
        return iter(self._conditions)

    def __len__(self) -> int:
        return len(self._conditions)

    def _make_room(self) -> None:
        """Forget the tables that were not asked for lately, until the others are small."""
        while sum(map(len, self._kept.values())) > KEPT:
            del self._kept[next(iter(self._kept))]
