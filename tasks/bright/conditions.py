"""The task's own conditions: the order of a reranker's candidates, and documents added to them.

They alter the input `candidates`, which is an `Order`. Retrievers have no candidates, so that these
conditions do not alter what they see.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np

from benchsuite.condition import CLEAN, Condition
from benchsuite.perturb import text

FIELD = "candidates"
AS_RETRIEVED = "retrieved"
"""What samples have in that field: the order is the first stage's."""
SHUFFLES = 5
"""Shuffles of an order, and repeats of one order: what order sensitivity is computed from."""
INJECTED = (5, 20)
"""Documents that are added to the candidates, by severity."""


class Kind(StrEnum):
    """How a reranker's candidates are ordered, or what is added to them."""

    RETRIEVED = AS_RETRIEVED
    REVERSED = "reversed"
    SHUFFLED = "shuffled"
    REPEATED = "repeated"
    INJECTED = "injected"


@dataclass(frozen=True)
class Order:
    """An order of the candidates. `key` draws it; `added` documents are mixed into it."""

    kind: Kind = Kind.RETRIEVED
    key: str = ""
    added: int = 0

    @property
    def name(self) -> str:
        """A text that no other order has: what is random in a model depends on it."""
        drawn = f"{self.added}/{self.key}" if self.added else self.key
        return f"{self.kind}/{drawn}"


def asked_order(value: Any) -> Order:
    """The order that the field's value asks for: as retrieved, where it is none."""
    return value if isinstance(value, Order) else Order()


def _reversed(_: Any, severity: int, random: np.random.Generator) -> Order:
    return Order(Kind.REVERSED)


def _drawn(kind: Kind, _: Any, severity: int, random: np.random.Generator) -> Order:
    added = INJECTED[severity - 1] if kind is Kind.INJECTED else 0
    return Order(kind, f"{random.integers(2**63):016x}", added)


def _condition(kind: str, name: str, severity: int, order: Kind, summary: str) -> Condition:
    alter = _reversed if order is Kind.REVERSED else partial(_drawn, order)
    return Condition(kind, name, severity, kind, FIELD, alter, summary, adds=True)


# The number of a shuffle or repeat is no severity: each is another draw of the same.
_DRAWS = range(1, SHUFFLES + 1)
REVERSED = _condition("order", "reversed", 0, Kind.REVERSED, "last candidate first")
SHUFFLED = tuple(_condition("order", "shuffled", n, Kind.SHUFFLED, f"shuffle {n}") for n in _DRAWS)
REPEATED = tuple(
    _condition("repeat", "order", n, Kind.REPEATED, f"asked again, time {n}, as retrieved")
    for n in _DRAWS
)
ADDED = tuple(
    _condition("candidates", "injected", s, Kind.INJECTED, f"{n} random documents added")
    for s, n in enumerate(INJECTED, start=1)
)
CONDITIONS = (CLEAN, *text.conditions("query"), REVERSED, *SHUFFLED, *REPEATED, *ADDED)
