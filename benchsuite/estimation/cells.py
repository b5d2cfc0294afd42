"""Cells: condition × group × metric, from tables of statistics alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .estimate import Estimate
from .kept import Keeping, Packed
from .metrics import Metric, Parted, State, numbers
from .notes import Code, Notes, join_notes, note
from .weights import Weights

CROSS = "×"
"""Joins the parts of a crossed group where it is shown."""
QUESTIONS: Final = "questions"
UNREAD: Final = "unread"
"""Columns that statistics may have: the questions that a model was asked about a sample, and how
many of them have no answer that could be read."""


@dataclass(frozen=True)
class Group:
    """The samples with these values of these attributes; everybody where there are none.

    Several attributes are crossed: race and gender at once.
    """

    attributes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """The attributes as they are shown: `race`, `race×gender`, or ''."""
        return CROSS.join(self.attributes)

    @property
    def value(self) -> str:
        """The values as they are shown: `Black`, `Black×female`, or ''."""
        return CROSS.join(self.values)

    @property
    def names(self) -> tuple[str, str]:
        """What a policy may call them: `race`, `race=Black`."""
        return self.attribute, f"{self.attribute}={self.value}"

    @property
    def place(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        """Sorts groups as they are shown. Groups that are shown alike have an order, too."""
        return self.attribute, self.value, self.attributes, self.values


EVERYBODY = Group()


def groups_of(
    samples: Sequence[Mapping[str, str]], crossed: Iterable[Sequence[str]] = ()
) -> list[Group]:
    """Every group, everybody first, from the attributes of each sample.

    A sample without a value is in no group of the attribute.
    """
    names = sorted({name for row in samples for name in row})
    axes = [(name,) for name in names] + [tuple(axis) for axis in crossed]
    found = {Group(axis, tuple(row.get(n, "") for n in axis)) for row in samples for axis in axes}
    known = [group for group in found if all(group.values)]
    return [EVERYBODY, *sorted(known, key=lambda group: group.place)]


def membership(table: pd.DataFrame, groups: Sequence[Group]) -> NDArray[np.bool_]:
    """(N, K): whether each row belongs to each group; everybody is true throughout.

    A table without an attribute has no member of its groups: none of its samples has a value.
    """
    columns = [np.ones(len(table), dtype=bool) for _ in groups]
    names = {name for group in groups for name in group.attributes if name in table}
    known = {name: table[name].to_numpy(dtype=object, na_value="") for name in names}
    for member, group in zip(columns, groups, strict=True):
        for name, value in zip(group.attributes, group.values, strict=True):
            member &= np.asarray(known[name] == value, dtype=bool) if name in known else False
    return np.column_stack(columns)


def condition_cells(
    tables: Iterable[pd.DataFrame],
    metrics: Sequence[Metric],
    groups: Sequence[Group],
    weights: Weights,
) -> dict[tuple[Group, str], Estimate]:
    """Every group × metric of one condition, from its tables of statistics, one after another.

    Only one table is held at a time; the states merge in the order of the tables. Where answers
    could not be read, every cell of their group says so. The parts of a metric are groups, too.
    """
    states: list[Any] = [None] * len(metrics)
    asked = np.zeros((2, len(groups)), dtype=np.int64)
    for table in tables:
        mask, packed = membership(table, groups), Packed(table)
        asked += _asked(table) @ mask
        for index, metric in enumerate(metrics):
            state = _state(metric, packed, weights, mask)
            states[index] = state if states[index] is None else metric.merge(states[index], state)
    unread = [_unread(int(questions), int(unread)) for questions, unread in asked.T]
    parts = {
        (Group((metric.part,), (name,)), metric.name): estimate
        for metric, state in zip(metrics, states, strict=True)
        if isinstance(metric, Parted)
        for name, estimate in metric.finish_parts(state, weights).items()
    }
    found = {
        (group, metric.name): replace(estimate, notes=join_notes([estimate.notes, notes]))
        for metric, state in zip(metrics, states, strict=True)
        for group, estimate, notes in zip(
            groups, metric.finish(state, weights), unread, strict=True
        )
    }
    return found | parts


def _state(metric: Metric, packed: Packed, weights: Weights, groups: NDArray[np.bool_]) -> State:
    """The state of a table, of which metrics that keep columns share them."""
    whole = with_columns(packed.table, metric)
    if isinstance(metric, Keeping) and whole is packed.table:
        return metric.keep(packed, groups)
    return metric.accumulate(whole, weights, groups)


def _asked(table: pd.DataFrame) -> NDArray[np.int64]:
    """(2, N): the questions about each sample, and those without a readable answer."""
    if not {QUESTIONS, UNREAD} <= {*table.columns}:
        return np.zeros((2, len(table)), dtype=np.int64)
    counts = np.array([numbers(table, QUESTIONS), numbers(table, UNREAD)])
    return np.asarray(np.nan_to_num(counts), dtype=np.int64)


def _unread(questions: int, unread: int) -> Notes:
    return note(Code.UNREAD, unread, questions) if unread else ()


def with_columns(table: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """The table with every column that the metric reads, NaN where it had none."""
    # A unit in which every sample failed has no statistics: they are missing, not an error.
    absent = [column for column in metric.columns if column not in table]
    return table.assign(**dict.fromkeys(absent, np.nan)) if absent else table
