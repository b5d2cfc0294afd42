"""Settings of a model that cannot be, as one line that names the option."""

import math
from collections.abc import Sequence
from typing import Any

from benchsuite.errors import WrongCall


def at_least_one(model: object, *keys: str) -> None:
    """Raises WrongCall where a setting is no whole number from 1."""
    for key in keys:
        value = getattr(model, key)
        if not isinstance(value, int) or value < 1:
            raise WrongCall(f"model.{key}: expected a whole number, at least 1, found {value}")


def one_of(model: object, key: str, known: Sequence[str]) -> None:
    """Raises WrongCall where a setting is none of the known words."""
    value = getattr(model, key)
    if value not in known:
        raise WrongCall(f"model.{key}: expected one of {', '.join(known)}, found '{value}'")


def within(model: object, key: str, low: float, high: float = math.inf) -> None:
    """Raises WrongCall where a setting is no number from `low` to `high`."""
    value: Any = getattr(model, key)
    if not isinstance(value, int | float) or not low <= value <= high:
        expected = f"{low} to {high}" if high < math.inf else f"at least {low}"
        raise WrongCall(f"model.{key}: expected {expected}, found {value}")
