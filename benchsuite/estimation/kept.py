"""What a metric that is no sum keeps of every sample: its columns, packed, and its cluster's key.

Arrow packs a text into its bytes and four more, and a list into its numbers. pandas would take ten
times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .sums import check_groups
from .weights import Keys, Weights

IDS: Final = ("sample_id", "cluster")


class Packed:
    """The columns of a table, each packed when it is first asked for: metrics share them."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._made: dict[str, pa.Array | pa.ChunkedArray] = {}

    def records(self, columns: Sequence[str], groups: NDArray[np.bool_]) -> Records:
        """Some columns of the N rows, and which of the groups (N, K) they are in."""
        check_groups(self.table, groups)
        made = {name: self._column(name) for name in dict.fromkeys([*IDS, *columns])}
        return Records((pa.table(made),), (np.packbits(groups, axis=1),), groups.shape[1])

    def _column(self, name: str) -> pa.Array | pa.ChunkedArray:
        if name not in self._made:
            self._made[name] = self._of_ids(name) if name in IDS else self._of_values(name)
        return self._made[name]

    def _of_ids(self, name: str) -> pa.Array:
        return pa.array(self.table[name].to_numpy(dtype=object), pa.string())

    def _of_values(self, name: str) -> pa.Array | pa.ChunkedArray:
        """A column; one that lacks all values has no type, and so fits that of any other table."""
        found = pa.array(self.table[name], from_pandas=True)
        return pa.nulls(len(found)) if found.null_count == len(found) else found


@dataclass(frozen=True, eq=False)
class Records:
    """Some columns of N rows, table by table, and which of K groups the rows are in.

    tables  `sample_id`, `cluster` and the columns
    groups  uint8 (N, ⌈K/8⌉): a bit for each group
    count   K
    """

    tables: tuple[pa.Table, ...]
    groups: tuple[NDArray[np.uint8], ...]
    count: int

    def __add__(self, other: Records) -> Records:
        """The rows of both parts."""
        return Records(self.tables + other.tables, self.groups + other.groups, self.count)

    def ordered(self) -> Records:
        """The rows as one table, in the order of (cluster, sample_id)."""
        whole = pa.concat_tables(self.tables, promote_options="permissive")
        keys = [("cluster", "ascending"), ("sample_id", "ascending")]
        order = pc.sort_indices(whole, keys).to_numpy()
        groups = np.concatenate(self.groups)
        if (order[1:] > order[:-1]).all():
            return Records((whole,), (groups,), self.count)
        return Records((whole.take(order),), (groups[order],), self.count)

    def frame(self) -> pd.DataFrame:
        """The rows of one table as pandas has them; the ids stay packed."""
        (table,), kind = self.tables, pd.ArrowDtype(pa.string())
        ids = {name: pd.Series(table.column(name), dtype=kind) for name in IDS}
        return pd.DataFrame(ids).join(table.drop_columns(list(IDS)).to_pandas())

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of the rows of one table, float64 (N,), NaN where it has no value."""
        values = self.tables[0].column(column).cast(pa.float64())
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)

    def members(self, group: int) -> NDArray[np.bool_]:
        """Who of the rows of one table is in a group, (N,)."""
        (groups,), byte, bit = self.groups, group // 8, 7 - group % 8
        return np.asarray(groups[:, byte] >> np.uint8(bit) & np.uint8(1), dtype=np.bool_)


@runtime_checkable
class Keeping(Protocol):
    """A metric that keeps records of every sample."""

    def keep(self, packed: Packed, groups: NDArray[np.bool_]) -> Records:
        """What `accumulate` gives, of a table whose columns it shares with other metrics."""
        ...


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of N samples: `codes` (N,) are their places among C `keys`."""

    codes: NDArray[np.intp]
    keys: Keys

    @classmethod
    def of(cls, records: Records, weights: Weights) -> Clusters:
        """Those of the rows of one table, which are in the order of clusters."""
        ids = records.tables[0].column("cluster").combine_chunks()
        first = np.ones(len(ids), np.bool_)
        first[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
        return cls(np.cumsum(first) - 1, weights.keys(ids.filter(pa.array(first))))

    def part(self, mine: NDArray[np.bool_]) -> Clusters:
        """Those of some of the samples, (N,)."""
        own, codes = np.unique(self.codes[mine], return_inverse=True)
        return Clusters(codes, self.keys[own])

    @property
    def sizes(self) -> NDArray[np.float64]:
        """The samples of each cluster (C,)."""
        return np.bincount(self.codes).astype(np.float64)

    def rows(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start, …, stop - 1 of the samples' weights, (stop-start, N)."""
        return np.take(self.keys.rows(start, stop), self.codes, axis=1)

    def halves(self, start: int, stop: int) -> NDArray[np.uint8]:
        """1 for the samples of the halves start, …, stop - 1 of the clusters, (stop-start, N)."""
        return np.take(self.keys.halves(start, stop), self.codes, axis=1)
