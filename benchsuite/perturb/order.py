"""The order in which samples arrive, which matters to a model that learns while it is tested.

The input `arrival` of a sample is a tuple of numbers: its place in the dataset, and then what an
order may sort by, such as an age. Samples arrive by that tuple, and an order puts another in its
place. `Task.arrival` is then `arrival`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np

from benchsuite.condition import Condition
from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall

FIELD: Final = "arrival"
Keys = tuple[float, ...]


def arrival(seen: Inputs) -> Keys:
    """When a sample arrives."""
    keys: Keys = seen.fields[FIELD]
    return keys


def shuffled(keys: Keys, severity: int, generator: np.random.Generator) -> Keys:
    """A random place."""
    return (generator.random(),)


def by(number: int, keys: Keys, severity: int, generator: np.random.Generator) -> Keys:
    """The place by one of the keys. Samples that share it arrive in random order.

    Raises WrongCall where the dataset has no such key.
    """
    if number >= len(keys):
        raise WrongCall(f"conditions: expected a dataset with {number} keys of orders of arrival, "
                        f"found {len(keys) - 1}")  # fmt: skip
    return (keys[number], generator.random())


def orders(shuffles: int, sorts: Mapping[str, str]) -> tuple[Condition, ...]:
    """So many random orders, `shuffled/a` and on, and one for each key, `sorted/NAME`.

    sorts  names of the keys, in the order in which they follow the place, and what each does
    """
    return (
        *(
            Condition("shuffled", chr(ord("a") + number), 0, "shuffled", FIELD, shuffled,
                      "samples arrive in random order")
            for number in range(shuffles)
        ),
        *(
            Condition("sorted", name, 0, "sorted", FIELD, partial(by, number), summary)
            for number, (name, summary) in enumerate(sorts.items(), start=1)
        ),
    )  # fmt: skip
